"""How a network fares, asked of its parts: sealers, nodes, IPFS nodes, gateways, processes. Changes nothing.

Every part is asked on its own; one that does not answer is reported as such and the rest is still told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3Exception

from chain.engines.protocol import SEATS
from chain.errors import LedgerError
from chain.keys.keystore import address_of, keystore_file
from chain.ledger.connection import connect
from chain.ledger.finality import genesis_validators, header_of
from chain.proofs import clique
from chain.runtime.plan import ProcessIdentity, ServiceReport
from chain.runtime.probes import answers
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import current_plan
from chain.runtime.supervisor import status as runtime_status
from gateway.launch.bring_up import gateway_name, gateway_url
from gateway.launch.documents import entries, peers_of, runtime_of
from gateway.launch.files import NETWORK_FILE, NetworkFile

ROUNDS: Final = 2  # how many turns of all sealers are looked at
ALLOWED_LAG: Final = 2  # blocks between the highest node and one still in step
_SECONDS: Final = 3.0
_NODE_FAULTS: Final = (Web3Exception, OSError, ValueError, KeyError, LedgerError)


@dataclass(frozen=True)
class NodeStatus:
    """One seat's node. height, peers: None if it does not answer. in_step: on the others' chain, near its head."""

    rpc: str
    height: int | None
    peers: int | None
    in_step: bool


@dataclass(frozen=True)
class SealedBlock:
    """A block and the seat (or address) that sealed it; in_turn: it was that sealer's turn."""

    number: int
    sealer: str
    in_turn: bool


@dataclass(frozen=True)
class SealerStatus:
    """The sealers over the last blocks. in_turn: each of them sealed among these. counts: blocks by sealer."""

    in_turn: bool
    counts: Mapping[str, int]
    recent: Sequence[SealedBlock]


@dataclass(frozen=True)
class IpfsStatus:
    """One IPFS node. peers: the peer ids it is connected to, None if it does not answer."""

    api: str
    peer_id: str | None
    peers: Sequence[str] | None


@dataclass(frozen=True)
class GatewayStatus:
    """One seat's gateway."""

    url: str
    ready: bool


@dataclass(frozen=True)
class NetworkStatus:
    """The whole network. healthy: all that should run runs, sealers in turn, nodes in step, IPFS nodes connected."""

    network: str
    state: str
    engine: str
    chain_id: int
    running: bool
    healthy: bool
    seal_rule: str | None
    sealers: SealerStatus | None
    nodes: Mapping[str, NodeStatus]
    observer_in_step: bool
    ipfs: Sequence[IpfsStatus]
    ipfs_connected: int
    gateways: Mapping[str, GatewayStatus]
    supervisor: ProcessIdentity | None
    services: Mapping[str, ServiceReport]


def network_status(state: StateFolder) -> NetworkStatus:
    """Asks all parts. Raises StateFolderMissing and StateFileMissing if no network was completed there."""
    network = state.require().read(NETWORK_FILE, NetworkFile)
    runtime = runtime_status(state)
    chains = {seat: connect(entry.rpc, _SECONDS) for seat, entry in network.nodes.items()}
    nodes = _nodes(network, chains)
    seal_rule, sealers = _sealers(state, network, chains, nodes)
    ipfs = tuple(_ipfs(state))
    connected = sum(1 for node in ipfs if node.peers)
    gateways = {
        seat: GatewayStatus(gateway_url(state, seat), answers(f"{gateway_url(state, seat)}/health/ready"))
        for seat in SEATS
        if gateway_name(seat) in {spec.name for spec in current_plan(state).services}
    }
    running = runtime.daemon is not None and all(report.state == "running" for report in runtime.services.values())
    return NetworkStatus(
        network=network.name,
        state=str(state.path),
        engine=network.engine,
        chain_id=network.chain_id,
        running=running,
        healthy=running
        and all(node.in_step for node in nodes.values())
        and (sealers is None or sealers.in_turn)
        and connected == len(ipfs)
        and all(gateway.ready for gateway in gateways.values()),
        seal_rule=seal_rule,
        sealers=sealers,
        nodes=nodes,
        observer_in_step=nodes["observer"].in_step,
        ipfs=ipfs,
        ipfs_connected=connected,
        gateways=gateways,
        supervisor=runtime.daemon,
        services=runtime.services,
    )


def _nodes(network: NetworkFile, chains: Mapping[str, Web3]) -> dict[str, NodeStatus]:
    heights = {seat: _height(w3) for seat, w3 in chains.items()}
    known = [height for height in heights.values() if height is not None]
    common, highest = (min(known), max(known)) if known else (0, 0)
    hashes = {seat: _hash(w3, common) for seat, w3 in chains.items() if heights[seat] is not None}
    agreed = Counter(value for value in hashes.values() if value is not None).most_common(1)
    result = {}
    for seat, entry in network.nodes.items():
        height = heights[seat]
        in_step = (
            height is not None and highest - height <= ALLOWED_LAG and bool(agreed) and hashes.get(seat) == agreed[0][0]
        )
        result[seat] = NodeStatus(entry.rpc, height, _peers(chains[seat]), in_step)
    return result


def _sealers(
    state: StateFolder, network: NetworkFile, chains: Mapping[str, Web3], nodes: Mapping[str, NodeStatus]
) -> tuple[str | None, SealerStatus | None]:
    """The seal rule, and for Clique who sealed the last blocks, read from the seals themselves."""
    seat = next((seat for seat in ("observer", *SEATS) if nodes[seat].height is not None), None)
    if seat is None:
        return None, None
    try:
        rule, validators = genesis_validators(chains[seat])
        if rule != "clique":
            return rule, None
        head = nodes[seat].height or 0
        first = max(1, head - ROUNDS * len(validators) + 1)
        headers = [header_of(chains[seat].eth.get_block(number)) for number in range(first, head + 1)]
    except _NODE_FAULTS:
        return None, None
    names = _sealer_names(state, network)
    recent = []
    for header in headers:
        address = "0x" + clique.sealer(header).hex()
        recent.append(SealedBlock(header.number, names.get(address, address), in_turn=header.difficulty == 2))
    counts = dict.fromkeys((names.get(address, address) for address in ("0x" + v.hex() for v in validators)), 0)
    for block in recent:
        counts[block.sealer] = counts.get(block.sealer, 0) + 1
    return rule, SealerStatus(in_turn=bool(recent) and all(counts.values()), counts=counts, recent=recent)


def _sealer_names(state: StateFolder, network: NetworkFile) -> dict[str, str]:
    folders = {seat: state.path / "nodes" / seat / "sealer" for seat in network.nodes}
    return {address_of(folder).lower(): seat for seat, folder in folders.items() if keystore_file(folder) is not None}


def _ipfs(state: StateFolder) -> Sequence[IpfsStatus]:
    result = []
    for number, entry in enumerate(entries(state), start=1):
        try:
            peers: Sequence[str] | None = sorted(peers_of(entry, _SECONDS))
        except (LedgerError, OSError):
            peers = None
        runtime = runtime_of(state, number)
        result.append(IpfsStatus(entry.api_url, runtime.peer_id if runtime else None, peers))
    return result


def _height(w3: Web3) -> int | None:
    try:
        return int(w3.eth.block_number)
    except _NODE_FAULTS:
        return None


def _peers(w3: Web3) -> int | None:
    try:
        return int(w3.net.peer_count)
    except _NODE_FAULTS:
        return None


def _hash(w3: Web3, number: int) -> str | None:
    try:
        return HexBytes(w3.eth.get_block(number)["hash"]).to_0x_hex()
    except _NODE_FAULTS:
        return None
