"""The seat's node as the gateway asks it: a few typed questions, every failure a typed error.

Counts its requests, so that tests can show that a refused signature cost none. Never retries: callers know what may be
repeated. One instance per thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.exceptions import BlockNotFound, TransactionNotFound

from chain.ledger import connection
from chain.ledger.contracts import Contracts
from chain.ledger.errors import NodeRefused
from chain.ledger.finality import Finality
from chain.ledger.reader import Ledger, LogRecord

_T = TypeVar("_T")


@dataclass(frozen=True)
class BlockHead:
    """A block's number and hash."""

    number: int
    hash: str


@dataclass(frozen=True)
class BlockSummary:
    """A block's number, hash, time (seconds since 1970) and number of transactions."""

    number: int
    hash: str
    time: int
    transactions: int


@dataclass(frozen=True)
class Receipt:
    """What became of a mined transaction."""

    hash: str
    block: int
    block_hash: str
    succeeded: bool
    gas_used: int


class Node:
    """One connection to the seat's node."""

    def __init__(self, url: str, contracts: Contracts, timeout: float = 10) -> None:
        self.url = url
        self.contracts = contracts
        self.w3 = connection.connect(url, timeout)
        self.ledger = Ledger(self.w3, contracts)
        self._finality = Finality(self.w3)

    def chain_id(self) -> int:
        """The chain id that the node states."""
        return int(self._ask(lambda: self.w3.eth.chain_id))

    def height(self) -> int:
        """Number of the node's latest block."""
        return int(self._ask(lambda: self.w3.eth.block_number))

    def confirmed(self) -> int:
        """Highest block that may be relied on, by the engine's rule."""
        return self._ask(self._finality.confirmed_block)

    def block(self, number: int) -> BlockHead | None:
        """The block at `number`; None if the node has none."""
        try:
            found = self._ask(lambda: self.w3.eth.get_block(number))
        except BlockNotFound:
            return None
        return BlockHead(int(found["number"]), "0x" + bytes(found["hash"]).hex())

    def summary(self, number: int) -> BlockSummary | None:
        """What is shown of the block at `number`; None if the node has none."""
        try:
            found = self._ask(lambda: self.w3.eth.get_block(number))
        except BlockNotFound:
            return None
        block_hash = "0x" + bytes(found["hash"]).hex()
        return BlockSummary(int(found["number"]), block_hash, int(found["timestamp"]), len(found["transactions"]))

    def logs(self, first: int, last: int) -> list[LogRecord]:
        """Decoded logs of the ledger's contracts in blocks `first` to `last`, in chain order."""
        return self._ask(lambda: list(self.ledger.logs(first, last)))

    def transaction_count(self, address: str, block: int | str = "pending") -> int:
        """Nonces used by `address`, as of `block`."""
        return int(self._ask(lambda: self.w3.eth.get_transaction_count(to_checksum_address(address), block)))  # type: ignore[arg-type]

    def estimate(self, sender: str, to: str, data: bytes) -> int:
        """Gas that the call would use on the latest block. Raises the contract's error, decoded, if it is refused."""
        call: Any = {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": HexBytes(data)}
        return int(self._ask(lambda: self.w3.eth.estimate_gas(call, "latest")))

    def call(self, sender: str, to: str, data: bytes, block: int) -> bytes:
        """Runs the call on the state after `block`. Raises the contract's error, decoded, if it is refused."""
        call: Any = {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": HexBytes(data)}
        return bytes(self._ask(lambda: self.w3.eth.call(call, block)))

    def fees(self, floor: int, raise_by_percent: int = 0) -> dict[str, int]:
        """Fee fields for a new transaction, wei."""
        return self._ask(lambda: connection.fees(self.w3, floor, raise_by_percent))

    def gas_limit(self) -> int:
        """Gas limit of the latest block."""
        return int(self._ask(lambda: self.w3.eth.get_block("latest"))["gasLimit"])

    def send(self, raw: str) -> None:
        """Hands a signed transaction to the node. Raises AlreadyKnown, NonceTooLow, Underpriced and others."""
        self._ask(lambda: self.w3.eth.send_raw_transaction(HexBytes(raw)))

    def knows(self, transaction_hash: str) -> bool:
        """Whether the node has the transaction, mined or pending."""
        try:
            self._ask(lambda: self.w3.eth.get_transaction(HexBytes(transaction_hash)))
        except TransactionNotFound:
            return False
        return True

    def transaction_input(self, transaction_hash: str) -> tuple[str | None, bytes]:
        """Target and call data of a mined transaction."""
        found = self._ask(lambda: self.w3.eth.get_transaction(HexBytes(transaction_hash)))
        to = found.get("to")
        return None if to is None else to_checksum_address(to), bytes(found["input"])

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt; None if it isn't mined."""
        try:
            found = self._ask(lambda: self.w3.eth.get_transaction_receipt(HexBytes(transaction_hash)))
        except TransactionNotFound:
            return None
        return Receipt(
            hash=transaction_hash,
            block=int(found["blockNumber"]),
            block_hash="0x" + bytes(found["blockHash"]).hex(),
            succeeded=int(found["status"]) == 1,
            gas_used=int(found["gasUsed"]),
        )

    def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            return question()
        except (BlockNotFound, TransactionNotFound):
            raise
        except TypeError as exc:  # web3 builds one from an answer that isn't what it asked for
            raise NodeRefused(reason=f"unreadable answer: {exc}") from exc
        except Exception as exc:
            raise connection.node_error(exc, self.url) from exc


class Heights:
    """What the follower last saw of the chain; other threads read it instead of asking the node again."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.latest = 0
        self.confirmed = 0
        self.indexed = 0
        self.problem: str | None = "not started"

    def update(self, latest: int, confirmed: int, indexed: int) -> None:
        """Publishes new heights and wakes who waits."""
        with self._changed:
            self.latest, self.confirmed, self.indexed, self.problem = latest, confirmed, indexed, None
            self._changed.notify_all()

    def fail(self, problem: str) -> None:
        """Publishes why the chain can't be followed now."""
        with self._changed:
            self.problem = problem
            self._changed.notify_all()

    def wait_indexed(self, block: int, timeout: float) -> bool:
        """Waits until `block` is indexed; False if that took longer than `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self.indexed >= block, timeout)
