"""What the nodes of a Clique network find on disk: genesis, node keys, sealers' keys, configuration, first block.

Written once; a second call changes nothing but the configuration, which follows from the rest. Node keys are made
before any node runs, so each one's configuration can name all others without asking them.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Final

from eth_keys.datatypes import PrivateKey

from chain.engines.errors import GenesisFailed
from chain.engines.genesis import clique_genesis
from chain.keys.keystore import KeystoreCost, address_of, ensure_key, keystore_file
from chain.keys.passphrase import passphrase_file, read_passphrase
from chain.runtime.ports import LOOPBACK, port
from chain.runtime.state import StateFolder, write_private
from chain.toolchain.layout import binary, checkout

GENESIS: Final = "nodes/genesis.json"


@dataclass(frozen=True)
class CliqueNode:
    """One node's place on disk and on loopback. sealer: the address it seals with, None for an observer."""

    seat: str
    folder: Path
    sealer: str | None
    chain_id: int
    http_port: int
    p2p_port: int
    auth_port: int

    @classmethod
    def of(cls, state: StateFolder, seat: str) -> CliqueNode:
        """The node of `seat`; its keys and the genesis must have been written."""
        folder = state.folder("nodes", seat)
        sealer_folder = folder / "sealer"
        genesis = json.loads((state.path / GENESIS).read_text())
        return cls(
            seat=seat,
            folder=folder,
            sealer=address_of(sealer_folder) if keystore_file(sealer_folder) else None,
            chain_id=int(genesis["config"]["chainId"]),
            http_port=port(state, f"node-{seat}.http"),
            p2p_port=port(state, f"node-{seat}.p2p"),
            auth_port=port(state, f"node-{seat}.auth"),
        )

    @property
    def service(self) -> str:
        """Its name as a service."""
        return f"node-{self.seat}"

    @property
    def url(self) -> str:
        """Its JSON-RPC address."""
        return f"http://{LOOPBACK}:{self.http_port}"

    @property
    def sealer_folder(self) -> Path:
        """Where the key lies that it seals with."""
        return self.folder / "sealer"

    @property
    def password_file(self) -> Path:
        """What geth opens the sealer's key with."""
        return passphrase_file(self.sealer_folder)

    @property
    def enode(self) -> str:
        """Its address for other nodes."""
        key = PrivateKey(bytes.fromhex((self.folder / "nodekey").read_text()))
        return f"enode://{key.public_key.to_bytes().hex()}@{LOOPBACK}:{self.p2p_port}?discport=0"


def prepare(
    state: StateFolder, seats: Sequence[str], sealing: Sequence[str], funded: Sequence[str], period: int
) -> tuple[CliqueNode, ...]:
    """Writes what is missing and returns the nodes. period: seconds between blocks. Raises GenesisFailed."""
    for seat in seats:
        _make_keys(state.folder("nodes", seat), seals=seat in sealing)
    if not state.has(GENESIS):
        sealers = [address_of(state.path / "nodes" / seat / "sealer") for seat in sealing]
        document = clique_genesis(
            chain_id=10_000_000 + secrets.randbelow(2_000_000_000),
            sealers=sealers,
            funded=funded,
            period=period,
            timestamp=int(time.time()),
        )
        write_private(state.path / GENESIS, json.dumps(document, indent=1).encode())
    nodes = tuple(CliqueNode.of(state, seat) for seat in seats)
    for node in nodes:
        _write_configuration(node, [other for other in nodes if other is not node])
    with ThreadPoolExecutor(len(nodes)) as workers:
        list(workers.map(lambda node: _write_first_block(state, node), nodes))
    return nodes


def _make_keys(folder: Path, *, seals: bool) -> None:
    nodekey = folder / "nodekey"
    if not nodekey.exists():
        write_private(nodekey, secrets.token_bytes(32).hex().encode())
    if seals:
        sealer = folder / "sealer"
        sealer.mkdir(mode=0o700, exist_ok=True)
        if keystore_file(sealer) is None:
            ensure_key(sealer, KeystoreCost.DEVNET)
        if not passphrase_file(sealer).exists():  # geth reads it from a file only
            write_private(passphrase_file(sealer), read_passphrase(sealer).encode())


def _write_configuration(node: CliqueNode, others: Sequence[CliqueNode]) -> None:
    template = Template((checkout() / "node-config" / "geth-clique" / "node.template.toml").read_text())
    text = template.substitute(
        listen=f"{LOOPBACK}:{node.p2p_port}",
        enodes=", ".join(json.dumps(other.enode) for other in others),
        peers=len(others),
    )
    write_private(node.folder / "config.toml", text.encode())


def _write_first_block(state: StateFolder, node: CliqueNode) -> None:
    done = node.folder / "geth" / "chaindata" / "CURRENT"
    marker = node.folder / "genesis-written"
    if marker.exists() and done.exists():
        return
    result = subprocess.run(  # noqa: S603 - our own program and paths
        [
            str(binary("geth")), "--datadir", str(node.folder), "--verbosity", "1",
            "init", str(state.path / GENESIS),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"HOME": str(node.folder), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    if result.returncode != 0:
        raise GenesisFailed(node=node.service, reason=(result.stderr.strip().splitlines() or ["no reason given"])[-1])
    marker.touch(mode=0o600)
