"""The double-entry journal of each member, per business date, from what happened on the ledger. Pure.

Events come in as plain data (`events`), books are folds over them (`bank`, `platform`, `lenders`), every entry is
balanced by construction (`entries`), and `export` writes them. Knows no node, clock or file, and nothing else of the
library.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from chain.journal.bank import bank_journal
from chain.journal.entries import JournalEntry, Line, balances, closing_balances
from chain.journal.errors import JournalError, JournalUnbalanced, MemberUnknown
from chain.journal.events import Event
from chain.journal.lenders import lenders_journal
from chain.journal.platform import platform_journal

JOURNALS: Mapping[str, Callable[[Iterable[Event]], tuple[JournalEntry, ...]]] = MappingProxyType(
    {"bank": bank_journal, "platform": platform_journal, "lenders": lenders_journal}
)
"""The books there are, by member."""


def journal(member: str, events: Iterable[Event]) -> tuple[JournalEntry, ...]:
    """The journal of `member`, in the order of the events. Raises MemberUnknown."""
    if member not in JOURNALS:
        raise MemberUnknown(member=member, known=", ".join(JOURNALS))
    return JOURNALS[member](events)


__all__ = [
    "JOURNALS",
    "JournalEntry",
    "JournalError",
    "JournalUnbalanced",
    "Line",
    "MemberUnknown",
    "balances",
    "closing_balances",
    "journal",
]
