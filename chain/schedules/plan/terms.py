"""The terms of a lender's plan: what a standard loan has, and what lenders add to it. Amounts in minor units, rates in
1e-9 per year. Values only; `plan` computes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum

from chain.schedules.ledger import DayCountRule, Method, Rounding


class InterestGrace(Enum):
    """What becomes of the interest of periods in interest grace."""

    DEFERRED = "deferred"  # collected with the first instalment after the grace
    FREE = "free"  # not charged


@dataclass(frozen=True, slots=True)
class RateStep:
    """The nominal rate from `since` on, in 1e-9 per year. An equal instalment is levelled anew when it changes."""

    since: date
    rate_nano: int


@dataclass(frozen=True, slots=True)
class Tranche:
    """A further payout of `amount` minor units on `day`; levels the instalment anew from the period it falls in."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """Terms of a plan.

    principal: paid out on `start`. rates: in order, the first from `start` or before. multiple: equal instalments and
    equal principal parts are multiples of this many minor units (1 for none), the last row takes the rest.
    principal_grace, interest_grace: how many of the first instalments repay no principal, or pay no interest. balloon:
    principal that is due with the last instalment on top. down_payment: principal due on `start` itself. weights:
    relative size of every instalment for stepped and seasonal plans (empty for equal); an instalment never falls below
    its interest. principals: principal of each row for the CUSTOM method.
    """

    principal: int
    rates: tuple[RateStep, ...]
    method: Method
    day_count: DayCountRule
    instalments: int
    period_months: int
    start: date
    rounding: Rounding = Rounding.HALF_EVEN
    multiple: int = 1
    principal_grace: int = 0
    interest_grace: int = 0
    interest_grace_rule: InterestGrace = InterestGrace.DEFERRED
    balloon: int = 0
    down_payment: int = 0
    tranches: tuple[Tranche, ...] = ()
    weights: tuple[int, ...] = ()
    principals: tuple[int, ...] = ()

    @property
    def disbursed(self) -> int:
        """All that is paid out over the life of the loan."""
        return self.principal + sum(tranche.amount for tranche in self.tranches)
