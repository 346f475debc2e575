"""geth with Clique as one network's chain: three sealers (platform, bank, regulator) and an observer, on loopback.

Real consensus on one machine: every node has its own key, its own files and its own ports; blocks come every second, on
the Berlin rules, with a lowest gas price that keeps strangers out. Each node keeps all states (archive), so that proofs
of old blocks can be taken, and a killed node comes back with what it had and fetches the rest from the others.
A devnet and test engine: this geth is old, so never beyond loopback. What each file means: `node-config/geth-clique`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from web3 import Web3
from web3.exceptions import Web3Exception

from chain.engines.clique_files import CliqueNode, prepare
from chain.engines.errors import MeshIncomplete, ProbeNotMined
from chain.engines.genesis import GAS_LIMIT
from chain.engines.probing import send_probes, unmined
from chain.engines.protocol import SEATS, SIGNING_SEATS, Accounts, EngineName, Progress
from chain.ledger.connection import MINIMUM_GAS_PRICE, connect
from chain.runtime.plan import ServiceSpec
from chain.runtime.ports import LOOPBACK
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import restart, wait_ready
from chain.toolchain.layout import binary

PERIOD_SECONDS: Final = 1
_NEVER_PAID: Final = 2**63 - 1  # wei per gas
POOLED_PER_KEY: Final = 4096  # transactions that a node keeps for one key while an earlier one is missing; geth: 64
_MESH_SECONDS: Final = 8.0
_PROBE_SECONDS: Final = 12.0
_ATTEMPTS: Final = 3


class CliqueEngine:
    """One Clique network of four nodes."""

    name: EngineName = "clique"
    seal_rule: Literal["clique", "unsealed"] | None = "clique"

    def __init__(self, state: StateFolder, accounts: Accounts) -> None:
        self._state = state
        self._accounts = accounts

    def services(self) -> Sequence[ServiceSpec]:
        """One process for each node. Keys, genesis and configuration are written at the first call."""
        funded = [account.address for account in self._accounts.values()]
        nodes = prepare(self._state, SEATS, SIGNING_SEATS, funded, PERIOD_SECONDS)
        return tuple(self._service(node) for node in nodes)

    def rpc_urls(self) -> Mapping[str, str]:
        """Each seat's own node."""
        return {seat: CliqueNode.of(self._state, seat).url for seat in SEATS}

    def wait_ready(self, timeout: float, progress: Progress) -> None:
        """Waits until every node has all others as peers and a probe through each sealer's is mined on all.

        A node that stays without some peers is restarted: geth dials a peer that it lost at a bad moment only after
        half a minute. Raises MeshIncomplete, ProbeNotMined, or the supervisor's errors.
        """
        deadline = time.monotonic() + timeout
        names = {seat: CliqueNode.of(self._state, seat).service for seat in SEATS}
        wait_ready(self._state, names.values(), timeout)
        progress("nodes answer")
        nodes = {seat: connect(url, timeout=5) for seat, url in self.rpc_urls().items()}
        for attempt in range(1, _ATTEMPTS + 1):
            lonely = self._wait_mesh(nodes, min(deadline, time.monotonic() + _MESH_SECONDS))
            if not lonely:
                progress("all nodes are connected")
                missing = self._wait_probes(nodes, min(deadline, time.monotonic() + _PROBE_SECONDS))
                if not missing:
                    progress("every sealer's transactions are mined")
                    return
                lonely = dict.fromkeys(missing, len(SEATS) - 1)
                failure: MeshIncomplete | ProbeNotMined = ProbeNotMined(
                    seconds=round(_PROBE_SECONDS), nodes=", ".join(missing), logs=self._state.path / "logs"
                )
            else:
                counts = ", ".join(f"{seat} has {count} of {len(SEATS) - 1} peers" for seat, count in lonely.items())
                failure = MeshIncomplete(seconds=round(_MESH_SECONDS), peers=counts, logs=self._state.path / "logs")
            if attempt == _ATTEMPTS or time.monotonic() > deadline:
                raise failure
            loneliest = min(lonely, key=lambda seat: lonely[seat])
            progress(f"restarting the node of {loneliest}: {failure.code}")
            restart(self._state, names[loneliest])
            time.sleep(1.0)
            wait_ready(self._state, names.values(), timeout)

    def _wait_mesh(self, nodes: Mapping[str, Web3], deadline: float) -> dict[str, int]:
        """The nodes that still miss peers at the deadline, with the number they have; empty as soon as none does."""
        while True:
            counts = {seat: _peers(w3) for seat, w3 in nodes.items()}
            lonely = {seat: count for seat, count in counts.items() if count < len(nodes) - 1}
            if not lonely or time.monotonic() > deadline:
                return lonely
            time.sleep(0.1)

    def _wait_probes(self, nodes: Mapping[str, Web3], deadline: float) -> tuple[str, ...]:
        """The seats whose probe was not mined everywhere by the deadline. The observer's node takes none."""
        probes = send_probes({seat: nodes[seat] for seat in SIGNING_SEATS}, self._accounts)
        while True:
            missing = unmined(probes, nodes)
            if not missing or time.monotonic() > deadline:
                return missing
            time.sleep(0.1)

    def _service(self, node: CliqueNode) -> ServiceSpec:
        argv = [
            str(binary("geth")),
            "--config", str(node.folder / "config.toml"),
            "--datadir", str(node.folder),
            "--nodekey", str(node.folder / "nodekey"),
            "--networkid", str(node.chain_id),
            "--syncmode", "full",
            "--gcmode", "archive",
            "--snapshot=false",
            "--cache", "256",
            "--history.transactions", "0",
            "--nat", "none",
            "--nodiscover",
            "--netrestrict", "127.0.0.0/8",
            "--ipcdisable",
            "--http",
            "--http.addr", LOOPBACK,
            "--http.port", str(node.http_port),
            "--http.api", "eth,net,web3,clique",
            "--http.vhosts", "localhost",
            "--authrpc.addr", LOOPBACK,
            "--authrpc.port", str(node.auth_port),
            "--rpc.txfeecap", "0",
            "--txpool.nolocals",
            # An observer takes blocks only: who seals nothing would build the next block anew with every transaction.
            "--txpool.pricelimit", str(_NEVER_PAID if node.sealer is None else MINIMUM_GAS_PRICE),
            # One key has hundreds in flight, and they reach other nodes out of order: kept till the gap is filled.
            "--txpool.accountqueue", str(POOLED_PER_KEY),
            "--txpool.globalqueue", str(4 * POOLED_PER_KEY),
            "--gpo.ignoreprice", "0",
            "--verbosity", "3",
        ]  # fmt: skip
        if node.sealer is not None:
            argv += [
                "--mine",
                "--miner.etherbase", node.sealer,
                "--miner.gasprice", str(MINIMUM_GAS_PRICE),
                "--miner.gaslimit", str(GAS_LIMIT),
                "--keystore", str(node.sealer_folder / "keystore"),
                "--unlock", node.sealer,
                "--password", str(node.password_file),
                # The unlocked account seals blocks and owns nothing; HTTP is on loopback.
                "--allow-insecure-unlock",
            ]  # fmt: skip
        return ServiceSpec(
            name=node.service,
            argv=tuple(argv),
            cwd=str(node.folder),
            env={"HOME": str(node.folder)},
            ports={"http": node.http_port, "p2p": node.p2p_port, "auth": node.auth_port},
            ready=f"rpc+{node.url}",
            stop_seconds=15.0,
        )


def _peers(w3: Web3) -> int:
    try:
        return int(w3.net.peer_count)
    except (Web3Exception, OSError):
        return 0
