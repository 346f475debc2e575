from __future__ import annotations

import io
import json
import shutil
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
    Deposit,
    Lender,
    Loan,
    LoanReceipt,
    NotBooked,
    Payout,
    PayoutSettled,
    Receipt,
    Suspense,
    SuspenseReason,
    classify,
)
from chain.bank.posting import AlreadyPosted, PostedStatement, ToPost, accept_account_statement
from chain.bank.references import CreditorReference
from gateway.demo.book.load import FOLDER, Book, Closed, Expired, Refused, load_book


@pytest.fixture(scope="module")
def book() -> Book:
    return load_book()


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
    """References of the book's lenders, loans and payouts."""

    book: Book

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
            Payout(end_to_end_id, loan.application.reference, loan.application.principal)
            for loan in self.book.loans
            if loan.payout_end_to_end_id == end_to_end_id
        ]

    def receipts(self, account_servicer_reference: str) -> Sequence[Receipt]:
        return []


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


def test_statements_continue_from_the_first_to_the_last_day(posted: list[AccountStatement]) -> None:
    assert [s.electronic_sequence_number for s in posted] == list(range(1, 13))
    assert (posted[0].date, posted[-1].date) == (date(2026, 1, 5), date(2026, 7, 6))


def test_bank_balance_at_the_end_is_the_expected_tokens_and_suspense(
    book: Book, posted: list[AccountStatement]
) -> None:
    custody = book.expected.custody
    assert posted[-1].closing == custody.bank == custody.tokens + custody.suspense


def test_every_entry_is_what_the_book_means_it_to_be(book: Book, posted: list[AccountStatement]) -> None:
    found = [classify(e, BookDirectory(book), s.date) for s in posted for e in s.entries]
    deposited = {c.subject: c.entry.amount for c in found if isinstance(c, Deposit)}
    assert deposited == {alias: totals.deposited for alias, totals in book.expected.lenders.items()}

    settled = {c.loan: (c.entry.value_date, c.entry.amount) for c in found if isinstance(c, PayoutSettled)}
    closed = {loan.application.reference: loan.expected for loan in book.loans if isinstance(loan.expected, Closed)}
    assert settled == {reference: (e.payout_value_date, e.principal) for reference, e in closed.items()}

    for reference, expected in closed.items():
        receipts = [c.entry for c in found if isinstance(c, LoanReceipt) and c.loan == reference]
        by_day: dict[date, int] = {}
        for entry in receipts:
            by_day[entry.value_date] = by_day.get(entry.value_date, 0) + entry.amount
        assert by_day == {row.due: row.amount for row in expected.rows}
        assert len(receipts) == len(expected.rows) + (reference == "L05")

    [suspense] = [c for c in found if isinstance(c, Suspense)]
    assert suspense.reason is SuspenseReason.UNKNOWN_REFERENCE
    assert suspense.entry.amount == book.expected.custody.suspense
    [pending] = [c for c in found if isinstance(c, NotBooked)]
    assert pending.entry.status is EntryStatus.PDNG
    booked = [e for s in posted for e in s.booked]
    assert pending.entry.account_servicer_reference in {e.account_servicer_reference for e in booked}


def test_every_changed_amount_digit_refuses_the_statement(book: Book) -> None:
    data = book.statements[2].data
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
    assert changed == 27
    assert kinds == {errors.BalanceMismatch, errors.DetailsMismatch}


def test_loans_are_the_five_kinds_they_should_be(book: Book) -> None:
    l01, l02, l03, l04, l05 = (book.loan(f"L0{n}") for n in range(1, 6))
    assert (l01.application.principal, l01.application.rate_nano, len(l01.subscriptions)) == (500_000, 50_000_000, 1)
    assert l02.application.rate_nano == 600_000_000 > book.regime.rate_cap_nano == 240_000_000
    assert isinstance(l02.expected, Refused)
    assert len(l03.subscriptions) == 12
    assert sum(s.amount for s in l03.subscriptions) == l03.application.principal == 12_345_679
    assert isinstance(l04.expected, Expired)
    assert sum(s.amount for s in l04.subscriptions) < l04.application.principal
    assert isinstance(l05.expected, Closed)
    assert [row.due for row in l05.expected.rows] == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_expected_figures_hang_together(book: Book) -> None:
    for loan in book.loans:
        expected = loan.expected
        if not isinstance(expected, Closed):
            continue
        rows = expected.rows
        assert sum(row.principal for row in rows) == expected.principal
        assert sum(row.amount for row in rows) == expected.paid == expected.principal + expected.interest
        assert rows[-1].balance == 0
        assert sum(lender.received for lender in expected.lenders) + expected.dust == expected.paid
        assert 0 <= expected.dust < len(expected.lenders)
        if expected.instalment is not None:
            assert {row.amount for row in rows[:-1]} == {expected.instalment}
            assert rows[-1].amount <= expected.instalment


def test_expected_figures_are_what_the_independent_calculation_gives() -> None:
    calculate = pytest.importorskip("gateway.demo.book.expected.calculate", reason="needs QuantLib, numpy-financial")
    assert calculate.rendered() == calculate.FIGURES.read_text()


def test_the_calculation_shares_no_code_with_the_product() -> None:
    source = (FOLDER / "expected" / "calculate.py").read_text()
    assert "chain" not in {line.split()[1].split(".")[0] for line in source.splitlines() if _imports(line)}
    assert "gateway" not in {line.split()[1].split(".")[0] for line in source.splitlines() if _imports(line)}


def _imports(line: str) -> bool:
    return line.startswith(("import ", "from "))


def test_statement_files_are_what_the_simulated_bank_writes(book: Book) -> None:
    from gateway.demo.book.make_statements import statements

    assert statements(book) == {file.day: file.data for file in book.statements}


def test_contract_texts_are_what_the_generator_writes() -> None:
    make_contracts = pytest.importorskip("gateway.demo.book.make_contracts", reason="needs reportlab")
    for name, data in make_contracts.contracts(FOLDER).items():
        assert (FOLDER / name).read_bytes() == data


def test_contract_texts_name_number_amount_and_rate(book: Book) -> None:
    pypdf = pytest.importorskip("pypdf")
    for loan in book.loans:
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
        load_book(folder)
