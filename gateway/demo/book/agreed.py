"""What the example book's parties agreed: organisations, parties, applications and subscriptions, strictly typed.

A file with an unknown, missing or badly formed field is refused by pydantic; nothing has a default, so every decision
about money stands in the data. Amounts are minor units, rates 1e-9 per year where a name ends in `nano`. Reads nothing
by itself: see `load`.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from chain.bank.amounts import Minor, minor_from_text

_NANO = 10**9


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
PerhapsRate = Annotated[Decimal, BeforeValidator(_rate), Field(ge=0, allow_inf_nan=False)]
Method = Literal["equal-instalment", "interest-only-bullet", "equal-principal", "single-payment", "custom"]
DayCount = Literal["1/12", "A/365", "A/360", "30E/360", "A/A"]
EarlyKind = Literal["total", "shorten", "lower"]


class Strict(BaseModel):
    """Frozen, and nothing unknown in it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Organisation(Strict):
    """A member of the consortium as its files name it."""

    code: str
    name: str


class Custody(Strict):
    """The depository bank's custody account and where its chain of account statements starts."""

    name: str
    number: str
    currency: str
    first_sequence_number: int
    first_opening: Amount


class Regime(Strict):
    """The limits that the loans name. rate_cap: highest nominal rate per year."""

    name: str
    rate_cap: Rate
    reversal_days: int
    effective_from: date
    effective_through: date

    @property
    def rate_cap_nano(self) -> int:
        """1e-9 per year."""
        return nano(self.rate_cap)


class WorkingDays(Strict):
    """A working-day calendar as the regulator publishes it. off: weekdays without work; worked: weekends with."""

    calendar: Annotated[int, Field(ge=1, le=65535)]
    first: Annotated[date, Field(alias="from")]
    through: date
    off: tuple[date, ...]
    worked: tuple[date, ...]


class Unidentified(Strict):
    """A credit that nobody can be found for. returned: the day it goes back to its originator, if it does."""

    day: date
    value_date: date
    name: str
    account: str
    amount: Amount
    text: str
    returned: date | None


class Header(Strict):
    """book.json. statements: the business dates of the account statements; quick: the loans of the quick part."""

    platform: Organisation
    depository_bank: Organisation
    custody_account: Custody
    regime: Regime
    working_days: WorkingDays
    statements: tuple[date, ...]
    quick: tuple[str, ...]
    unidentified: tuple[Unidentified, ...]


class Party(Strict):
    """A borrower, a lender or a payee of fees; the identity is fictitious."""

    alias: str
    kind: Literal["person", "organisation"]
    name: str
    identity: str
    account: str


class Parties(Strict):
    """parties.json."""

    borrowers: tuple[Party, ...]
    lenders: tuple[Party, ...]
    payees: tuple[Party, ...]


class Why(Strict):
    """In one line, what the loan is in the book for."""

    zh: str
    en: str


class Fee(Strict):
    """A fee by type and payee."""

    kind: Literal["first-instalment", "each-instalment"]
    payee: str
    amount: Amount


class PaymentRule(Strict):
    """How payments are used and what lateness costs, see docs/payments. calendar 0: every day is a working day."""

    order: Literal["horizontal", "vertical"]
    kinds: str
    penalty_first: bool
    penalty_base: Literal["none", "principal", "instalment"]
    penalty_replaces: bool
    penalty_rate: PerhapsRate
    grace_days: int
    early: tuple[EarlyKind, ...]
    early_fee: PerhapsRate
    calendar: int


class TableRow(Strict):
    """A row of a table that the borrower signed."""

    due: date
    principal: Amount
    interest: Amount


class Application(Strict):
    """What the platform states of a loan. rate: nominal, per `rate_period`. rate_shares: weights of the classes."""

    reference: str
    contract_number: str
    why: Why
    application_date: date
    borrower: str
    principal: Amount
    currency: str
    rate: Rate
    rate_period: Literal["year", "month"]
    method: Method
    day_count: DayCount
    instalments: Annotated[int, Field(ge=1, le=360)]
    period_months: Annotated[int, Field(ge=0, le=360)]
    rate_shares: tuple[int, ...]
    first_tranche: Amount
    available_through: date | None
    table: tuple[TableRow, ...] | None
    payment_rule: PaymentRule
    fees: tuple[Fee, ...]
    purpose: str
    funding_deadline: date
    regime: str
    contract_file: str

    @property
    def rate_nano(self) -> int:
        """The nominal rate, 1e-9 per year."""
        return nano(self.rate * (12 if self.rate_period == "month" else 1))


class Subscription(Strict):
    """What one lender is ready to lend, and in which class."""

    lender: str
    amount: Amount
    class_: Annotated[int, Field(alias="class", ge=0, le=3)]


class Subscriptions(Strict):
    """subscriptions/<loan>.json."""

    loan: str
    subscriptions: tuple[Subscription, ...]


def nano(rate: Decimal) -> int:
    """A rate in 1e-9. Raises ValueError for a finer one."""
    scaled = rate * _NANO
    if scaled != scaled.to_integral_value():
        raise ValueError(f"rate {rate} is finer than 1e-9")
    return int(scaled)
