"""Reads the example book: applications, contract texts, subscriptions, parties and account statements, strictly typed.

A file with an unknown, missing or badly formed field is refused by pydantic. References for payers are made from
contract numbers and party aliases, so that the bank's files could be written before any loan was on a ledger. Amounts
are minor units, rates 1e-9 per year. Reading only: nothing is checked against a ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from chain.bank.amounts import Minor, minor_from_text
from chain.bank.posting import CustodyAccount
from chain.bank.references import CreditorReference, ReferenceKind, creditor_reference, payout_end_to_end_id

FOLDER = Path(__file__).resolve().parent
_NANO = 10**9
_Model = TypeVar("_Model", bound=BaseModel)


def _amount(text: object) -> Minor:
    if not isinstance(text, str):
        raise ValueError("an amount is written as a string, such as '5000.00'")
    return minor_from_text(text)


def _rate(text: object) -> Decimal:
    if not isinstance(text, str):
        raise ValueError("a rate is written as a string, such as '0.05'")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no rate") from None


Amount = Annotated[Minor, BeforeValidator(_amount)]
Rate = Annotated[Decimal, BeforeValidator(_rate), Field(gt=0, allow_inf_nan=False)]
Method = Literal["equal-instalment", "interest-only-bullet"]
DayCount = Literal["1/12", "A/365", "A/360"]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Organisation(_Strict):
    """A member of the consortium as its files name it."""

    code: str
    name: str


class Custody(_Strict):
    """The depository bank's custody account and where its chain of account statements starts."""

    name: str
    number: str
    currency: str
    first_sequence_number: int
    first_opening: Amount


class Regime(_Strict):
    """The limits that the loans name. rate_cap: highest nominal rate per year."""

    name: str
    rate_cap: Rate
    reversal_days: int
    effective_from: date
    effective_through: date

    @property
    def rate_cap_nano(self) -> int:
        """1e-9 per year."""
        return _nano(self.rate_cap)


class _Header(_Strict):
    platform: Organisation
    depository_bank: Organisation
    custody_account: Custody
    regime: Regime


class Party(_Strict):
    """A borrower or lender; the identity is fictitious."""

    alias: str
    kind: Literal["person", "organisation"]
    name: str
    identity: str
    account: str


class _Parties(_Strict):
    borrowers: tuple[Party, ...]
    lenders: tuple[Party, ...]


class Application(_Strict):
    """What the platform states of a loan. rate: nominal, per `rate_period`."""

    reference: str
    contract_number: str
    application_date: date
    borrower: str
    principal: Amount
    currency: str
    rate: Rate
    rate_period: Literal["year", "month"]
    method: Method
    day_count: DayCount
    instalments: Annotated[int, Field(ge=1, le=360)]
    period_months: Annotated[int, Field(ge=1, le=12)]
    purpose: str
    funding_deadline: date
    regime: str
    contract_file: str

    @property
    def rate_nano(self) -> int:
        """The nominal rate, 1e-9 per year."""
        return _nano(self.rate * (12 if self.rate_period == "month" else 1))


class Subscription(_Strict):
    """What one lender is ready to lend."""

    lender: str
    amount: Amount


class _Subscriptions(_Strict):
    loan: str
    subscriptions: tuple[Subscription, ...]


class Row(_Strict):
    """An expected instalment."""

    number: int
    due: date
    interest: Amount
    principal: Amount
    amount: Amount
    balance: Amount


class Received(_Strict):
    """What one lender of a loan must have received."""

    lender: str
    subscribed: Amount
    received: Amount


class Refund(_Strict):
    """What one lender of an expired loan gets back."""

    lender: str
    amount: Amount


class Closed(_Strict):
    """A loan that runs its whole life. dust: what the lenders' floors leave, for the risk reserve."""

    status: Literal["Closed"]
    principal: Amount
    payout_value_date: date
    instalment: Amount | None
    rows: tuple[Row, ...]
    paid: Amount
    interest: Amount
    penalties: Amount
    lenders: tuple[Received, ...]
    dust: Amount


class Refused(_Strict):
    """A loan that must not come to be. error: the contract's refusal."""

    status: Literal["Refused"]
    principal: Amount
    annual_rate: Rate
    rate_cap: Rate
    error: str


class Expired(_Strict):
    """A loan that isn't funded by its deadline."""

    status: Literal["Expired"]
    principal: Amount
    funding_deadline: date
    refunds: tuple[Refund, ...]


