"""What all senders of a process know of the chain together: its newest block and what the last blocks held.

Looks at the node at most once per poll, however many keys send. Nothing that it says comes from another chain than the
ledger's: the chain id is asked with every look, the genesis block at the start and whenever the chain got shorter.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from chain.errors import LedgerError
from chain.ledger.errors import NodeRefused, NodeUnreachable
from gateway.node import Node, Offer, Receipt
from gateway.outbox.errors import WrongChain

_KEPT_BLOCKS = 32


@dataclass(frozen=True)
class ChainIdentity:
    """Which chain it must be."""

    chain_id: int
    genesis_hash: str


class Chain:
    """One node, as its senders see it."""

    def __init__(self, node: Node, identity: ChainIdentity, poll: float) -> None:
        self.node = node
        self._identity = identity
        self._poll = poll
        self._lock = threading.Lock()
        self._looked_at = 0.0
        self._newest: Offer | None = None
        self._error: LedgerError | None = None
        self._blocks: dict[int, Mapping[str, Receipt]] = {}
        self.by_block = True
        """Whether the node gives receipts by block."""
        self.rewinds = 0
        """Rises when blocks that were looked at have been replaced."""

    def look(self) -> Offer:
        """The newest block. Raises WrongChain, or what the node's failure is."""
        with self._lock:
            if time.monotonic() - self._looked_at > self._poll / 2:
                try:
                    self._error = None
                    self._look()
                except LedgerError as error:
                    self._error = error
                self._looked_at = time.monotonic()
            if self._error is not None:
                raise self._error
            assert self._newest is not None, "a look gives a block or an error"
            return self._newest

    def _look(self) -> None:
        chain_id, height = self.node.chain_and_height()
        if chain_id != self._identity.chain_id:
            self._newest = None
            raise WrongChain(what="its chain id", found=chain_id, expected=self._identity.chain_id)
        before = self._newest
        if before is not None and before.number == height:
            return
        if before is None or height < before.number:
            genesis = self.node.genesis_hash()
            if genesis.lower() != self._identity.genesis_hash.lower():
                self._newest = None
                raise WrongChain(what="its genesis block", found=genesis, expected=self._identity.genesis_hash)
        newest = self.node.offer()
        if before is not None and not self._follows(newest, before):
            self.rewinds += 1
            self._blocks.clear()
        self._newest = newest

    def _follows(self, newest: Offer, before: Offer) -> bool:
        if newest.number == before.number + 1:
            return newest.parent == before.hash
        return self.node.heads([before.number]).get(before.number) == before.hash

    def receipts(self, number: int) -> Mapping[str, Receipt] | None:
        """Receipts of the block at `number` by hash; None if the node has them not yet, or not by block."""
        with self._lock:
            if not self.by_block:
                return None
            found = self._blocks.get(number)
            if found is None:
                try:
                    found = self.node.block_receipts(number)
                except NodeUnreachable:
                    raise
                except NodeRefused:
                    self.by_block = False
                    return None
                if found is None:
                    return None
                self._blocks[number] = found
                while len(self._blocks) > _KEPT_BLOCKS:
                    self._blocks.pop(min(self._blocks))
            return found
