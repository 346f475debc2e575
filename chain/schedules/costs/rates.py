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
from typing import Final

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
    return _solve(flows, [_days(flows.start, flow.day) for flow in (*flows.received, *flows.paid)])


def annual_percentage_rate(flows: Flows) -> Decimal:
    """The APR of the EU directive, to more digits than its one decimal place. Time counts from the first payout, in
    whole equal months and the days beyond them over 365."""
    return _solve(flows, [_equal_months(flows.start, flow.day) for flow in (*flows.received, *flows.paid)])


def periodic_rate(received: int, payments: Sequence[int]) -> Decimal:
    """The internal rate of return per period when `received` is repaid by one payment per period (IRR). Multiplied by
    the periods of a year it is the nominal annual rate."""
    amounts = [Decimal(received), *(-Decimal(payment) for payment in payments)]
    return _bisect(amounts, [Decimal(index) for index in range(len(amounts))])


def costs_of(flows: Flows) -> Costs:
    """All cost figures of an offer."""
    return Costs(effective_annual_rate(flows), annual_percentage_rate(flows), flows.total_cost)


def _solve(flows: Flows, times: list[Decimal]) -> Decimal:
    amounts = [Decimal(flow.amount) for flow in flows.received] + [-Decimal(flow.amount) for flow in flows.paid]
    return _bisect(amounts, times)


def _bisect(amounts: Sequence[Decimal], times: Sequence[Decimal]) -> Decimal:
    """The rate at which the amounts, discounted over the times in years, add up to nothing. The value rises with the
    rate where money is received first and paid later, so bisection finds the one root."""
    low, high = Decimal(0), Decimal(1)
    while _value(amounts, times, high) < 0:
        low, high = high, high * 8
        if high > _HIGHEST:
            raise RateUnsolvable()
    if not low and _value(amounts, times, low) > 0:
        low = _LOWEST
        if _value(amounts, times, low) > 0:
            raise RateUnsolvable()
    while high - low > _DIGITS / 100:
        middle = _ARITHMETIC.divide(_ARITHMETIC.add(low, high), Decimal(2))
        if _value(amounts, times, middle) <= 0:
            low = middle
        else:
            high = middle
    return (low + (high - low) / 2).quantize(_DIGITS)


def _value(amounts: Sequence[Decimal], times: Sequence[Decimal], rate: Decimal) -> Decimal:
    log = _ARITHMETIC.ln(_ARITHMETIC.add(Decimal(1), rate))
    total, discounts = Decimal(0), dict[Decimal, Decimal]()
    for amount, time in zip(amounts, times, strict=True):
        if time not in discounts:
            discounts[time] = _ARITHMETIC.exp(_ARITHMETIC.multiply(-time, log))
        total = _ARITHMETIC.add(total, _ARITHMETIC.multiply(amount, discounts[time]))
    return total


def _days(start: date, day: date) -> Decimal:
    return _ARITHMETIC.divide(Decimal((day - start).days), Decimal(365))


def _equal_months(start: date, day: date) -> Decimal:
    months = 0
    while due_date(start, months + 1) <= day:
        months += 1
    rest = (day - due_date(start, months)).days
    return _ARITHMETIC.add(
        _ARITHMETIC.divide(Decimal(months), Decimal(12)), _ARITHMETIC.divide(Decimal(rest), Decimal(365))
    )
