"""Annual rates of an offer as Decimal: internal rates of return, the EU's APR and the costs that go with an offer.

Sources: effective annual rate (实际年化利率) by the compound method, the internal rate of return over days/365, as the
People's Bank of China's announcement 2021 No. 3 asks lenders to show; APR by Directive 2008/48/EC, Annex I (in
Directive (EU) 2023/2225, Annex III): equal months of 1/12 year, days over 365. Figures are exact to the digits shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from typing import Final, NamedTuple

from chain.schedules.costs.flows import Flows
from chain.schedules.errors import ScheduleError
from chain.schedules.ledger import due_date

_ARITHMETIC: Final = Context(prec=30)
_LOWEST, _HIGHEST = Decimal("-0.999999"), Decimal("1000000")
_DIGITS = Decimal("1e-12")


class RateUnsolvable(ScheduleError):
    """No annual rate makes the flows worth nothing, for example when nothing is paid back."""

    code = "schedules.rate_unsolvable"
    en = "No annual rate from -99.9999 % to 100000000 % balances what is received and paid."
    zh = "在 -99.9999% 至 100000000% 之间没有能使收付现值相等的年利率。"


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost figures of an offer. Rates as parts of one (0.0435), total_cost in minor units."""

    effective_annual_rate: Decimal
    apr: Decimal
    total_cost: int


def effective_annual_rate(flows: Flows) -> Decimal:
    """The annual rate r with sum(received / (1+r)^(days/365)) = sum(paid / (1+r)^(days/365)): XIRR."""
    return _solve(flows, [_Time(0, (flow.day - flows.start).days) for flow in (*flows.received, *flows.paid)])


def annual_percentage_rate(flows: Flows) -> Decimal:
    """The APR of the EU directive, to more digits than its one decimal place. Time counts from the first payout, in
    whole equal months and the days beyond them over 365."""
    return _solve(flows, [_equal_months(flows.start, flow.day) for flow in (*flows.received, *flows.paid)])


def periodic_rate(received: int, payments: Sequence[int]) -> Decimal:
    """The internal rate of return per period when `received` is repaid by one payment per period (IRR). Multiplied by
    the periods of a year it is the nominal annual rate."""
    return _bisect(
        [(_Time(0, 365 * index), amount) for index, amount in enumerate([received, *(-p for p in payments)])]
    )


def costs_of(flows: Flows) -> Costs:
    """All cost figures of an offer."""
    return Costs(effective_annual_rate(flows), annual_percentage_rate(flows), flows.total_cost)


class _Time(NamedTuple):
    """A time from the start: months of 1/12 year and days of 1/365 year."""

    months: int
    days: int


def _solve(flows: Flows, times: list[_Time]) -> Decimal:
    amounts = [*(flow.amount for flow in flows.received), *(-flow.amount for flow in flows.paid)]
    return _bisect(sorted(zip(times, amounts, strict=True)))


def _bisect(moved: Sequence[tuple[_Time, int]]) -> Decimal:
    """The annual rate at which the amounts, discounted over their times, add up to nothing. The value rises with the
    rate where money is received first and paid later, so bisection finds the one root."""
    low, high = Decimal(0), Decimal(1)
    while _value(moved, high) < 0:
        low, high = high, high * 8
        if high > _HIGHEST:
            raise RateUnsolvable()
    if not low and _value(moved, low) > 0:
        low = _LOWEST
        if _value(moved, low) > 0:
            raise RateUnsolvable()
    while high - low > _DIGITS / 100:
        middle = _ARITHMETIC.divide(_ARITHMETIC.add(low, high), Decimal(2))
        if _value(moved, middle) <= 0:
            low = middle
        else:
            high = middle
    return (low + (high - low) / 2).quantize(_DIGITS)


def _value(moved: Sequence[tuple[_Time, int]], rate: Decimal) -> Decimal:
    """Present value at `rate`. The discount goes on from one time to the next, so equal steps cost one exponential."""
    log = _ARITHMETIC.ln(_ARITHMETIC.add(Decimal(1), rate))
    steps: dict[_Time, Decimal] = {}
    total, discount, before = Decimal(0), Decimal(1), _Time(0, 0)
    for time, amount in moved:
        step = _Time(time.months - before.months, time.days - before.days)
        if step not in steps:
            years = _ARITHMETIC.divide(Decimal(365 * step.months + 12 * step.days), Decimal(12 * 365))
            steps[step] = _ARITHMETIC.exp(_ARITHMETIC.multiply(-years, log))
        discount, before = _ARITHMETIC.multiply(discount, steps[step]), time
        total = _ARITHMETIC.add(total, _ARITHMETIC.multiply(Decimal(amount), discount))
    return total


def _equal_months(start: date, day: date) -> _Time:
    months = 12 * (day.year - start.year) + day.month - start.month
    if due_date(start, months) > day:
        months -= 1
    return _Time(months, (day - due_date(start, months)).days)
