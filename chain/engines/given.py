"""A chain that others run, by the URLs of its nodes. Starts no process.

Nothing is assumed of balances, base fee, chain id, earlier nonces or earlier deployments: seats without means are
topped up by the richest of the given accounts, and the nodes are checked to be of one chain.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Literal

from hexbytes import HexBytes
from web3.exceptions import Web3Exception

from chain.engines.errors import ChainsDiffer, NodeSilent, UrlsMissing
from chain.engines.funding import top_up
from chain.engines.protocol import SEATS, Accounts, EngineName, Progress
from chain.ledger.connection import connect
from chain.runtime.plan import ServiceSpec


class GivenEngine:
    """The nodes at `urls`: of platform, bank, regulator and observer in that order, cycling. Raises UrlsMissing."""

    name: EngineName = "rpc"
    seal_rule: Literal["clique", "unsealed"] | None = None

    def __init__(self, urls: Sequence[str], accounts: Accounts) -> None:
        if not urls:
            raise UrlsMissing()
        self._urls = tuple(urls)
        self._accounts = accounts

    def services(self) -> Sequence[ServiceSpec]:
        """None: the nodes are somebody else's."""
        return ()

    def rpc_urls(self) -> Mapping[str, str]:
        """The URLs dealt out to the seats."""
        return {seat: self._urls[number % len(self._urls)] for number, seat in enumerate(SEATS)}

    def wait_ready(self, timeout: float, progress: Progress) -> None:
        """Waits until all nodes answer, checks that they are of one chain, and tops up the seats.

        Raises NodeSilent, ChainsDiffer, FundsMissing.
        """
        deadline = time.monotonic() + timeout
        first: tuple[str, str] | None = None
        for url in dict.fromkeys(self._urls):
            genesis = _genesis(url, deadline)
            first = first or (url, genesis)
            if genesis != first[1]:
                raise ChainsDiffer(first=first[0], second=url, one=first[1], two=genesis)
        progress("nodes answer")
        moved = top_up(connect(self._urls[0]), self._accounts)
        progress(f"{len(moved)} seats topped up" if moved else "seats have funds")


def _genesis(url: str, deadline: float) -> str:
    """Chain id and genesis hash, as one text. Raises NodeSilent."""
    w3 = connect(url, timeout=5)
    while True:
        try:
            return f"{w3.eth.chain_id}:{HexBytes(w3.eth.get_block(0)['hash']).to_0x_hex()}"
        except (Web3Exception, OSError, ValueError, KeyError) as exc:
            if time.monotonic() > deadline:
                raise NodeSilent(url=url, reason=str(exc) or type(exc).__name__) from exc
            time.sleep(0.2)
