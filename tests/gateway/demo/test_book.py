from __future__ import annotations

import io
import json
import shutil
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from chain.bank import errors
from chain.bank.account_statement import AccountStatement, EntryStatus
from chain.bank.camt053 import read_account_statement
from chain.bank.classification import (
    Classified,
    Deposit,
    Lender,
    Loan,
    LoanReceipt,
    NotBooked,
    Payout,
    PayoutReturned,
    PayoutSettled,
    Receipt,
    ReceiptReversed,
    Suspense,
    SuspenseReason,
    classify,
)
from chain.bank.posting import AlreadyPosted, PostedStatement, ToPost, accept_account_statement
from chain.bank.references import CreditorReference
from chain.schedules.plan.working_days import announced_by
from gateway.demo.book import courses
from gateway.demo.book.expectation import Closed, Refused, Unfunded
from gateway.demo.book.load import FOLDER, Book, BookLoan, Part, load_book

PARTS: tuple[Part, ...] = ("whole", "quick")


@pytest.fixture(scope="module", params=PARTS)
def book(request: pytest.FixtureRequest) -> Book:
    return load_book(request.param)


@pytest.fixture(scope="module")
def whole() -> Book:
    return load_book()


def closed_loans(book: Book) -> dict[str, Closed]:
    return {loan.application.reference: loan.expected for loan in book.loans if isinstance(loan.expected, Closed)}


def events(loan: BookLoan, *kinds: type) -> list[courses.Event]:
    return [event for event in loan.events if isinstance(event, kinds)]


# The account statements.


@dataclass
class Ledger:
    """What was posted, in memory."""

    statements: list[PostedStatement] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)

    def last(self) -> PostedStatement | None:
        return self.statements[-1] if self.statements else None

    def by_sequence(self, sequence_number: int) -> PostedStatement | None:
        return next((s for s in self.statements if s.sequence_number == sequence_number), None)

    def statement_of_entry(self, account_servicer_reference: str) -> int | None:
        return self.entries.get(account_servicer_reference)


@dataclass(frozen=True)
class BookDirectory:
    """References of the book's lenders, loans and payouts, and all credits that were booked."""

    book: Book
    credits: dict[str, Receipt]

    def lenders(self, reference: CreditorReference) -> Sequence[Lender]:
        return [
            Lender(alias, party.account)
            for alias, party in self.book.lenders.items()
            if self.book.deposit_reference(alias) == reference
        ]

    def loans(self, reference: CreditorReference) -> Sequence[Loan]:
        return [
            Loan(loan.application.reference, self.book.borrowers[loan.application.borrower].account)
            for loan in self.book.loans
            if loan.repayment_reference == reference
        ]

    def payouts(self, end_to_end_id: str) -> Sequence[Payout]:
        return [
            Payout(end_to_end_id, loan.application.reference, payout.amount)
            for loan in self.book.loans
            for attempt, payout in enumerate(events(loan, courses.Payout), start=1)
            if loan.payout_end_to_end_id(self.book.header.platform, attempt) == end_to_end_id
        ]

    def receipts(self, account_servicer_reference: str) -> Sequence[Receipt]:
        found = self.credits.get(account_servicer_reference)
        return [] if found is None else [found]


@pytest.fixture(scope="module")
def posted(book: Book) -> list[AccountStatement]:
    """All statements of the book, accepted one after the other."""
    ledger, accepted = Ledger(), []
    for file in book.statements:
        outcome = accept_account_statement(file.data, book.custody_account, ledger)
        assert isinstance(outcome, ToPost)
        statement = outcome.statement
        assert statement.date == file.day
        number = statement.electronic_sequence_number
        ledger.statements.append(PostedStatement(number, statement.date, statement.closing, statement.file_hash))
        ledger.entries |= {entry.account_servicer_reference: number for entry in statement.booked}
        accepted.append(statement)
    again = accept_account_statement(book.statements[0].data, book.custody_account, ledger)
    assert isinstance(again, AlreadyPosted)
    return accepted


