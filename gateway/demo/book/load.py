"""Reads the example book: what was agreed, what happens, the account statements, and the figures it must end with.

References for payers are made from contract numbers and party aliases, so that the bank's files could be written before
any loan was on a ledger. Reading only: nothing is checked against a ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel

from chain.bank.posting import CustodyAccount
from chain.bank.references import CreditorReference, ReferenceKind, creditor_reference, payout_end_to_end_id
from gateway.demo.book.agreed import (
    Application,
    Header,
    Organisation,
    Parties,
    Party,
    Subscription,
    Subscriptions,
)
from gateway.demo.book.courses import Event, LoanCourse
from gateway.demo.book.expectation import Closed, Figures, Refused, Unfunded

FOLDER = Path(__file__).resolve().parent
Part = Literal["whole", "quick"]
"""The whole book, or the few loans of a quick look."""
_FIGURES = {"whole": "figures.json", "quick": "figures-quick.json"}
STATEMENTS = {"whole": "statements", "quick": "statements-quick"}
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True)
class BookLoan:
    """One application with what belongs to it."""

    application: Application
    contract_text: bytes
    subscriptions: tuple[Subscription, ...]
    events: tuple[Event, ...]
    repayment_reference: CreditorReference
    expected: Closed | Refused | Unfunded

    def payout_end_to_end_id(self, platform: Organisation, attempt: int) -> CreditorReference:
        """Of the loan's payout number `attempt` (1, 2, ...)."""
        return payout_end_to_end_id(platform.code, self.application.contract_number, attempt)


@dataclass(frozen=True)
class BookStatement:
    """One account statement file of the depository bank. `day` is the business date in its name."""

    day: date
    path: Path
    data: bytes


@dataclass(frozen=True)
class Book:
    """The whole book or its quick part; loans by reference, statements by day, only the parties that are in it."""

    part: Part
    header: Header
    borrowers: dict[str, Party]
    lenders: dict[str, Party]
    payees: dict[str, Party]
    loans: tuple[BookLoan, ...]
    statements: tuple[BookStatement, ...]
    expected: Figures

    @property
    def parties(self) -> dict[str, Party]:
        """All of them."""
        return self.borrowers | self.lenders | self.payees

    @property
    def custody_account(self) -> CustodyAccount:
        """For `chain.bank.posting`."""
        c = self.header.custody_account
        return CustodyAccount(c.number, c.currency, c.first_sequence_number, c.first_opening)

    def deposit_reference(self, lender: str) -> CreditorReference:
        """What the lender of that alias writes into its deposits."""
        return deposit_reference(self.header.platform, self.lenders[lender].alias)

    def loan(self, reference: str) -> BookLoan:
        """The loan of that reference, such as 'L01'."""
        return next(loan for loan in self.loans if loan.application.reference == reference)


def deposit_reference(platform: Organisation, lender: str) -> CreditorReference:
    """What a lender writes into its deposits."""
    return creditor_reference(ReferenceKind.DEPOSIT, platform.code, lender)


def repayment_reference(platform: Organisation, contract_number: str) -> CreditorReference:
    """What the borrower writes into its repayments."""
    return creditor_reference(ReferenceKind.LOAN, platform.code, contract_number)


def load_book(part: Part = "whole", folder: Path = FOLDER) -> Book:
    """The book in `folder`. Raises pydantic.ValidationError or OSError."""
    header = _read(folder / "book.json", Header)
    parties = _read(folder / "parties.json", Parties)
    expected = _read(folder / "expected" / _FIGURES[part], Figures)
    paths = sorted((folder / "applications").glob("*.json"))
    loans = tuple(
        _loan(folder, header, application, expected)
        for application in (_read(path, Application) for path in paths if part == "whole" or path.stem in header.quick)
    )
    borrowing = {loan.application.borrower for loan in loans}
    paid = {fee.payee for loan in loans for fee in loan.application.fees}
    return Book(
        part=part,
        header=header,
        borrowers={party.alias: party for party in parties.borrowers if party.alias in borrowing},
        lenders={party.alias: party for party in parties.lenders if party.alias in expected.parties},
        payees={party.alias: party for party in parties.payees if party.alias in paid},
        loans=loans,
        statements=tuple(
            BookStatement(date.fromisoformat(path.name.partition(".")[0]), path, path.read_bytes())
            for path in sorted((folder / STATEMENTS[part]).glob("*.camt053.xml"))
        ),
        expected=expected,
    )


def _loan(folder: Path, header: Header, application: Application, expected: Figures) -> BookLoan:
    name = f"{application.reference}.json"
    return BookLoan(
        application=application,
        contract_text=(folder / application.contract_file).read_bytes(),
        subscriptions=_read(folder / "subscriptions" / name, Subscriptions).subscriptions,
        events=_read(folder / "courses" / name, LoanCourse).events,
        repayment_reference=repayment_reference(header.platform, application.contract_number),
        expected=expected.loans[application.reference],
    )


def _read(path: Path, model: type[_Model]) -> _Model:
    return model.model_validate_json(path.read_bytes())
