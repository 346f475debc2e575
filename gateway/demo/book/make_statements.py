"""Writes the book's account statements, as its depository bank would: what is paid, when and with which text.

Amounts of payments come from the expected figures, the independent calculation. The files are checked in; running
`python -m gateway.demo.book.make_statements` writes the same bytes again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from chain.bank.account_statement import Remittance
from chain.bank.pain001 import Debtor, PaymentInstruction, PaymentOrder
from chain.bank.references import ReferenceKind, creditor_reference, printed
from chain.bank.simulated import Counterparty, SimulatedDepositoryBank
from gateway.demo.book import courses
from gateway.demo.book.agreed import Unidentified
from gateway.demo.book.expectation import Closed
from gateway.demo.book.load import FOLDER, STATEMENTS, Book, BookLoan, Part, load_book

# L01's last instalment is announced as pending a statement before it is booked.
ANNOUNCED_LOAN = "L01"
_SENT_BACK = "AC04"  # closed account number
_NARRATIVE = "NARR"


@dataclass
class _Writer:
    """The bank's account, and its references of what was booked so far."""

    book: Book
    bank: SimulatedDepositoryBank
    payouts: dict[str, list[str]] = field(default_factory=dict)
    receipts: dict[str, list[str]] = field(default_factory=dict)
    strangers: dict[str, str] = field(default_factory=dict)
    announced: str | None = None

    def day(self, day: date) -> bytes:
        header = self.book.header
        if day == header.statements[0]:
            self._deposits(day)
        for loan in self.book.loans:
            for event in loan.events:
                if event.day == day:
                    self._event(loan, event)
        for one in header.unidentified:
            self._unidentified(one, day)
        if len(header.statements) > 1 and day == header.statements[-2]:
            self._announce()
        return self.bank.close_day(day)

    def _event(self, loan: BookLoan, event: courses.Event) -> None:
        reference = loan.application.reference
        if isinstance(event, courses.Payout):
            made = self.payouts.setdefault(reference, [])
            made += self.bank.execute(self._order(loan, event, len(made) + 1))
        elif isinstance(event, courses.Bounce):
            self.bank.undo(self.payouts[reference][-1], "return", _SENT_BACK, event.value_date)
        elif isinstance(event, courses.Payment | courses.EarlyRepayment):
            self._receipt(loan, event)
        elif isinstance(event, courses.Reversal):
            original = self.receipts[reference][event.payment - 1]
            self.bank.undo(original, "reversal", None, event.value_date)

    def _deposits(self, day: date) -> None:
        for alias, totals in self.book.expected.parties.items():
            if totals.deposited:
                lender = self.book.lenders[alias]
                text = f"出借人充值 {printed(self.book.deposit_reference(alias))}"
                self.bank.receive(totals.deposited, Counterparty(lender.name, lender.account), _free(text), day)

    def _order(self, loan: BookLoan, event: courses.Payout, attempt: int) -> PaymentOrder:
        header, application = self.book.header, loan.application
        borrower = self.book.borrowers[application.borrower]
        instruction = PaymentInstruction(
            instruction_id=f"{application.contract_number}/{attempt}",
            end_to_end_id=loan.payout_end_to_end_id(header.platform, attempt),
            amount=event.amount,
            currency=application.currency,
            creditor_name=borrower.name,
            creditor_account=borrower.account,
            remittance=f"放款 {application.contract_number}",
            requested_date=event.value_date,
        )
        day = event.value_date
        created = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        account = header.custody_account
        debtor = Debtor(account.name, account.number, header.depository_bank.code)
        return PaymentOrder(f"PO-{application.contract_number}-{attempt}", created, debtor, (instruction,))

    def _receipt(self, loan: BookLoan, event: courses.Payment | courses.EarlyRepayment) -> None:
        reference = loan.application.reference
        assert isinstance(loan.expected, Closed)
        made = self.receipts.setdefault(reference, [])
        entry = loan.expected.entries[len(made)]
        assert (entry.day, entry.value_date) == (event.day, event.value_date)
        written = printed(loan.repayment_reference)
        if isinstance(event, courses.Payment) and event.mistyped:
            written = _mistyped(written)
        if self.announced is not None and reference == ANNOUNCED_LOAN:
            self.bank.settle(self.announced)
            made.append(self.announced)
            self.announced = None
            return
        word = "提前还款" if isinstance(event, courses.EarlyRepayment) else "还款"
        made.append(self.bank.receive(entry.amount, self._payer(loan), _free(f"{word} {written}"), event.value_date))

    def _announce(self) -> None:
        loan = self.book.loan(ANNOUNCED_LOAN)
        assert isinstance(loan.expected, Closed)
        entry = loan.expected.entries[-1]
        structured = Remittance((), (loan.repayment_reference,))
        self.announced = self.bank.announce(entry.amount, self._payer(loan), structured, entry.value_date)

    def _payer(self, loan: BookLoan) -> Counterparty:
        borrower = self.book.borrowers[loan.application.borrower]
        return Counterparty(borrower.name, borrower.account)

    def _unidentified(self, one: Unidentified, day: date) -> None:
        if day == one.day:
            number = f"HX-2025-{9999 - len(self.strangers)}"
            unknown = creditor_reference(ReferenceKind.LOAN, self.book.header.platform.code, number)
            payer = Counterparty(one.name, one.account)
            text = _free(f"{one.text} {printed(unknown)}")
            self.strangers[one.account] = self.bank.receive(one.amount, payer, text, one.value_date)
        if day == one.returned:
            self.bank.undo(self.strangers[one.account], "return", _NARRATIVE, day)


def statements(book: Book) -> dict[date, bytes]:
    """The file of each business date on which the bank closes the account."""
    writer = _Writer(book, SimulatedDepositoryBank(book.custody_account))
    return {day: writer.day(day) for day in book.header.statements}


def _free(text: str) -> Remittance:
    return Remittance((text,), ())


def _mistyped(reference: str) -> str:
    """The reference with its last two different neighbouring digits swapped."""
    place = next(i for i in range(len(reference) - 1, 0, -1) if reference[i].isdigit() and reference[i - 1].isdigit()
                 and reference[i] != reference[i - 1])  # fmt: skip
    return reference[: place - 1] + reference[place] + reference[place - 1] + reference[place + 1 :]


def write(part: Part) -> None:
    """Write every statement of that part of the book."""
    folder: Path = FOLDER / STATEMENTS[part]
    folder.mkdir(exist_ok=True)
    for day, data in statements(load_book(part)).items():
        (folder / f"{day.isoformat()}.camt053.xml").write_bytes(data)


if __name__ == "__main__":
    write("whole")
    write("quick")