@pytest.fixture(scope="module")
def classified(book: Book, posted: list[AccountStatement]) -> list[tuple[date, Classified]]:
    """Every entry of every statement, with the statement's day."""
    credits = {
        e.account_servicer_reference: Receipt(e.account_servicer_reference, e.amount)
        for s in posted
        for e in s.booked
        if e.credit
    }
    directory = BookDirectory(book, credits)
    return [(s.date, classify(e, directory, s.date)) for s in posted for e in s.entries]


def test_statements_are_of_the_books_days_and_end_with_its_balances(book: Book, posted: list[AccountStatement]) -> None:
    assert [s.date for s in posted] == list(book.header.statements) == [b.day for b in book.expected.balances]
    assert [(s.opening, s.closing) for s in posted] == [(b.opening, b.bank) for b in book.expected.balances]
    for balance in book.expected.balances:
        assert balance.bank == balance.tokens + balance.suspense - balance.bank_claims
    custody = book.expected.custody
    assert posted[-1].closing == custody.bank == custody.tokens + custody.suspense


def test_deposits_and_payouts_are_what_the_book_means_them_to_be(
    book: Book, classified: list[tuple[date, Classified]]
) -> None:
    deposited = {c.subject: c.entry.amount for _, c in classified if isinstance(c, Deposit)}
    assert deposited == {alias: t.deposited for alias, t in book.expected.parties.items() if t.deposited}

    settled, returned = defaultdict(list), defaultdict(list)
    for day, one in classified:
        if isinstance(one, PayoutSettled):
            settled[one.loan].append((day, one.entry.value_date, one.entry.amount))
        elif isinstance(one, PayoutReturned):
            returned[one.loan].append((day, one.entry.amount))
    loans = closed_loans(book)
    assert settled == {ref: [(p.day, p.value_date, p.amount) for p in one.payouts] for ref, one in loans.items()}
    bounced = {ref: [(p.bounced, p.amount) for p in one.payouts if p.bounced] for ref, one in loans.items()}
    assert returned == {ref: found for ref, found in bounced.items() if found}


def test_payments_are_what_the_book_means_them_to_be(book: Book, classified: list[tuple[date, Classified]]) -> None:
    arrived: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
    for day, one in classified:
        if isinstance(one, LoanReceipt):
            arrived[one.loan].append((day, one.entry.value_date, one.entry.amount))
    mistyped = {
        loan.application.reference: event
        for loan in book.loans
        for event in events(loan, courses.Payment)
        if isinstance(event, courses.Payment) and event.mistyped
    }
    for reference, expected in closed_loans(book).items():
        entries = [(e.day, e.value_date, e.amount) for e in expected.entries]
        if reference in mistyped:  # nobody can tell from the entry whose it is
            entries = [e for e in entries if e[:2] != (mistyped[reference].day, mistyped[reference].value_date)]
        assert arrived[reference] == entries

    suspended = [(day, c.reason, c.entry.amount) for day, c in classified if isinstance(c, Suspense)]
    wanted = [(one.day, SuspenseReason.UNKNOWN_REFERENCE, one.amount) for one in book.header.unidentified]
    for reference, event in mistyped.items():
        amount = closed_loans(book)[reference].entries[0].amount
        wanted.append((event.day, SuspenseReason.MISTYPED_REFERENCE, amount))
    assert sorted(suspended) == sorted(wanted)


def test_what_the_bank_takes_back_is_named_by_its_original(
    book: Book, classified: list[tuple[date, Classified]]
) -> None:
    undone = [(day, c.entry.kind, c.entry.amount) for day, c in classified if isinstance(c, ReceiptReversed)]
    wanted = [(one.returned, "return", one.amount) for one in book.header.unidentified if one.returned]
    for loan in book.loans:
        for event in events(loan, courses.Reversal):
            assert isinstance(event, courses.Reversal)
            assert isinstance(loan.expected, Closed)
            wanted.append((event.day, "reversal", loan.expected.entries[event.payment - 1].amount))
    assert sorted(undone) == sorted(wanted)


