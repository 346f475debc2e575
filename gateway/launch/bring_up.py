"""`bring_up`: from a state folder, empty or not, to a network whose gateways are ready.

Safe to call again: what runs is left alone, what is missing is started, what was made once (keys, genesis, ledger,
ports) is kept. Callers of one folder take turns.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from hexbytes import HexBytes

from chain.engines.anvil import AnvilEngine
from chain.engines.clique import CliqueEngine
from chain.engines.given import GivenEngine
from chain.engines.protocol import SEATS, SIGNING_SEATS, Accounts, Engine
from chain.keys.keystore import KeystoreCost
from chain.keys.passphrase import variable_of
from chain.keys.plain import read_plain_keys
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.runtime.plan import Owner, ServiceSpec
from chain.runtime.ports import LOOPBACK, port
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import add, current_plan, start, status, wait_ready
from chain.toolchain.layout import checkout, contained_environment
from gateway.launch.documents import start_ipfs
from gateway.launch.errors import KeysNeeded, NetworkDiffers
from gateway.launch.files import (
    LAUNCH_FILE,
    NETWORK_FILE,
    IpfsEntry,
    KeyEntry,
    Launch,
    NetworkFile,
    NodeEntry,
    SeatEntry,
)
from gateway.launch.files import write_settings as write_seat_settings
from gateway.launch.ledger import ensure_ledger, reading_key, wait_in_step
from gateway.launch.seats import (
    OPERATIONAL_KEYS,
    ensure_accounts,
    ensure_operational_keys,
    ensure_reader_keys,
    key_folder,
)

CHAIN_SECONDS: Final = 90.0
GATEWAY_SECONDS: Final = 60.0

Report = Callable[[str, str], None]
"""Called with a step (`keys`, `nodes`, `documents`, `ledger`, `gateways`) and what just happened in it."""


@dataclass(frozen=True)
class Network:
    """A network that runs. gateways: base URL by seat; ipfs: the two nodes."""

    state: StateFolder
    launch: Launch
    consortium: Consortium
    nodes: Mapping[str, str]
    ipfs: tuple[IpfsEntry, ...]
    gateways: Mapping[str, str]


def today() -> date:
    """The local date, the first business date of a network unless another is asked for."""
    return datetime.now(tz=UTC).astimezone().date()


def silent(_step: str, _event: str) -> None:
    """A `Report` that says nothing."""


def bring_up(
    state_path: Path,
    launch: Launch,
    *,
    keys_file: Path | None = None,
    start_day: date | None = None,
    owner: Owner | None = None,
    report: Report = silent,
) -> Network:
    """Brings the network in `state_path` up, gateways and all; returns when every gateway says that it is ready.

    keys_file: plain keys, for the engine `rpc` only, and needed there at the first start. start_day: first business
    date of a new ledger, the local date if None. owner: the process whose end stops the network; None keeps it running.
    Raises LedgerError; the network's services are left as they are then, so that their logs and state can be looked at.
    """
    network = bring_up_chain(
        state_path, launch, keys_file=keys_file, start_day=start_day, owner=owner, report=report, gateways=True
    )
    with network.state.locked("up"):
        start_gateways(network, report)
    return network


def bring_up_chain(
    state_path: Path,
    launch: Launch,
    *,
    keys_file: Path | None = None,
    start_day: date | None = None,
    owner: Owner | None = None,
    report: Report = silent,
    gateways: bool = False,
) -> Network:
    """As `bring_up`, without waiting for gateways; their settings are written.

    gateways: start them at once, so that they load while the chain comes up; they wait for settings and ledger.
    """
    state = StateFolder(state_path).create()
    with state.locked("up"):
        given = _given_keys(state, launch, keys_file)
        _remember(state, launch)
        accounts = {
            **ensure_accounts(state, given, KeystoreCost.DEVNET),
            **ensure_operational_keys(state, KeystoreCost.DEVNET),
        }
        ensure_reader_keys(state)
        report("keys", "the seats' keys are there")
        engine = engine_of(state, launch, accounts)
        _start_services(state, engine, owner)
        if gateways:
            add(state, [gateway_service(state, seat) for seat in SEATS])
        ipfs = start_ipfs(state)
        report("documents", f"{len(ipfs)} IPFS nodes are connected")
        engine.wait_ready(CHAIN_SECONDS, lambda event: report("nodes", event))
        nodes = dict(engine.rpc_urls())
        consortium = ensure_ledger(
            state, launch, accounts, nodes["platform"], start_day or today(),
            lambda step, number, steps: report("ledger", f"{step} ({number} of {steps})"),
        )  # fmt: skip
        wait_in_step(consortium, nodes, CHAIN_SECONDS)
        report("ledger", "the ledger is on the chain")
        _write_network(state, launch, nodes)
        for seat in SEATS:
            write_seat_settings(state, _seat_entry(state, launch, seat, nodes[seat], ipfs))
        return Network(state, launch, consortium, nodes, ipfs, {seat: gateway_url(state, seat) for seat in SEATS})


def start_gateways(network: Network, report: Report = silent) -> None:
    """Starts the gateways that don't run and waits until all are ready."""
    state = network.state
    add(state, [gateway_service(state, seat) for seat in SEATS])
    wait_ready(
        state,
        [gateway_name(seat) for seat in SEATS],
        GATEWAY_SECONDS,
        lambda name: report("gateways", f"{name} is ready"),
    )


