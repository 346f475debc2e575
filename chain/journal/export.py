"""A journal as CSV (a row for each line) and as JSON-ready data. Amounts are strings with two decimals. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from chain.journal.entries import JournalEntry

COLUMNS = ("number", "day", "what", "loan", "account", "debit", "credit")


def as_csv(entries: Iterable[JournalEntry]) -> str:
    """With a header; lines end as RFC 4180 has them."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    for entry in entries:
        for line in entry.lines:
            amounts = (shown(line.debit), shown(line.credit))
            writer.writerow((entry.number, entry.day, entry.what, entry.loan, line.account, *amounts))
    return target.getvalue()


def as_data(entries: Iterable[JournalEntry], closing: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """Entries with their lines, and the given closing balances (see `closing_balances`) by business date."""
    return {
        "entries": [
            {
                "number": entry.number,
                "day": entry.day,
                "what": entry.what,
                "loan": entry.loan or None,
                "lines": [
                    {"account": line.account, "debit": shown(line.debit), "credit": shown(line.credit)}
                    for line in entry.lines
                ],
            }
            for entry in entries
        ],
        "closing_balances": {
            day: {account: shown(balance) for account, balance in found.items()} for day, found in closing.items()
        },
    }


def shown(amount: int) -> str:
    """Minor units as a decimal string."""
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 100)
    return f"{sign}{whole}.{part:02d}"