def test_one_payment_is_announced_as_pending_before_it_is_booked(
    posted: list[AccountStatement], classified: list[tuple[date, Classified]]
) -> None:
    [pending] = [c for _, c in classified if isinstance(c, NotBooked)]
    assert pending.entry.status is EntryStatus.PDNG
    booked = [e for s in posted for e in s.booked]
    assert pending.entry.account_servicer_reference in {e.account_servicer_reference for e in booked}


def test_every_changed_amount_digit_refuses_the_statement(whole: Book) -> None:
    data = whole.statements[2].data
    mark = b'<Amt Ccy="CNY">'
    changed, kinds = 0, set()
    position = data.find(mark)
    while position >= 0:
        start = position + len(mark)
        for digit in range(start, data.index(b"<", start)):
            if data[digit] == ord("."):
                continue
            other = bytes([ord("0") + (data[digit] - ord("0") + 1) % 10])
            with pytest.raises(errors.BankFileError) as caught:
                read_account_statement(data[:digit] + other + data[digit + 1 :])
            kinds.add(type(caught.value))
            changed += 1
        position = data.find(mark, start)
    assert changed > 20
    assert kinds == {errors.BalanceMismatch, errors.DetailsMismatch}


# What the book holds.


def test_the_book_holds_every_ordinary_way_a_loan_is_agreed(whole: Book) -> None:
    applications = [loan.application for loan in whole.loans]
    assert len(applications) >= 14
    lived = [loan.application for loan in whole.loans if isinstance(loan.expected, Closed)]
    assert {a.method for a in lived} == {
        "equal-instalment", "equal-principal", "interest-only-bullet", "single-payment", "custom",
    }  # fmt: skip
    assert {a.day_count for a in lived} == {"1/12", "A/365", "A/360", "30E/360", "A/A"}
    counts = {len(loan.subscriptions) for loan in whole.loans if isinstance(loan.expected, Closed)}
    assert {min(counts), max(counts)} == {1, 12}
    assert any(len(set(a.rate_shares)) > 1 for a in lived)
    assert any({f.kind for f in a.fees} == {"first-instalment", "each-instalment"} for a in lived)
    assert any(a.payment_rule.order == "vertical" for a in lived)
    assert all(a.why.zh and a.why.en and "\n" not in a.why.zh + a.why.en for a in applications)
    assert len({a.why.en for a in applications}) == len(applications)


def test_the_book_holds_every_ordinary_way_a_loan_is_paid_and_mispaid(whole: Book) -> None:
    kinds = {type(event) for loan in whole.loans for event in loan.events}
    assert kinds == {
        courses.Payout, courses.Bounce, courses.Drawdown, courses.Payment, courses.EarlyRepayment, courses.Reversal,
        courses.Claim, courses.Sale, courses.Cancel,
    }  # fmt: skip
    postings = {ref: one.postings for ref, one in closed_loans(whole).items()}
    assert {"total", "shorten"} <= {p.how for ps in postings.values() for p in ps}
    assert any(p.penalty for ps in postings.values() for p in ps)
    assert any(p.how == "kept" for ps in postings.values() for p in ps)
    assert sum(one.overpaid > 0 for one in closed_loans(whole).values()) == 1
    assert [b.bank_claims > 0 for b in whole.expected.balances].count(True) == 1
    assert any(b.suspense > 0 for b in whole.expected.balances)
    assert whole.expected.custody.suspense > 0
    statuses = {type(loan.expected): loan.expected.status for loan in whole.loans}
    assert statuses.keys() == {Closed, Refused, Unfunded}
    drawn = [loan for loan in whole.loans if len(events(loan, courses.Drawdown)) == 2]
    assert len(drawn) == 1


