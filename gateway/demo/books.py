"""The books of the whole ledger against the independent figures: day-ends, exposures, and the members' journals.

Everything is read from one node's logs. Each comparison gives one sentence for whatever is off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from chain.bank.amounts import text_from_minor
from chain.journal import JOURNALS, balances, closing_balances, journal
from chain.journal.entries import total
from chain.journal.events import Event
from chain.ledger.days import day_of
from chain.ledger.logs import LogRecord
from gateway.demo.book.load import Book
from gateway.demo.figures import LoanFigures


def day_end_differences(book: Book, records: Iterable[LogRecord]) -> list[str]:
    """What the bank attested at the end of each business date against its account statement."""
    attested = [record.values for record in records if record.event == "Attested"]
    off = []
    days = [balance.day for balance in book.expected.balances]
    for balance, until in zip(book.expected.balances, [*days[1:], date.max], strict=True):
        found = [v for v in attested if balance.day <= day_of(int(v["through"])) < until]
        if not found:
            off.append(f"{balance.day}: no day-end was attested")
            continue
        wanted = {
            "booked": (balance.bank, found[-1]["booked"]),
            "tokens": (balance.tokens, found[-1]["supply"]),
            "suspense": (balance.suspense, found[-1]["suspense"]),
            "short by the bank's claim": (balance.bank_claims, found[-1]["shortfall"]),
        }
        off += _sentences(f"day-end of {balance.day}", wanted)
    return off


def exposure_differences(book: Book, figures: Mapping[str, LoanFigures]) -> list[str]:
    """What each borrower owes at the end of each business date; `figures` by the loans' references."""
    off = []
    for day, expected in book.expected.exposures.items():
        found: dict[str, int] = {}
        for reference, loan in figures.items():
            borrower = book.loan(reference).application.borrower
            change = sum(amount for changed, amount in loan.exposure.items() if changed <= day)
            found[borrower] = found.get(borrower, 0) + change
        wanted = {alias: (expected.get(alias, 0), found.get(alias, 0)) for alias in {*expected, *found}}
        off += _sentences(f"exposures of {day}", {f"of {alias}": wanted[alias] for alias in sorted(wanted)})
    return off


def journal_differences(book: Book, events: tuple[Event, ...], alias_of: Mapping[str, str]) -> list[str]:
    """The bank's closing balances against its account statements, and every party's tokens at the end.

    alias_of: the book's parties by subject.
    """
    off = []
    closing = closing_balances(journal("bank", events))
    for balance in book.expected.balances:
        days = [day for day in closing if day <= balance.day.isoformat()]
        found = closing[max(days)] if days else {}
        wanted = {
            "custody_cash": (balance.bank, total(found, "custody_cash")),
            "suspense": (balance.suspense, -total(found, "suspense")),
            "bank_claims": (balance.bank_claims, total(found, "bank_claims")),
        }
        off += _sentences(f"bank's journal on {balance.day}", wanted)
    last = {member: balances(journal(member, events)) for member in JOURNALS}
    expected = book.expected.parties
    subjects = {subject: alias for subject, alias in alias_of.items() if alias in expected}
    off += [f"{alias} was never registered" for alias in sorted({*expected} - {*subjects.values()})]
    at_end: dict[str, tuple[int, int]] = {
        f"tokens of {alias}": (expected[alias].balance, -last["bank"].get(f"party_tokens:{subject}", 0))
        for subject, alias in subjects.items()
    }
    earning = {subject: alias for subject, alias in subjects.items() if expected[alias].lent or expected[alias].bought}
    at_end |= {
        f"tokens of {alias} in the lenders' journal": (
            expected[alias].balance,
            last["lenders"].get(f"tokens:{subject}", 0),
        )
        for subject, alias in earning.items()
    }
    at_end["owed by borrowers"] = (0, total(last["platform"], "loans_receivable"))
    at_end["positions that still have a value"] = (0, total(last["lenders"], "positions"))
    at_end["dust in the risk reserve"] = (book.expected.custody.dust, total(last["platform"], "reserve_cash"))
    return off + _sentences("journals at the end", at_end)


def _sentences(where: str, wanted: Mapping[str, tuple[int, int]]) -> list[str]:
    return [
        f"{where}: {what}: expected {text_from_minor(want)}, found {text_from_minor(have)}"
        for what, (want, have) in wanted.items()
        if want != have
    ]
