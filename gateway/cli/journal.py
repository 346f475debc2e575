"""`loan-ledger journal`: a member's double-entry journal from its own node, as a table, CSV or JSON.

Compares the bank's closing balances with account statements on request; a difference is an error. Reading only.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chain.bank.amounts import text_from_minor
from chain.bank.camt053 import read_account_statement
from chain.journal import JournalEntry, closing_balances, journal
from chain.journal.bank import CASH
from chain.journal.export import as_csv, as_data, shown
from gateway.cli.network import PresentStateOption, present_state
from gateway.cli.output_files import write_output
from gateway.journals.errors import StatementsDiffer
from gateway.journals.node import read_events
from gateway.launch.files import NETWORK_FILE, NetworkFile

_SEATS = {"bank": "bank", "platform": "platform", "lenders": "observer"}
_out = Console(stderr=True, highlight=False)


def journal_command(
    member: Annotated[str, typer.Option("--member", help="bank, platform or lenders.")],
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First business date.")] = None,
    through: Annotated[
        datetime | None, typer.Option("--through", formats=["%Y-%m-%d"], help="Last business date.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the lines to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    statements: Annotated[
        list[Path] | None, typer.Option("--statement", help="An account statement to compare with; may be repeated.")
    ] = None,
    state: PresentStateOption = None,
) -> None:
    """A member's double-entry journal, per business date, balanced; with the accounts' closing balances."""
    folder = present_state(state)
    node = folder.read(NETWORK_FILE, NetworkFile).nodes[_SEATS.get(member, "observer")].rpc
    events = read_events(node, folder.path / "consortium.json")
    everything = journal(member, events)
    compared = _compare(journal("bank", events), statements or [])
    days = first.date() if first else date.min, through.date() if through else date.max
    entries = [e for e in everything if days[0].isoformat() <= e.day <= days[1].isoformat()]
    closing = {day: found for day, found in closing_balances(everything).items() if _inside(day, days)}
    if csv is not None:
        write_output(csv, as_csv(entries).encode())
    if as_json:
        found: dict[str, Any] = {"member": member, **as_data(entries, closing), "statements_compared": compared}
        print(json.dumps(found, ensure_ascii=False))
    elif csv is None:
        _show(entries, closing)


def _inside(day: str, days: tuple[date, date]) -> bool:
    return days[0].isoformat() <= day <= days[1].isoformat()


def _compare(entries: tuple[JournalEntry, ...], files: list[Path]) -> int:
    """How many account statements close as the bank's journal does. Raises StatementsDiffer, or a BankFileError."""
    closing = closing_balances(entries)
    for path in files:
        statement = read_account_statement(path.read_bytes())
        until = [found for day, found in closing.items() if day <= statement.date.isoformat()]
        booked = until[-1].get(CASH, 0) if until else 0
        if booked != statement.closing:
            raise StatementsDiffer(
                day=statement.date, statement=text_from_minor(statement.closing), journal=text_from_minor(booked)
            )
    return len(files)


def _show(entries: list[JournalEntry], closing: dict[str, dict[str, int]]) -> None:
    table = Table("no.", "day", "what", "account", "debit", "credit")
    table.columns[4].justify = table.columns[5].justify = "right"
    for entry in entries:
        for place, line in enumerate(entry.lines):
            head = (str(entry.number), entry.day, entry.what) if place == 0 else ("", "", "")
            amounts = (shown(line.debit) if line.debit else "", shown(line.credit) if line.credit else "")
            table.add_row(*head, line.account, *amounts)
    _out.print(table)
    if closing:
        last = max(closing)
        balances = Table("account", f"balance at the end of {last}")
        balances.columns[1].justify = "right"
        for account, balance in closing[last].items():
            balances.add_row(account, shown(balance))
        _out.print(balances)