def test_due_dates_fall_on_month_ends_a_leap_day_and_a_holiday_that_costs_no_penalty(whole: Book) -> None:
    loans = closed_loans(whole)
    due = {row.due for one in loans.values() for table in one.tables for row in table.rows}
    assert {date(2023, 12, 31), date(2024, 2, 29), date(2024, 4, 30)} <= due
    shifted = {ref for ref, one in loans.items() for row in one.tables[0].rows if row.payable_by != row.due}
    assert shifted == {"L05", "L11"}
    holiday = next(row for row in loans["L05"].tables[0].rows if row.payable_by != row.due)
    assert (holiday.due, holiday.payable_by) == (date(2023, 12, 31), date(2024, 1, 2))
    assert next(p.value_date for p in loans["L05"].postings if p.value_date > holiday.due) == holiday.payable_by
    assert loans["L05"].penalties == 0
    assert whole.loan("L05").application.payment_rule.penalty_base != "none"


def test_working_days_are_those_announced_for_china(whole: Book) -> None:
    days = whole.header.working_days
    announced = announced_by(whole.statements[0].day)
    assert set(days.off) == {day for day in announced.off if days.first <= day <= days.through}
    assert set(days.worked) == {day for day in announced.worked if days.first <= day <= days.through}


def test_few_business_dates_serve_all_loans(book: Book) -> None:
    days = {event.day for loan in book.loans for event in loan.events}
    assert days <= set(book.header.statements)
    assert len(book.statements) <= 7


# The expected figures.


def test_expected_figures_hang_together(book: Book) -> None:
    for reference, expected in closed_loans(book).items():
        last: dict[date, tuple[int, int]] = {}
        rows = [row for table in expected.tables for row in table.rows]
        for row in rows:  # of tables that follow one another the last one counts
            last[row.due] = (row.principal, row.interest)
        counted = [p for p in expected.postings if not p.undone]
        assert sum(p.principal for p in counted) == expected.principal, reference
        assert sum(p.interest + p.early_fee for p in counted) == expected.interest
        assert sum(p.penalty for p in counted) == expected.penalties == sum(p.accrued for p in counted)
        assert sum(p.fee for p in counted) == sum(f.received for f in expected.fees)
        assert sum(p.amount for p in counted) == expected.paid
        earned = expected.principal + expected.interest + expected.penalties
        assert expected.paid == earned + sum(f.received for f in expected.fees) + expected.overpaid
        assert sum(lender.received for lender in expected.lenders) + expected.dust == earned
        assert 0 <= expected.dust < len(expected.lenders)
        held = 0
        for posting in expected.postings:
            if posting.undone:
                continue
            used = posting.fee + posting.interest + posting.principal + posting.penalty + posting.early_fee
            assert posting.amount + held == used + posting.overpaid
            held = posting.overpaid


def test_a_loan_without_changes_repays_its_principal_row_by_row(book: Book) -> None:
    for loan in book.loans:
        if not isinstance(loan.expected, Closed) or len(loan.expected.tables) != 1:
            continue
        rows = loan.expected.tables[0].rows
        assert sum(row.principal for row in rows) == loan.expected.principal
        if loan.application.method == "equal-instalment":
            amounts = [row.principal + row.interest for row in rows]
            assert len(set(amounts[:-1])) == 1
            assert amounts[-1] <= amounts[0]
        if loan.application.method == "equal-principal":
            assert len({row.principal for row in rows[:-1]}) == 1


def test_only_corrections_undo_postings_and_what_they_undo_is_posted_again_or_gone(whole: Book) -> None:
    undone = {ref for ref, one in closed_loans(whole).items() if any(p.undone for p in one.postings)}
    assert undone == {"L12", "L15"}
    reversed_, inserted = (closed_loans(whole)[ref].postings for ref in ("L12", "L15"))
    assert [p.undone for p in reversed_] == [True, False, False]
    assert [(p.how, p.undone) for p in inserted[:3]] == [("payment", True), ("payment", False), ("kept", False)]
    assert inserted[1].value_date < inserted[0].value_date == inserted[2].value_date
    assert inserted[2].accrued < inserted[0].accrued  # the earlier payment spares penalty interest


