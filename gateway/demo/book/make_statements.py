"""Writes the book's account statements, as its depository bank would: what is paid, when and with which text.

Amounts of repayments come from expected/figures.json, the independent calculation. The files are checked in; running
`python -m gateway.demo.book.make_statements` writes the same bytes again.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from chain.bank.account_statement import Remittance
from chain.bank.amounts import Minor
from chain.bank.pain001 import Debtor, PaymentInstruction, PaymentOrder
from chain.bank.references import ReferenceKind, creditor_reference, printed
from chain.bank.simulated import Counterparty, SimulatedDepositoryBank
from gateway.demo.book.load import FOLDER, Book, Closed, load_book

DEPOSITS = date(2026, 1, 5)
# L05's second instalment comes in two parts, the first of this amount.
PART_OF_L05 = Minor(7_000_00)
UNIDENTIFIED = (date(2026, 2, 6), Minor(88_88), Counterparty("孙未知", "9999621700000000999"))
# L01's fourth instalment is announced as pending a statement before it is booked.
ANNOUNCED = (date(2026, 4, 30), "L01", 4)


def statements(book: Book) -> dict[date, bytes]:
    """The file of each business date on which the bank closes the account."""
    bank = SimulatedDepositoryBank(book.custody_account)
    files: dict[date, bytes] = {}
    announced: dict[tuple[str, int], str] = {}
    for day in _days(book):
        if day == DEPOSITS:
            _deposits(bank, book)
        _payouts(bank, book, day)
        _repayments(bank, book, day, announced)
        if day == UNIDENTIFIED[0]:
            unknown = creditor_reference(ReferenceKind.LOAN, book.platform.code, "HX-2025-9999")
            bank.receive(UNIDENTIFIED[1], UNIDENTIFIED[2], Remittance((f"还款 {printed(unknown)}",), ()), day)
        if day == ANNOUNCED[0]:
            _, reference, number = ANNOUNCED
            due = _expected(book, reference).rows[number - 1]
            remittance = Remittance((), (book.loan(reference).repayment_reference,))
            announced[reference, number] = bank.announce(due.amount, _borrower(book, reference), remittance, due.due)
        files[day] = bank.close_day(day)
    return files


def _days(book: Book) -> list[date]:
    closed = [loan.expected for loan in book.loans if isinstance(loan.expected, Closed)]
    payouts = {loan.payout_value_date for loan in closed}
    return sorted({DEPOSITS} | payouts | {row.due for loan in closed for row in loan.rows})


def _deposits(bank: SimulatedDepositoryBank, book: Book) -> None:
    for alias, totals in book.expected.lenders.items():
        lender = book.lenders[alias]
        text = f"出借人充值 {printed(book.deposit_reference(alias))}"
        bank.receive(totals.deposited, Counterparty(lender.name, lender.account), Remittance((text,), ()), DEPOSITS)


def _payouts(bank: SimulatedDepositoryBank, book: Book, day: date) -> None:
    debtor = Debtor(book.custody.name, book.custody.number, book.depository_bank.code)
    for loan in book.loans:
        if isinstance(loan.expected, Closed) and loan.expected.payout_value_date == day:
            application = loan.application
            borrower = book.borrowers[application.borrower]
            instruction = PaymentInstruction(
                instruction_id=application.contract_number,
                end_to_end_id=loan.payout_end_to_end_id,
                amount=application.principal,
                currency=application.currency,
                creditor_name=borrower.name,
                creditor_account=borrower.account,
                remittance=f"放款 {application.contract_number}",
                requested_date=day,
            )
            created = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
            bank.execute(PaymentOrder(f"PO-{application.contract_number}", created, debtor, (instruction,)))


def _repayments(bank: SimulatedDepositoryBank, book: Book, day: date, announced: dict[tuple[str, int], str]) -> None:
    for loan in book.loans:
        reference = loan.application.reference
        rows = loan.expected.rows if isinstance(loan.expected, Closed) else ()
        for row in rows:
            if row.due != day:
                continue
            if (reference, row.number) in announced:
                bank.settle(announced[reference, row.number])
                continue
            parts = [row.amount]
            if (reference, row.number) == ("L05", 2):
                parts = [PART_OF_L05, Minor(row.amount - PART_OF_L05)]
            for part in parts:
                text = f"还款第{row.number}期 {printed(loan.repayment_reference)}"
                bank.receive(part, _borrower(book, reference), Remittance((text,), ()), day)


def _expected(book: Book, reference: str) -> Closed:
    expected = book.loan(reference).expected
    assert isinstance(expected, Closed)
    return expected


def _borrower(book: Book, reference: str) -> Counterparty:
    borrower = book.borrowers[book.loan(reference).application.borrower]
    return Counterparty(borrower.name, borrower.account)


def write(folder: Path) -> None:
    """Write every statement into `folder`."""
    for day, data in statements(load_book()).items():
        (folder / f"{day.isoformat()}.camt053.xml").write_bytes(data)


if __name__ == "__main__":
    write(FOLDER / "statements")
