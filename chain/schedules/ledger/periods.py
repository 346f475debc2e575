"""Due dates and day-count fractions of a plan. Dates are unadjusted: payable-by dates come from the working-day
calendar. Every fraction is an integer ratio (numerator, denominator) of a year."""

from __future__ import annotations

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import date
from enum import Enum
from itertools import pairwise

from chain.schedules.ledger.errors import InstalmentsMissing


class DayCountRule(Enum):
    """The part of a year that a period is worth. The contracts know the same five."""

    MONTHS_12 = "months_12"  # whole months over 12; a broken period counts by 30E/360
    ACTUAL_365 = "actual_365"  # calendar days over 365, leap years too
    ACTUAL_360 = "actual_360"  # calendar days over 360
    THIRTY_360E = "thirty_360e"  # 30E/360: every month has 30 days
    ACT_ACT = "act_act"  # ISDA: days in leap years over 366, the other days over 365


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


def fraction(rule: DayCountRule, start: date, due: date, months: int = 0) -> tuple[int, int]:
    """The year fraction of one period as (numerator, denominator).

    months: how many whole months the period is, for MONTHS_12; 0 for a broken period, which then counts by 30E/360.
    ACT_ACT counts in units of 1 / (365 * 366) of a year. Sources: ISDA 2006 definitions 4.16 (b), (d), (e), (g).
    """
    if rule is DayCountRule.MONTHS_12 and months:
        return months, 12
    if rule in {DayCountRule.MONTHS_12, DayCountRule.THIRTY_360E}:
        return _thirty_day_months(start, due), 360
    if rule is DayCountRule.ACT_ACT:
        leap = _leap_days(start, due)
        return leap * 365 + ((due - start).days - leap) * 366, 365 * 366
    return (due - start).days, 365 if rule is DayCountRule.ACTUAL_365 else 360


def _thirty_day_months(start: date, due: date) -> int:
    years, months = due.year - start.year, due.month - start.month
    return 360 * years + 30 * months + min(due.day, 30) - min(start.day, 30)


def _leap_days(start: date, due: date) -> int:
    """How many of the days from `start` to before `due` lie in leap years."""
    return sum(
        (min(due, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
        for year in range(start.year, due.year + 1)
        if isleap(year)
    )


def periods(start: date, count: int, months: int, rule: DayCountRule) -> tuple[Period, ...]:
    """`count` consecutive periods of `months` each. All due dates are anchored on the day of `start`, so a loan of the
    31st returns to the 31st after February."""
    if count < 1:
        raise InstalmentsMissing(term="instalments", value=count, expected="at least 1")
    if months < 1:
        raise InstalmentsMissing(term="period_months", value=months, expected="at least 1 month")
    days = [due_date(start, index * months) for index in range(count + 1)]
    return tuple(Period(a, b, *fraction(rule, a, b, months)) for a, b in pairwise(days))
