"""Due dates and day-count fractions of a plan. Dates are unadjusted: payable-by dates come from the working-day
calendar. Every fraction is an integer ratio (numerator, denominator) of a year."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import pairwise

from chain.schedules.ledger.errors import InstalmentsMissing


class DayCountRule(Enum):
    """The part of a year that a period is worth. The contracts know the same three."""

    MONTHS_12 = "months_12"  # whole months over 12: every month is worth the same (30/360 on regular periods)
    ACTUAL_365 = "actual_365"  # calendar days over 365, leap years too
    ACTUAL_360 = "actual_360"  # calendar days over 360


@dataclass(frozen=True, slots=True)
class Period:
    """One interest period: from `start` (interest counts from it) to `due`, worth `numerator / denominator` years."""

    start: date
    due: date
    numerator: int
    denominator: int


def due_date(start: date, months: int) -> date:
    """The day `months` after `start`, on the same day of the month, or on the month's last where it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def fraction(rule: DayCountRule, start: date, due: date, months: int) -> tuple[int, int]:
    """The year fraction of one period as (numerator, denominator): (months, 12), (days, 365) or (days, 360)."""
    if rule is DayCountRule.MONTHS_12:
        return months, 12
    days = (due - start).days
    return (days, 365) if rule is DayCountRule.ACTUAL_365 else (days, 360)


def periods(start: date, count: int, months: int, rule: DayCountRule) -> tuple[Period, ...]:
    """`count` consecutive periods of `months` each. All due dates are anchored on the day of `start`, so a loan of the
    31st returns to the 31st after February."""
    if count < 1:
        raise InstalmentsMissing(term="instalments", value=count, expected="at least 1")
    if months < 1:
        raise InstalmentsMissing(term="period_months", value=months, expected="at least 1 month")
    days = [due_date(start, index * months) for index in range(count + 1)]
    return tuple(Period(a, b, *fraction(rule, a, b, months)) for a, b in pairwise(days))
