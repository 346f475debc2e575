"""The interface of a chain engine, and the seats it serves.

An engine knows one network's state folder and the accounts of its seats. It says which processes to run, where each
seat's node is, and when the chain works: every node takes transactions and every seat can pay for them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, Protocol

from eth_account.signers.local import LocalAccount

from chain.runtime.plan import ServiceSpec

EngineName = Literal["anvil", "clique", "rpc"]
SEATS: Final = ("platform", "bank", "regulator", "observer")
SIGNING_SEATS: Final = ("platform", "bank", "regulator")
DEPLOYER: Final = "deployer"

Accounts = Mapping[str, LocalAccount]
"""The signing accounts by name: the deployer's and those of the signing seats."""

Progress = Callable[[str], None]


class Engine(Protocol):
    """One network's chain."""

    @property
    def name(self) -> EngineName:
        """Which engine it is."""

    @property
    def seal_rule(self) -> Literal["clique", "unsealed"] | None:
        """How its blocks are sealed; None if only the chain itself can tell."""

    def services(self) -> Sequence[ServiceSpec]:
        """The processes to run, their files written. Calling it again gives the same."""

    def rpc_urls(self) -> Mapping[str, str]:
        """The URL of each seat's node."""

    def wait_ready(self, timeout: float, progress: Progress) -> None:
        """Waits, after its services were started, until the chain works for every seat; `timeout` in seconds."""
