"""A day-end, an exposure or a journal that is off becomes a sentence that names it."""

from __future__ import annotations

from datetime import date

import pytest

from chain.journal import events as happened
from chain.ledger.days import day_number
from chain.ledger.logs import LogRecord
from chain.ledger.reader import State
from gateway.demo.book.load import Book, load_book
from gateway.demo.books import day_end_differences, exposure_differences, journal_differences
from gateway.demo.figures import LoanFigures


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


def attested(book: Book, off: dict[date, int]) -> list[LogRecord]:
    """The attestations that the book expects, with some bank balances off."""
    return [
        LogRecord(
            "CustodyToken",
            "Attested",
            {
                "through": day_number(b.day),
                "booked": b.bank + off.get(b.day, 0),
                "supply": b.tokens,
                "suspense": b.suspense,
                "shortfall": b.bank_claims,
            },
            1, bytes(32), bytes(32), 0,
        )
        for b in book.expected.balances
    ]  # fmt: skip


def test_day_ends_as_expected_are_not_mentioned(book: Book) -> None:
    assert day_end_differences(book, attested(book, {})) == []


def test_a_day_end_that_is_off_or_missing_is_named(book: Book) -> None:
    first, second = book.expected.balances[0], book.expected.balances[1]
    found = day_end_differences(book, attested(book, {second.day: 1})[1:])
    assert len(found) == 2
    assert found[0] == f"{first.day}: no day-end was attested"
    assert found[1].startswith(f"day-end of {second.day}: booked: expected")


def test_an_exposure_that_is_off_is_named_with_its_borrower_and_day(book: Book) -> None:
    days = list(book.expected.exposures)
    called = {
        loan.application.reference: {days[0]: loan.application.first_tranche}
        for loan in book.loans
        if loan.application.borrower in book.expected.exposures[days[0]]
    }
    figures = {ref: LoanFigures(State.ACTIVE, 0, exposure=changes) for ref, changes in called.items()}
    found = exposure_differences(book, figures)
    assert not any(str(days[0]) in line for line in found)
    assert any(line.startswith(f"exposures of {days[-1]}: of B03: expected 0.00, found 123456.79") for line in found)


def test_a_journal_without_the_books_events_differs_on_every_day_and_for_every_party(book: Book) -> None:
    subjects = {f"0x{n}": alias for n, alias in enumerate(book.expected.parties)}
    found = journal_differences(book, (happened.Suspended("2023-10-30", 1),), subjects)
    for balance in book.expected.balances:
        assert any(line.startswith(f"bank's journal on {balance.day}: custody_cash") for line in found)
    for alias, totals in book.expected.parties.items():
        assert any(f"tokens of {alias}:" in line for line in found) == bool(totals.balance)