def engine_of(state: StateFolder, launch: Launch, accounts: Accounts) -> Engine:
    """The chain engine that `launch` names."""
    match launch.engine:
        case "anvil":
            return AnvilEngine(state, accounts, launch.hardfork, launch.base_fee)
        case "clique":
            return CliqueEngine(state, accounts)
        case "rpc":
            return GivenEngine(launch.urls, accounts)


def gateway_name(seat: str) -> str:
    """The name of a seat's gateway as a service."""
    return f"gateway-{seat}"


def gateway_url(state: StateFolder, seat: str) -> str:
    """The base URL of a seat's gateway."""
    return f"http://{LOOPBACK}:{port(state, gateway_name(seat) + '.http')}"


def gateway_service(state: StateFolder, seat: str) -> ServiceSpec:
    """A seat's gateway as a process. It sees the passphrase variables of its own seat's keys and no other's."""
    folders = (state.path / seat, *(key_folder(state, seat, key) for key in OPERATIONAL_KEYS.get(seat, {})))
    return ServiceSpec(
        name=gateway_name(seat),
        argv=(sys.executable, "-m", "gateway", "serve", "--state", str(state.path), "--seat", seat, "--wait"),
        cwd=str(checkout()),
        # Empty: the environment keeps its bytecode, and a start takes half the time.
        env={**contained_environment(), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": ""},
        ports={"http": port(state, gateway_name(seat) + ".http")},
        ready=f"{gateway_url(state, seat)}/health/ready",
        passes=tuple(variable_of(folder) for folder in folders),
        stop_seconds=20.0,
    )


def _remember(state: StateFolder, launch: Launch) -> None:
    """Keeps how the network is started; refuses to start it in another way. Raises NetworkDiffers."""
    if not state.has(LAUNCH_FILE):
        state.write(LAUNCH_FILE, launch)
        return
    present = state.read(LAUNCH_FILE, Launch)
    for what in ("engine", "hardfork", "base_fee", "urls", "simulated"):
        if getattr(present, what) != getattr(launch, what):
            raise NetworkDiffers(
                path=state.path, what=what, present=getattr(present, what), asked=getattr(launch, what)
            )


def _given_keys(state: StateFolder, launch: Launch, keys_file: Path | None) -> Accounts:
    """The accounts of the file; none where the seats have, or make, their own. Raises KeysNeeded, PlainKeysInvalid."""
    if keys_file is None:
        if launch.engine == "rpc" and not (state.path / SIGNING_SEATS[0] / "keystore").is_dir():
            raise KeysNeeded()
        return {}
    if launch.engine != "rpc":
        raise KeysNeeded()
    return read_plain_keys(keys_file)


def _start_services(state: StateFolder, engine: Engine, owner: Owner | None) -> None:
    """Starts the chain. With a supervisor at work nothing that runs is touched; else gateways wait for their turn."""
    services = {spec.name: spec for spec in engine.services()}
    if status(state).daemon is not None:
        services = {**{spec.name: spec for spec in current_plan(state).services}, **services}
    start(state, list(services.values()), owner)


def _write_network(state: StateFolder, launch: Launch, nodes: Mapping[str, str]) -> None:
    w3 = connect(nodes["platform"])
    state.write(
        NETWORK_FILE,
        NetworkFile(
            name=state.path.name,
            engine=launch.engine,
            chain_id=w3.eth.chain_id,
            genesis_hash=HexBytes(w3.eth.get_block(0)["hash"]).to_0x_hex(),
            nodes={seat: NodeEntry(url) for seat, url in nodes.items()},
            simulated=launch.simulated,
        ),
    )


def _seat_entry(state: StateFolder, launch: Launch, seat: str, rpc_url: str, ipfs: tuple[IpfsEntry, ...]) -> SeatEntry:
    return SeatEntry(
        seat=seat,
        engine=launch.engine,
        rpc_url=rpc_url,
        port=port(state, gateway_name(seat) + ".http"),
        ipfs=ipfs,
        member=launch.organisations.of(seat) if seat in OPERATIONAL_KEYS else None,
        keys=tuple(
            KeyEntry(key, key_folder(state, seat, key), sorted(scope.name for scope in scopes))
            for key, scopes in OPERATIONAL_KEYS.get(seat, {}).items()
        ),
        readers={"observer": reading_key(state, "observer")},
        custody=launch.custody,
    )
