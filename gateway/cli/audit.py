"""`loan-ledger audit verify | show | export`: a seat's audit log, held against its anchors on chain.

Reads the seat's database itself, so that it needs no running gateway and trusts none. Talk goes to stderr; `--json`
prints one JSON object on stdout, `export` JSON lines. Exit code 1 if the log is not what was written.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chain.audit.verification import Anchored, Verdict, verify
from chain.errors import ExitCode
from chain.keys.keystore import address_of, keystore_file
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from chain.ledger.verification import consortium_checks
from gateway.audit import exports, repository, service
from gateway.audit.errors import AuditNotAnchoring, AuditOptionsMissing
from gateway.audit.repository import Filter
from gateway.cli.network import present_state
from gateway.database import Database, now, open_database
from gateway.settings import SeatSettings, load_settings, seat_folder

app = typer.Typer(help="A seat's audit log, held against the chain.", no_args_is_help=True, add_completion=False)
_out = Console(stderr=True, highlight=False, soft_wrap=True)
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        envvar="LOAN_LEDGER_STATE",
        help="The folder of the seats' folders; if not given, that of the network on this machine.",
    ),
]
SeatName = Annotated[str | None, typer.Option("--seat", help="Which seat's log.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@app.command("verify")
def verify_log(
    state: State = None,
    seat: SeatName = None,
    file: Annotated[Path | None, typer.Option("--file", help="An exported log, instead of a seat's database.")] = None,
    rpc: Annotated[str | None, typer.Option("--rpc", help="The node to ask; the seat's own if not given.")] = None,
    consortium: Annotated[
        Path | None, typer.Option("--consortium", help="The consortium file; the seat's own if not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the whole log and compare it with every anchor. Exit code 1 if a record was touched."""
    if file is not None:
        if rpc is None or consortium is None:
            raise AuditOptionsMissing(needed="--file needs --rpc and --consortium")
        heading, records = exports.read(file)
        anchors = _anchors(rpc, consortium, heading.member, heading.log)
        _report(heading.log, verify(records, anchors), anchors, as_json=as_json)
        return
    settings = _settings(state, seat)
    place = consortium or settings.consortium
    # The anchors first: what is anchored meanwhile must not seem to be missing from the log.
    anchors = _anchors(rpc or settings.rpc_url, place, _member(state, settings), settings.seat)
    database = open_database(settings)
    try:
        with database.read() as session:
            noted = Anchored(*service.head(session))
            verdict = verify(repository.everything(session), anchors, noted)
    finally:
        database.close()
    _report(settings.seat, verdict, anchors, as_json=as_json)


@app.command()
def show(
    state: State = None,
    seat: SeatName = None,
    actor: Annotated[str | None, typer.Option(help="Who, such as operator:ada.")] = None,
    action: Annotated[str | None, typer.Option(help="What, such as close_day or sign.")] = None,
    subject: Annotated[str | None, typer.Option(help="On what, such as loan:0x...")] = None,
    request: Annotated[str | None, typer.Option(help="All that one request did.")] = None,
    decision: Annotated[str | None, typer.Option(help="Or how it begins, such as refused.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="From that moment on, UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_MOMENTS, help="Before that moment, UTC.")] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, max=100_000, help="The newest so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Print what was done and refused, oldest first of the newest ones that fit."""
    wanted = Filter(actor, action, subject, request, decision, _utc(since), _utc(until))
    database = open_database(_settings(state, seat))
    try:
        with database.read() as session:
            found = repository.some(session, wanted, after=None, limit=limit, newest_first=True)[::-1]
    finally:
        database.close()
    if as_json:
        print(json.dumps({"records": [asdict(record) for record in found]}, ensure_ascii=False))
        return
    table = Table("", "time", "who", "what", "on", "decision", "details", box=None, pad_edge=False)
    for record in found:
        details = ", ".join(f"{name}={value}" for name, value in json.loads(record.details).items())
        texts = (record.time[:19], record.actor, record.action, record.subject, record.decision, details)
        table.add_row(str(record.seq), *map(escape, texts))
    Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200).print(table)


@app.command()
def export(state: State = None, seat: SeatName = None) -> None:
    """Print the whole log as JSON lines, to be verified elsewhere with `audit verify --file`."""
    settings = _settings(state, seat)
    chain_id = Consortium.load(settings.consortium).chain_id
    heading = exports.Heading(settings.seat, _member(state, settings), chain_id, exported_at=now())
    database = open_database(settings)
    try:
        _print_all(database, heading)
    finally:
        database.close()


def _print_all(database: Database, heading: exports.Heading) -> None:
    with database.read() as session:
        for line in exports.lines(heading, repository.everything(session)):
            print(line)


def _settings(state: Path | None, seat: str | None) -> SeatSettings:
    if seat is None:
        raise AuditOptionsMissing(needed="--seat, or --file, --rpc and --consortium, must be given")
    return load_settings(_folder(state), seat)


def _folder(state: Path | None) -> Path:
    return state if state is not None else present_state(None).path


def _member(state: Path | None, settings: SeatSettings) -> str:
    """The name of the member that the seat acts for. Raises AuditNotAnchoring."""
    if settings.member is not None:
        return settings.member
    folder = seat_folder(_folder(state), settings.seat)
    root = address_of(folder) if keystore_file(folder) is not None else None
    members = Consortium.load(settings.consortium).members
    named = next((member.name for member in members if member.root == root), None)
    if named is None:
        raise AuditNotAnchoring(seat=settings.seat)
    return named


def _anchors(rpc: str, consortium: Path, member: str, log: str) -> Sequence[Anchored]:
    """All anchors of the log, from the contract that the chain's consortium records as the file does."""
    ledger = Ledger(connect(rpc), Contracts(Consortium.load(consortium)))
    for check in consortium_checks(ledger.contracts.consortium):
        if "AuditAnchors" in check.what:
            check.require(ledger.read(check.question))
    number = next((m.number for m in ledger.contracts.consortium.members if m.name == member), None)
    if number is None:
        raise AuditNotAnchoring(seat=log)
    return [Anchored(anchor.length, anchor.head.hex()) for anchor in ledger.audit_anchors(number, log)]


def _report(log: str, verdict: Verdict, anchors: Iterable[Anchored], *, as_json: bool) -> None:
    broken = verdict.broken
    known = list(anchors)
    if as_json:
        found = asdict(verdict) | {"log": log, "whole": verdict.whole, "unanchored": verdict.unanchored}
        print(json.dumps(found | {"anchors_on_chain": len(known)}, ensure_ascii=False))
    elif broken is None:
        _out.print(
            f"[green]Whole:[/] all {verdict.length} records of the log '{escape(log)}' are as they were written."
        )
        _out.print(f"{verdict.anchors} anchors on chain, the newest of {verdict.anchored} records.")
        if verdict.unanchored:
            _out.print(
                f"Not yet anchored: the newest {verdict.unanchored} records. They are chained, but whoever holds the "
                "database could have written them anew."
            )
    else:
        _out.print(f"[bold red]Not as it was written:[/] {escape(broken.message())}")
        _out.print(f"Whole up to record {verdict.length}; {verdict.anchors} of {len(known)} anchors lead to that part.")
    raise typer.Exit(ExitCode.OK if verdict.whole else ExitCode.INVALID)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
