"""The two IPFS nodes of a network as services: their files, their ports, and how they find each other.

Both hold every document. They belong to one private swarm whose key is made at first start; the second node is told the
first one's address, which stays the same because identity and port do.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from chain.documents.node import IpfsRuntime, ipfs_argv, new_api_token, new_swarm_key, read_runtime
from chain.documents.rpc import IpfsEndpoint, IpfsNode
from chain.runtime.errors import ServiceNotReady
from chain.runtime.logs import tail
from chain.runtime.plan import ServiceSpec
from chain.runtime.ports import LOOPBACK, port
from chain.runtime.state import StateFolder, write_private
from chain.runtime.supervisor import add, wait_ready
from chain.toolchain.layout import binary
from gateway.launch.files import IpfsEntry

NUMBERS: Final = (1, 2)
_SECONDS: Final = 20.0


def service_name(number: int) -> str:
    """The name of IPFS node `number` as a service."""
    return f"ipfs-{number}"


def start_ipfs(state: StateFolder) -> tuple[IpfsEntry, ...]:
    """Starts both nodes, waits until they know each other, and returns where they are. Raises ServiceNotReady."""
    swarm_key = state.folder("ipfs") / "swarm.key"
    if not swarm_key.exists():
        write_private(swarm_key, new_swarm_key().encode())
    peers: tuple[str, ...] = ()
    for number in NUMBERS:
        add(state, [_service(state, number, swarm_key, peers)])
        wait_ready(state, [service_name(number)], _SECONDS)
        peers = _addresses(state, number)
    entries = tuple(_entry(state, number) for number in NUMBERS)
    _wait_connected(state, entries[-1])
    return entries


def runtime_of(state: StateFolder, number: int) -> IpfsRuntime | None:
    """What node `number` wrote about itself when it began to listen."""
    return read_runtime(_folder(state, number) / "runtime.json")


def peers_of(entry: IpfsEntry, timeout: float = 5.0) -> frozenset[str]:
    """The peer ids a node is connected to."""
    return IpfsNode(IpfsEndpoint(entry.api_url, entry.token_file.read_text().strip()), timeout).connected_peers()


def entries(state: StateFolder) -> tuple[IpfsEntry, ...]:
    """Where the nodes are, whether they run or not."""
    return tuple(_entry(state, number) for number in NUMBERS)


def _service(state: StateFolder, number: int, swarm_key: Path, peers: tuple[str, ...]) -> ServiceSpec:
    folder = state.folder("ipfs", str(number))
    token = folder / "api-token"
    if not token.exists():
        write_private(token, new_api_token().encode())
    ports = {purpose: port(state, f"{service_name(number)}.{purpose}") for purpose in ("api", "swarm")}
    argv = ipfs_argv(
        binary("ipfs-node"),
        folder / "repo",
        swarm_key,
        token,
        folder / "runtime.json",
        peers=peers,
        api_port=ports["api"],
        swarm_port=ports["swarm"],
    )
    return ServiceSpec(
        name=service_name(number),
        argv=tuple(argv),
        cwd=str(folder),
        env={"HOME": str(folder)},
        ports=ports,
        ready=f"tcp://{LOOPBACK}:{ports['api']}",
    )


def _folder(state: StateFolder, number: int) -> Path:
    return state.path / "ipfs" / str(number)


def _entry(state: StateFolder, number: int) -> IpfsEntry:
    api = port(state, f"{service_name(number)}.api")
    return IpfsEntry(f"http://{LOOPBACK}:{api}", _folder(state, number) / "api-token")


def _addresses(state: StateFolder, number: int) -> tuple[str, ...]:
    """The addresses others reach the node at. It writes them right after it began to listen."""
    deadline = time.monotonic() + _SECONDS
    while (runtime := runtime_of(state, number)) is None:
        if time.monotonic() > deadline:
            raise _not_ready(state, number, "no runtime file")
        time.sleep(0.02)
    return tuple(address for address in runtime.swarm if "/p2p/" in address)


def _wait_connected(state: StateFolder, entry: IpfsEntry) -> None:
    deadline = time.monotonic() + _SECONDS
    while not peers_of(entry):
        if time.monotonic() > deadline:
            raise _not_ready(state, NUMBERS[-1], "not connected to the other node")
        time.sleep(0.1)


def _not_ready(state: StateFolder, number: int, reason: str) -> ServiceNotReady:
    log = state.log(service_name(number))
    return ServiceNotReady(
        name=service_name(number), seconds=round(_SECONDS), state=reason, log=log, tail=tail(log, 12)
    )
