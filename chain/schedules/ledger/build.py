"""The standard methods: rows as a pure function of terms and start date, as the contracts recompute them.

interest_i = round(balance * rate_nano * numerator_i / (1e9 * denominator_i)), half-even, one rounding per period. The
last row takes what is left, so the principal parts always add up to the principal exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import accumulate

from chain.schedules.ledger.errors import InstalmentsMissing, NegativeAmortisation
from chain.schedules.ledger.periods import DayCountRule, Period, periods
from chain.schedules.ledger.rounding import NANO, Rounding, divide
from chain.schedules.ledger.rows import Method, Row, check


def interest(balance: int, rate_nano: int, period: Period, rounding: Rounding) -> int:
    """Interest of one period in minor units, rounded once. `rate_nano` in 1e-9 per year."""
    return divide(balance * rate_nano * period.numerator, NANO * period.denominator, rounding)


def build(
    principal: int,
    rate_nano: int,
    method: Method,
    day_count: DayCountRule,
    instalments: int,
    period_months: int,
    start: date,
) -> tuple[Row, ...]:
    """The rows of a standard loan, as the contracts verify them.

    principal: minor units, not negative. rate_nano: nominal rate in 1e-9 per year, not negative. start: the value date
    of the payout, from which interest counts. Rows are due on `start` plus multiples of `period_months`, unadjusted.
    Rounding is half-even. SINGLE_PAYMENT has one row, on the last of the periods, with the simple interest of all of
    them. CUSTOM raises InstalmentsMissing: such rows are given, see `check`.
    """
    if principal < 0 or rate_nano < 0:
        raise InstalmentsMissing(term="principal and rate_nano", value=(principal, rate_nano), expected="no negative")
    plan = periods(start, instalments, period_months, day_count)
    if method is Method.EQUAL_INSTALMENT:
        rows = _equal_instalment(principal, rate_nano, plan)
    elif method is Method.EQUAL_PRINCIPAL:
        rows = _equal_principal(principal, rate_nano, plan)
    elif method is Method.INTEREST_ONLY:
        rows = _interest_only(principal, rate_nano, plan)
    elif method is Method.SINGLE_PAYMENT:
        rows = _single_payment(principal, rate_nano, plan)
    else:
        raise InstalmentsMissing(term="method", value=method.value, expected="a method that computes rows")
    return check(rows, principal, start)


def level_instalment(principal: int, rates: Sequence[int], plan: Sequence[Period], rounding: Rounding) -> int:
    """The smallest instalment, in minor units, that leaves a last instalment not above it.

    rates: nominal rate of each period in 1e-9 per year. The balance after all but the last period falls as the
    instalment rises, also under rounding (balance + round(balance * factor) never falls when the balance rises), so
    bisection finds the one smallest amount. Source: design rule "equal instalment"; equals the rounded-up annuity up to
    the effect of rounding each period's interest.
    """
    low = 0
    high = principal + sum(
        interest(principal, rate, period, rounding) for rate, period in zip(rates, plan, strict=True)
    )
    while low < high:
        middle = (low + high) // 2
        if _last(principal, middle, rates, plan, rounding) <= middle:
            high = middle
        else:
            low = middle + 1
    return low


def _last(principal: int, instalment: int, rates: Sequence[int], plan: Sequence[Period], rounding: Rounding) -> int:
    """What the last period would have to pay when all before it pay `instalment`."""
    balance = principal
    for rate, period in zip(rates[:-1], plan[:-1], strict=True):
        balance = max(0, balance + interest(balance, rate, period, rounding) - instalment)
    return balance + interest(balance, rates[-1], plan[-1], rounding)


def _equal_instalment(principal: int, rate_nano: int, plan: tuple[Period, ...]) -> list[Row]:
    level = level_instalment(principal, [rate_nano] * len(plan), plan, Rounding.HALF_EVEN)
    rows, balance = [], principal
    for period in plan[:-1]:
        charged = interest(balance, rate_nano, period, Rounding.HALF_EVEN)
        if charged > level:
            raise NegativeAmortisation(instalment=level, interest=charged, due=period.due)
        repaid = min(level - charged, balance)
        rows.append(Row(period.due, repaid, charged))
        balance -= repaid
    rows.append(Row(plan[-1].due, balance, interest(balance, rate_nano, plan[-1], Rounding.HALF_EVEN)))
    return rows


def _equal_principal(principal: int, rate_nano: int, plan: tuple[Period, ...]) -> list[Row]:
    """Equal principal parts, rounded half-even once; the last row takes the rest."""
    part = divide(principal, len(plan), Rounding.HALF_EVEN)
    rows, balance = [], principal
    for index, period in enumerate(plan, 1):
        repaid = balance if index == len(plan) else min(part, balance)
        rows.append(Row(period.due, repaid, interest(balance, rate_nano, period, Rounding.HALF_EVEN)))
        balance -= repaid
    return rows


def _interest_only(principal: int, rate_nano: int, plan: tuple[Period, ...]) -> list[Row]:
    return [
        Row(
            period.due,
            principal if period is plan[-1] else 0,
            interest(principal, rate_nano, period, Rounding.HALF_EVEN),
        )
        for period in plan
    ]


def _single_payment(principal: int, rate_nano: int, plan: tuple[Period, ...]) -> list[Row]:
    whole = Period(plan[0].start, plan[-1].due, sum(period.numerator for period in plan), plan[0].denominator)
    return [Row(whole.due, principal, interest(principal, rate_nano, whole, Rounding.HALF_EVEN))]


def balances(rows: Sequence[Row], principal: int) -> tuple[int, ...]:
    """Principal outstanding after each row, in minor units; the last is 0 for a whole schedule."""
    return tuple(accumulate((-row.principal for row in rows), initial=principal))[1:]