def test_exposures_end_at_nothing_and_count_two_loans_of_a_borrower_together(whole: Book) -> None:
    exposures = whole.expected.exposures
    assert exposures[whole.header.statements[-1]] == {}
    both = [loan for loan in whole.loans if loan.application.borrower == "B01"]
    assert len(both) == 2
    first = exposures[whole.header.statements[0]]
    assert first["B01"] == sum(loan.application.principal for loan in both)


def test_parties_balances_are_what_they_put_in_and_got(book: Book) -> None:
    for totals in book.expected.parties.values():
        gained = totals.deposited + totals.received + totals.sold + totals.fees + totals.released
        assert totals.balance == gained - totals.lent - totals.bought
    held = sum(totals.balance for totals in book.expected.parties.values())
    assert held + book.expected.custody.dust == book.expected.custody.tokens


def test_the_quick_part_is_of_the_same_loans(whole: Book) -> None:
    quick = load_book("quick")
    assert [loan.application.reference for loan in quick.loans] == list(whole.header.quick)
    for loan in quick.loans:
        assert loan == whole.loan(loan.application.reference)


@pytest.mark.parametrize("part", PARTS)
def test_expected_figures_are_what_the_independent_calculation_gives(part: Part) -> None:
    calculate = pytest.importorskip("gateway.demo.book.expected.calculate", reason="needs QuantLib, numpy-financial")
    assert calculate.rendered(part) == calculate.FIGURES[part].read_text()


def test_the_calculation_shares_no_code_with_the_product() -> None:
    sources = sorted((FOLDER / "expected").glob("*.py"))
    assert len(sources) > 3
    for source in sources:
        imported = [line.split()[1] for line in source.read_text().splitlines() if _imports(line)]
        own = [name for name in imported if name.split(".")[0] in ("chain", "gateway")]
        assert all(name.startswith("gateway.demo.book.expected.") for name in own), source


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))


# The files.


def test_statement_files_are_what_the_simulated_bank_writes(book: Book) -> None:
    from gateway.demo.book.make_statements import statements

    assert statements(book) == {file.day: file.data for file in book.statements}


def test_contract_texts_are_what_the_generator_writes() -> None:
    make_contracts = pytest.importorskip("gateway.demo.book.make_contracts", reason="needs reportlab")
    for name, data in make_contracts.contracts(FOLDER).items():
        assert (FOLDER / name).read_bytes() == data


def test_contract_texts_name_number_amount_and_rate(whole: Book) -> None:
    pypdf = pytest.importorskip("pypdf")
    for loan in whole.loans:
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(loan.contract_text)).pages)
        joined = text.replace("\n", "")
        application = loan.application
        assert application.contract_number in joined
        assert f"{Decimal(application.principal).scaleb(-2):,.2f}" in joined
        assert str(application.rate) in joined
        assert "借款合同" in joined


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("applications/L01.json", '"5000.00"', "5000.00"),
        ("applications/L01.json", '"5000.00"', '"5000.001"'),
        ("applications/L01.json", '"purpose"', '"porpoise"'),
        ("applications/L01.json", '"year"', '"week"'),
        ("subscriptions/L01.json", '"5000.00"', '"-5000.00"'),
        ("courses/L01.json", '"payout"', '"payot"'),
        ("courses/L01.json", '"5000.00"', "5000"),
        ("book.json", '"0.24"', "0.24"),
        ("book.json", '"0.24"', '"much"'),
    ],
)
def test_a_badly_formed_file_is_refused(tmp_path: Path, file: str, old: str, new: str) -> None:
    folder = tmp_path / "book"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py"))
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    json.loads((folder / file).read_text())
    with pytest.raises(ValidationError):
        load_book(folder=folder)
