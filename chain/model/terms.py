"""What a loan's parties agreed to, as far as money and days depend on it. Amounts: minor units; rates: 1e-9 a year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, IntFlag

from chain.schedules.ledger import DayCountRule, Fee, Method, Row, Segment, TableRule


class Kind(IntEnum):
    """The kinds of money that a row owes."""

    FEE = 0
    INTEREST = 1
    PRINCIPAL = 2


class Allocation(IntEnum):
    """In which order a payment meets the rows that are due."""

    HORIZONTAL = 0  # row by row, within a row by the order of kinds
    VERTICAL = 1  # kind by kind, each over all rows due


KINDS_ORDERS: tuple[tuple[Kind, Kind, Kind], ...] = (
    (Kind.FEE, Kind.INTEREST, Kind.PRINCIPAL),
    (Kind.FEE, Kind.PRINCIPAL, Kind.INTEREST),
    (Kind.INTEREST, Kind.FEE, Kind.PRINCIPAL),
    (Kind.INTEREST, Kind.PRINCIPAL, Kind.FEE),
    (Kind.PRINCIPAL, Kind.FEE, Kind.INTEREST),
    (Kind.PRINCIPAL, Kind.INTEREST, Kind.FEE),
)
"""The orders of kinds, by the number they have in signed terms."""


class PenaltyBase(IntEnum):
    """What penalty interest is charged on."""

    NONE = 0
    PRINCIPAL = 1
    INSTALMENT = 2  # overdue principal and interest


class EarlyKind(IntFlag):
    """Early repayments that may be agreed."""

    TOTAL = 1
    SHORTEN = 2  # same instalment, fewer rows
    LOWER = 4  # same rows, smaller instalments


NO_EARLY = EarlyKind(0)


@dataclass(frozen=True, slots=True)
class PayeeFee:
    """A fee of the terms and the party that earns it."""

    fee: Fee
    payee: str


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """Everything that replay needs. rate_shares: a weight for each class of lenders. first_tranche: paid out first,
    less than the principal if the loan is drawn in tranches, until `available_through`. rows: CUSTOM only. calendar:
    number of the working-day calendar, 0 for none. grace_days: after the payable-by day, without penalty interest."""

    platform: str
    borrower: str
    principal: int
    funding_deadline: date
    rate_nano: int
    day_count: DayCountRule
    method: Method
    instalments: int
    period_months: int
    first_tranche: int
    available_through: date | None = None
    rows: tuple[Row, ...] = ()
    rate_shares: tuple[int, ...] = (1,)
    order: Allocation = Allocation.HORIZONTAL
    kinds: tuple[Kind, Kind, Kind] = KINDS_ORDERS[0]
    penalty_first: bool = False
    penalty_base: PenaltyBase = PenaltyBase.NONE
    penalty_replaces: bool = False
    penalty_rate_nano: int = 0
    grace_days: int = 0
    early_kinds: EarlyKind = NO_EARLY
    early_fee_nano: int = 0
    calendar: int = 0
    fees: tuple[PayeeFee, ...] = ()

    @property
    def rule(self) -> TableRule:
        """What says how rows are made."""
        return TableRule(
            self.rate_nano,
            self.method,
            self.day_count,
            self.instalments,
            self.period_months,
            tuple(one.fee for one in self.fees),
        )

    @property
    def in_tranches(self) -> bool:
        """Whether later tranches were agreed."""
        return self.first_tranche < self.principal

    @property
    def penalty_rate(self) -> int:
        """The rate on overdue amounts as it is charged."""
        return self.penalty_rate_nano + (0 if self.penalty_replaces else self.rate_nano)

    @property
    def penalty_year(self) -> int:
        """Days of the year that penalty interest counts by."""
        return 365 if self.day_count in {DayCountRule.ACTUAL_365, DayCountRule.ACT_ACT} else 360

    def whole_segment(self, balance: int, start: date) -> Segment:
        """The first payout's segment, on value date `start`."""
        return Segment(balance, start, start)
