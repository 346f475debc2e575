"""anvil as one network's chain: one node that mines each transaction at once and seals nothing. For quick trials only.

The chain is written to disk every second and at a stop, so a killed anvil comes back with all but the last second;
what was mined in that second is lost, and gateways send it again. State older than the last start can't be read. All
seats share the node. Chain id is random, so signatures of one trial are worth nothing in another.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from web3.types import RPCEndpoint

from chain.engines.protocol import SEATS, Accounts, EngineName, Progress
from chain.ledger.connection import connect
from chain.runtime.plan import ServiceSpec
from chain.runtime.ports import LOOPBACK, port
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import wait_ready
from chain.toolchain.layout import binary

Hardfork = Literal["berlin", "london"]
SERVICE: Final = "node"
_BALANCE: Final = 10**24  # wei: a million ether for each seat
_GAS_LIMIT: Final = 30_000_000
_SETTINGS: Final = "nodes/anvil.json"


class AnvilEngine:
    """One anvil. base_fee: wei per gas at the start, on the london hardfork only."""

    name: EngineName = "anvil"
    seal_rule: Literal["clique", "unsealed"] | None = "unsealed"

    def __init__(
        self, state: StateFolder, accounts: Accounts, hardfork: Hardfork = "berlin", base_fee: int | None = None
    ) -> None:
        self._state = state
        self._accounts = accounts
        self._hardfork = hardfork
        self._base_fee = base_fee

    def services(self) -> Sequence[ServiceSpec]:
        """The one process."""
        folder = self._state.folder("nodes", "anvil")
        if not self._state.has(_SETTINGS):
            chain_id = 10_000_000 + secrets.randbelow(2_000_000_000)
            self._state.write(_SETTINGS, {"chain_id": chain_id, "timestamp": int(time.time())})
        settings = self._state.read(_SETTINGS, dict[str, int])
        http = port(self._state, f"{SERVICE}.http")
        argv = [
            str(binary("anvil")),
            "--host", LOOPBACK,
            "--port", str(http),
            "--chain-id", str(settings["chain_id"]),
            "--timestamp", str(settings["timestamp"]),
            "--hardfork", self._hardfork,
            "--gas-limit", str(_GAS_LIMIT),
            "--accounts", "0",
            "--no-cors",
            "--state", str(folder / "chain.json"),
            "--state-interval", "1",
            "--cache-path", str(folder / "states"),
            "--quiet",
        ]  # fmt: skip
        if self._base_fee is not None and self._hardfork == "london":
            argv += ["--block-base-fee-per-gas", str(self._base_fee)]
        return (
            ServiceSpec(
                name=SERVICE,
                argv=tuple(argv),
                cwd=str(folder),
                env={"HOME": str(folder)},
                ports={"http": http},
                ready=f"rpc+{self._url()}",
            ),
        )

    def rpc_urls(self) -> Mapping[str, str]:
        """The same node for every seat."""
        return dict.fromkeys(SEATS, self._url())

    def wait_ready(self, timeout: float, progress: Progress) -> None:
        """Waits for the node and gives the seats' accounts their balances."""
        wait_ready(self._state, [SERVICE], timeout)
        progress("node answers")
        w3 = connect(self._url())
        for account in self._accounts.values():
            if w3.eth.get_balance(account.address) < _BALANCE // 2:
                w3.provider.make_request(RPCEndpoint("anvil_setBalance"), [account.address, hex(_BALANCE)])
        progress("seats have funds")

    def _url(self) -> str:
        return f"http://{LOOPBACK}:{port(self._state, f'{SERVICE}.http')}"
