"""Entries that balance, accounts, and what the accounts stand at.

An account is `kind` or `kind:owner`, such as `party_tokens:0x12..`. A line debits or credits one account with a
positive amount; an entry whose sides differ can't be made. Balances are debits less credits, so what is owed shows
negative.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from chain.journal.errors import JournalUnbalanced


@dataclass(frozen=True)
class Line:
    """One side of an entry; one of debit and credit is 0."""

    account: str
    debit: int
    credit: int


@dataclass(frozen=True)
class JournalEntry:
    """What one event was in a member's books. loan: its id, '' for what belongs to none. Raises JournalUnbalanced."""

    number: int
    day: str
    what: str
    loan: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        debits, credits = (sum(getattr(line, side) for line in self.lines) for side in ("debit", "credit"))
        if debits != credits or any(line.debit < 0 or line.credit < 0 for line in self.lines):
            raise JournalUnbalanced(what=self.what, day=self.day, debits=debits, credits=credits)


def debit(account: str, amount: int) -> Line:
    """A debit; of a negative amount, a credit."""
    return Line(account, amount, 0) if amount >= 0 else Line(account, 0, -amount)


def credit(account: str, amount: int) -> Line:
    """A credit; of a negative amount, a debit."""
    return debit(account, -amount)


def move(from_: str, to: str, amount: int) -> tuple[Line, ...]:
    """Credits `from_` and debits `to`."""
    return debit(to, amount), credit(from_, amount)


class Book:
    """Entries as they are written, numbered from 1. Lines of 0 and entries without lines are left out."""

    def __init__(self) -> None:
        self._entries: list[JournalEntry] = []

    def write(self, day: str, what: str, loan: str, lines: Iterable[Line]) -> None:
        """One entry. Raises JournalUnbalanced."""
        kept = tuple(line for line in lines if line.debit or line.credit)
        if kept:
            self._entries.append(JournalEntry(len(self._entries) + 1, day, what, loan, kept))

    @property
    def entries(self) -> tuple[JournalEntry, ...]:
        """All so far."""
        return tuple(self._entries)


def balances(entries: Iterable[JournalEntry]) -> dict[str, int]:
    """Debits less credits by account, minor units; accounts at 0 are left out."""
    found: dict[str, int] = defaultdict(int)
    for entry in entries:
        for line in entry.lines:
            found[line.account] += line.debit - line.credit
    return {account: balance for account, balance in sorted(found.items()) if balance}


def closing_balances(entries: Iterable[JournalEntry]) -> dict[str, dict[str, int]]:
    """The balances at the end of each business date on which something was written, by date."""
    found: dict[str, dict[str, int]] = {}
    so_far: list[JournalEntry] = []
    for entry in sorted(entries, key=lambda e: (e.day, e.number)):
        so_far.append(entry)
        found[entry.day] = {}
    for day in found:
        found[day] = balances(entry for entry in so_far if entry.day <= day)
    return found


def total(balances_: dict[str, int], kind: str) -> int:
    """Of all accounts of a kind."""
    return sum(balance for account, balance in balances_.items() if account.partition(":")[0] == kind)