ExpectedLoan = Annotated[Closed | Refused | Expired, Field(discriminator="status")]


class LenderTotals(_Strict):
    """Over all loans; balance: what the lender's ledger account holds at the end."""

    deposited: Amount
    lent: Amount
    refunded: Amount
    received: Amount
    balance: Amount


class CustodyTotals(_Strict):
    """At the end: bank = tokens + suspense; dust is part of tokens."""

    tokens: Amount
    suspense: Amount
    bank: Amount
    dust: Amount


class Figures(_Strict):
    """expected/figures.json, from the independent calculation."""

    source: str
    currency: str
    loans: dict[str, ExpectedLoan]
    lenders: dict[str, LenderTotals]
    custody: CustodyTotals


@dataclass(frozen=True)
class BookLoan:
    """One application with what belongs to it."""

    application: Application
    contract_text: bytes
    subscriptions: tuple[Subscription, ...]
    repayment_reference: CreditorReference
    payout_end_to_end_id: CreditorReference
    expected: Closed | Refused | Expired


@dataclass(frozen=True)
class BookStatement:
    """One account statement file of the depository bank. `day` is the business date in its name."""

    day: date
    path: Path
    data: bytes


@dataclass(frozen=True)
class Book:
    """The whole book; loans by reference, statements by day."""

    platform: Organisation
    depository_bank: Organisation
    custody: Custody
    regime: Regime
    borrowers: dict[str, Party]
    lenders: dict[str, Party]
    loans: tuple[BookLoan, ...]
    statements: tuple[BookStatement, ...]
    expected: Figures

    @property
    def custody_account(self) -> CustodyAccount:
        """For `chain.bank.posting`."""
        c = self.custody
        return CustodyAccount(c.number, c.currency, c.first_sequence_number, c.first_opening)

    def deposit_reference(self, lender: str) -> CreditorReference:
        """What the lender of that alias writes into its deposits."""
        return deposit_reference(self.platform, self.lenders[lender].alias)

    def loan(self, reference: str) -> BookLoan:
        """The loan of that reference, such as 'L01'."""
        return next(loan for loan in self.loans if loan.application.reference == reference)


def deposit_reference(platform: Organisation, lender: str) -> CreditorReference:
    """What a lender writes into its deposits."""
    return creditor_reference(ReferenceKind.DEPOSIT, platform.code, lender)


def repayment_reference(platform: Organisation, contract_number: str) -> CreditorReference:
    """What the borrower writes into its repayments."""
    return creditor_reference(ReferenceKind.LOAN, platform.code, contract_number)


def load_book(folder: Path = FOLDER) -> Book:
    """The book in `folder`. Raises pydantic.ValidationError or OSError."""
    header = _read(folder / "book.json", _Header)
    parties = _read(folder / "parties.json", _Parties)
    expected = _read(folder / "expected" / "figures.json", Figures)
    applications = [_read(path, Application) for path in sorted((folder / "applications").glob("*.json"))]
    return Book(
        platform=header.platform,
        depository_bank=header.depository_bank,
        custody=header.custody_account,
        regime=header.regime,
        borrowers={party.alias: party for party in parties.borrowers},
        lenders={party.alias: party for party in parties.lenders},
        loans=tuple(
            BookLoan(
                application=application,
                contract_text=(folder / application.contract_file).read_bytes(),
                subscriptions=_read(
                    folder / "subscriptions" / f"{application.reference}.json", _Subscriptions
                ).subscriptions,
                repayment_reference=repayment_reference(header.platform, application.contract_number),
                payout_end_to_end_id=payout_end_to_end_id(header.platform.code, application.contract_number, 1),
                expected=expected.loans[application.reference],
            )
            for application in applications
        ),
        statements=tuple(
            BookStatement(date.fromisoformat(path.name.partition(".")[0]), path, path.read_bytes())
            for path in sorted((folder / "statements").glob("*.camt053.xml"))
        ),
        expected=expected,
    )


def _read(path: Path, model: type[_Model]) -> _Model:
    return model.model_validate_json(path.read_bytes())


def _nano(rate: Decimal) -> int:
    scaled = rate * _NANO
    if scaled != scaled.to_integral_value():
        raise ValueError(f"rate {rate} is finer than 1e-9 per year")
    return int(scaled)
