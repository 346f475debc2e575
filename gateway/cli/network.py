"""`loan-ledger network up | down | status | logs`: a whole network on this machine, started, stopped and looked at.

Talk goes to stderr; `--json` prints one JSON object on stdout. Errors are raised as LedgerError for the CLI to show.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.errors import ExitCode
from chain.runtime.errors import ServiceUnknown
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import current_plan, stop
from chain.toolchain.layout import checkout
from gateway.launch.bring_up import Network, bring_up
from gateway.launch.errors import KeysNeeded, OptionsClash
from gateway.launch.files import LAUNCH_FILE, Launch
from gateway.launch.progress import shown
from gateway.launch.status import NetworkStatus, network_status

DEFAULT_NETWORK: Final = "devnet"
PASSING_NETWORK: Final = "demo-run-"
"""How the folder of a demo's network is called that is removed when the demo ends."""
app = typer.Typer(help="A whole network on this machine.", no_args_is_help=True, add_completion=False)
_out = Console(stderr=True, highlight=False, soft_wrap=True)
_wide = Console(stderr=True, highlight=False, width=110)  # addresses are not cut in narrow windows


class Hardfork(StrEnum):
    """The rules of an anvil chain."""

    BERLIN = "berlin"
    LONDON = "london"


StateOption = Annotated[
    Path | None,
    typer.Option("--state", envvar="LOAN_LEDGER_STATE", help="The network's folder; .loan-ledger/devnet if not given."),
]
PresentStateOption = Annotated[
    Path | None,
    typer.Option(
        "--state",
        envvar="LOAN_LEDGER_STATE",
        help="The network's folder; if not given, .loan-ledger/devnet, or the last started one there is beside it.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


def state_path(given: Path | None) -> Path:
    """The state folder to use: the one given, or the default one in the checkout."""
    return given if given is not None else checkout() / ".loan-ledger" / DEFAULT_NETWORK


def present_state(given: Path | None) -> StateFolder:
    """The folder of a network that is there: the one given, the default one, or the one last started beside it.

    Says on stderr which one is meant where that is neither given nor the default. Raises StateFolderMissing,
    StateFolderForeign.
    """
    default = StateFolder(state_path(given))
    if given is not None or os.path.lexists(default.path) or not default.path.parent.is_dir():
        return default.require()
    found = [folder for path in default.path.parent.iterdir() if (folder := StateFolder(path)).marked]
    # A demo that runs, and removes its network by itself, is meant only where there is nothing else.
    lasting = [folder for folder in found if not folder.path.name.startswith(PASSING_NETWORK)] or found
    if not lasting:
        return default.require()
    chosen = max(lasting, key=StateFolder.last_made)
    others = f"the last started of {len(lasting)}" if len(lasting) > 1 else "the only one"
    _out.print(f"Network: {escape(str(chosen.path))} ({others}; --state names another)")
    return chosen


def _with_state(path: Path) -> str:
    """What a command needs after it to mean the network at `path`."""
    return "" if path.resolve() == state_path(None).resolve() else f" --state {shlex.quote(str(path))}"


def launch_of(
    path: Path, *, quick: bool, rpc: list[str], hardfork: Hardfork | None, base_fee: int | None, simulated: bool | None
) -> Launch:
    """How to start the network: as the options say, or, where they say nothing, as it was started before."""
    if quick and rpc:
        raise OptionsClash(first="--quick", second="--rpc")
    state = StateFolder(path)
    if not (quick or rpc or hardfork or base_fee is not None) and state.marked and state.has(LAUNCH_FILE):
        before = state.read(LAUNCH_FILE, Launch)
        return before if simulated is None else replace(before, simulated=simulated)
    if (hardfork or base_fee is not None) and not quick:
        raise OptionsClash(first="--hardfork or --base-fee", second="a chain other than --quick")
    return Launch(
        engine="anvil" if quick else "rpc" if rpc else "clique",
        simulated=True if simulated is None else simulated,
        hardfork=(hardfork or Hardfork.BERLIN).value,
        base_fee=base_fee,
        urls=tuple(rpc),
    )


@app.command()
def up(
    quick: Annotated[bool, typer.Option("--quick", help="One anvil instead of four geth nodes.")] = False,
    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", help="A node of others; repeat for platform, bank, regulator, observer."),
    ] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="Plain keys for --rpc; for tests only.")] = None,
    state: StateOption = None,
    hardfork: Annotated[Hardfork | None, typer.Option(help="With --quick: the chain's rules.")] = None,
    base_fee: Annotated[int | None, typer.Option(help="With --quick and london: first base fee, wei.")] = None,
    simulated: Annotated[
        bool | None,
        typer.Option("--simulated/--real-dates", help="Whether business dates may run ahead of the real date."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Start a network, or what is missing of one. Returns when every gateway is ready."""
    path = state_path(state)
    launch = launch_of(path, quick=quick, rpc=rpc or [], hardfork=hardfork, base_fee=base_fee, simulated=simulated)
    if keys is not None and launch.engine != "rpc":
        raise KeysNeeded()
    warn_of_plain_keys(keys)
    with shown(_out) as report:
        network = bring_up(path, launch, keys_file=keys, report=report)
    if as_json:
        print(json.dumps(_addresses(network)))
        return
    table = _table("seat", "gateway", "node")
    for seat, url in network.gateways.items():
        table.add_row(seat, url, network.nodes[seat])
    _wide.print(table)
    suffix = escape(_with_state(path))
    _out.print(f"State: {escape(str(path))}")
    _out.print(f"Look: loan-ledger network status{suffix}   Stop: loan-ledger network down{suffix}")


def warn_of_plain_keys(keys: Path | None) -> None:
    """Says on stderr that plain keys are for tests only."""
    if keys is not None:
        _out.print(f"[yellow]Warning:[/] {escape(str(keys))} holds plain keys. Use such a file for tests only.")


@app.command()
def down(
    state: PresentStateOption = None,
    remove: Annotated[bool, typer.Option("--remove", help="Delete its folder too: keys, chain, documents.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop a network. Its state stays, so that it can be started again, unless --remove is given."""
    folder = present_state(state)
    ran = stop(folder)
    if remove and folder.path.is_dir():
        folder.remove()
    if as_json:
        print(json.dumps({"stopped": ran, "removed": remove}))
    else:
        _out.print("Stopped." if ran else "Nothing was running.", "Its folder is deleted." if remove else "")


@app.command()
def status(state: PresentStateOption = None, as_json: JsonOption = False) -> None:
    """Say how a network fares. Exit code 1 if something is off."""
    folder = present_state(state)
    found = network_status(folder)
    if as_json:
        print(TypeAdapter(NetworkStatus).dump_json(found).decode())
    else:
        _print_status(found, folder.path)
    raise typer.Exit(ExitCode.OK if found.healthy else ExitCode.INVALID)


@app.command()
def logs(
    service: Annotated[str | None, typer.Argument(help="A service's name; all of them if not given.")] = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on until interrupted.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=0, help="How many last lines of each to begin with.")] = 50,
    state: PresentStateOption = None,
) -> None:
    """Print logs of a network's services, on stdout."""
    folder = present_state(state)
    names = [spec.name for spec in current_plan(folder).services] + ["supervisor"]
    if service is not None and service not in names:
        raise ServiceUnknown(name=service, known=", ".join(names))
    chosen = [service] if service is not None else names
    width = max(map(len, chosen))
    readers = {name: _lines(folder.log(name), lines) for name in chosen}
    while True:
        quiet = True
        for name, reader in readers.items():
            for line in reader:
                if line is None:
                    break
                quiet = False
                sys.stdout.write(line if service is not None else f"{name:<{width}} | {line}")
        sys.stdout.flush()
        if not follow:
            return
        if quiet:
            time.sleep(0.2)


