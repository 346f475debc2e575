"""`loan-ledger demo`: a real consortium carries the example book through its whole life and is reconciled to the cent.

Without --keep the network and its state are removed at the end, also when the demo is interrupted; a folder that held
something before is refused and left alone. Talk goes to stderr;
`--json` prints one JSON object on stdout. Exit code 1 if anything is off.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from chain.bank.amounts import text_from_minor
from chain.errors import ExitCode
from chain.ledger.connection import connect
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from chain.runtime.errors import StateFolderTaken
from chain.runtime.plan import Owner
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop, this_process
from chain.toolchain.layout import checkout
from gateway.auth.service import issue_token
from gateway.cli.network import PASSING_NETWORK, launch_of, warn_of_plain_keys
from gateway.demo.book.load import Book, load_book
from gateway.demo.client import GatewayClient
from gateway.demo.figures import PatientNode
from gateway.demo.life import Life
from gateway.demo.seats import Seats, Wallets
from gateway.demo.tables import print_result
from gateway.demo.verdict import as_json, judge
from gateway.launch.bring_up import Network, bring_up
from gateway.launch.files import CustodyEntry, Launch, Organisations
from gateway.launch.progress import shown


class BookPart(StrEnum):
    """How much of the book."""

    WHOLE = "whole"
    QUICK = "quick"


_out = Console(stderr=True, highlight=False)
PRINCIPAL = "demo"
SECOND = "demo-second"
"""Another person at the bank, who gives the second key."""


def demo(
    quick: Annotated[
        bool, typer.Option("--quick", help="One anvil instead of four geth nodes, and a few of the loans.")
    ] = False,
    rpc: Annotated[
        list[str] | None,
        typer.Option("--rpc", help="A node of others; repeat for platform, bank, regulator, observer."),
    ] = None,
    keys: Annotated[Path | None, typer.Option("--keys", help="Plain keys for --rpc; for tests only.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything up and say how to reach it.")] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", envvar="LOAN_LEDGER_STATE", help="The network's folder, new or empty; a new one if not given."
        ),
    ] = None,
    part: Annotated[
        BookPart | None,
        typer.Option("--book", help="The whole book, or its quick part; the quick part with --quick if not given."),
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Carry the example book's loans from application to closing on a real consortium, and reconcile them."""
    path = state or _free_folder(keep)
    if not StateFolder(path).free:
        raise StateFolderTaken(path=path)
    warn_of_plain_keys(keys)
    book = load_book("quick" if (part or (BookPart.QUICK if quick else BookPart.WHOLE)) is BookPart.QUICK else "whole")
    launch = launch_of(path, quick=quick, rpc=rpc or [], hardfork=None, base_fee=None, simulated=None)
    launch = _for_book(launch, book)
    began = time.monotonic()
    with _network(path, launch, keys, book, keep) as network:
        seats, tokens = _seats(network)
        wallets = Wallets(book)

        def tell(what: str) -> None:
            _out.print(f"{time.monotonic() - began:6.1f} s  {escape(what)}")

        life = Life(book, seats, wallets, tell)
        courses = life.run()
        tell(f"waiting until every seat relies on block {life.last_block}")
        for seat in seats.all():
            seat.confirmed(life.last_block)
        tell("comparing nodes, documents and books with the independent figures")
        nodes = [PatientNode(_node(network, seat), life.last_block) for seat in ("platform", "observer")]
        verdict = judge(book, seats, wallets, courses, *nodes)
        print_result(_out, book, verdict, wallets)
        _out.print(f"{time.monotonic() - began:.0f} s in all")
        if keep:
            _print_access(network, tokens)
        if as_json_:
            result = as_json(book, network.launch.engine, verdict, wallets)
            if keep:
                result["gateways"] = dict(network.gateways)
                result["state"] = str(path)
            print(json.dumps(result, ensure_ascii=False))
    raise typer.Exit(ExitCode.OK if verdict.reconciled else ExitCode.INVALID)


def _free_folder(keep: bool) -> Path:
    root = checkout() / ".loan-ledger"
    name = "demo" if keep else f"{PASSING_NETWORK}{this_process().pid}"
    names = (name if n == 1 else f"{name}-{n}" for n in range(1, 1000))
    return next(path for path in (root / one for one in names) if not path.exists())


def _for_book(launch: Launch, book: Book) -> Launch:
    """The network as the book's organisations run it: the platform's code and the bank's custody account."""
    custody = book.header.custody_account
    return replace(
        launch,
        organisations=Organisations(platform=book.header.platform.code, bank=book.header.depository_bank.code),
        custody=CustodyEntry(
            account=custody.number,
            holder=custody.name,
            bank=book.header.depository_bank.code,
            currency=custody.currency,
            first_sequence_number=custody.first_sequence_number,
            first_opening=text_from_minor(custody.first_opening),
        ),
    )


@contextmanager
def _network(path: Path, launch: Launch, keys: Path | None, book: Book, keep: bool) -> Iterator[Network]:
    owner = None if keep else Owner(this_process(), remove_state=True)
    folder = StateFolder(path).create_new()  # so that what is removed at the end is this run's
    try:
        with shown(_out) as report:
            network = bring_up(
                path, launch, keys_file=keys, start_day=book.statements[0].day, owner=owner, report=report
            )
        yield network
    finally:
        if not keep and folder.path.is_dir():
            stop(folder)
            folder.remove()


def _seats(network: Network) -> tuple[Seats, dict[str, str]]:
    tokens = {seat: issue_token(network.state.path, seat, PRINCIPAL) for seat in network.gateways}
    clients = {seat: GatewayClient(seat, url, tokens[seat]) for seat, url in network.gateways.items()}
    second = GatewayClient("bank", network.gateways["bank"], issue_token(network.state.path, "bank", SECOND))
    return Seats(**clients, bank_second=second), tokens


def _node(network: Network, seat: str) -> Ledger:
    return Ledger(connect(network.nodes[seat]), Contracts(network.consortium))


def _print_access(network: Network, tokens: dict[str, str]) -> None:
    _out.print("\nEverything is left up.")
    for seat, url in network.gateways.items():
        _out.print(f"  {seat:10} {url}/docs   token {tokens[seat]}", soft_wrap=True)
    url = network.gateways["observer"]
    _out.print("A first call:")
    _out.print(f"  curl -H 'Authorization: Bearer {tokens['observer']}' {url}/v1/loans", soft_wrap=True)
    _out.print(
        f"Stop and remove: ./scripts/loan-ledger network down --remove --state {network.state.path}", soft_wrap=True
    )