def _lines(path: Path, last: int) -> Iterator[str | None]:
    """The last lines of a file and then what is appended to it; None whenever there is nothing more for now."""
    position, identity, first = 0, None, True
    while True:
        try:
            with path.open("rb") as file:
                now = (os.fstat(file.fileno()).st_ino, os.fstat(file.fileno()).st_size)
                if identity is not None and (now[0] != identity or now[1] < position):
                    position = 0  # it was moved aside
                identity = now[0]
                file.seek(position)
                content = file.read()
        except FileNotFoundError:
            content = b""
        whole = content[: content.rfind(b"\n") + 1]
        position += len(whole)
        text = whole.decode(errors="replace").splitlines(keepends=True)
        yield from text[-last:] if first and last else [] if first else text
        first = False
        yield None


def _addresses(network: Network) -> dict[str, object]:
    return {
        "network": network.state.path.name,
        "state": str(network.state.path),
        "engine": network.launch.engine,
        "chain_id": network.consortium.chain_id,
        "genesis_hash": network.consortium.genesis_hash,
        "nodes": dict(network.nodes),
        "gateways": dict(network.gateways),
        "ipfs": [entry.api_url for entry in network.ipfs],
    }


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


def _print_status(found: NetworkStatus, path: Path) -> None:
    _out.print(
        f"{found.network}: {found.engine}, chain {found.chain_id},",
        "[green]healthy[/]" if found.healthy else "[red]something is off[/]",
    )
    table = _table("seat", "block", "peers", "sealed", "node", "gateway", "")
    for seat, node in found.nodes.items():
        gateway = found.gateways.get(seat)
        table.add_row(
            seat,
            "no answer" if node.height is None else f"{node.height}{'' if node.in_step else ' (out of step)'}",
            "-" if node.peers is None else str(node.peers),
            str(found.sealers.counts.get(seat, "-")) if found.sealers else "-",
            node.rpc,
            gateway.url if gateway else "-",
            "" if gateway is None else "[green]ready[/]" if gateway.ready else "[red]not ready[/]",
        )
    _wide.print(table)
    if found.sealers is not None:
        order = " ".join(f"{block.sealer}{'' if block.in_turn else '(out of turn)'}" for block in found.sealers.recent)
        _out.print(f"Last sealers: {order}")
    for number, ipfs in enumerate(found.ipfs, start=1):
        peers = "no answer" if ipfs.peers is None else f"{len(ipfs.peers)} peer(s)"
        _out.print(f"ipfs-{number}: {ipfs.api}, {peers}")
    for name, report in found.services.items():
        if report.state != "running" or report.restarts:
            _out.print(f"{name}: {report.state}, started again {report.restarts} time(s), log {report.log}")
    if not found.running:
        _out.print(
            f"Not everything runs; start what is missing with: loan-ledger network up{escape(_with_state(path))}"
        )
