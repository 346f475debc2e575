"""Day count conventions as exact ratios: a whole number of units between two days over a fixed denominator.

A convention is a counting function and its units per year, so that interest is `base * (rate / units) * count` with no
rounding in between. Act/Act ISDA counts in units of 1/(365*366) of a year. BUS/252 needs a trading calendar that is no
part of a loan's terms, and is refused by its name.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

from chain.schedules.dates import Day, civil, is_month_end, month_start

Count = Callable[[Day, Day], int]


class DayCount(NamedTuple):
    """`between(start, end)` units of which `units` make one year."""

    units: int
    between: Count


def _actual(start: Day, end: Day) -> int:
    return end - start


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _actual_actual(start: Day, end: Day) -> int:
    """ISDA 2006 4.16(b): days in leap years over 366 plus the other days over 365, in units of 1/133590 year."""
    if end < start:
        return -_actual_actual(end, start)
    first, last = civil(start)[0], civil(end)[0]
    if first == last:
        return (end - start) * (365 if _leap(first) else 366)
    year_end = month_start((first + 1) * 12)[0]
    year_start = month_start(last * 12)[0]
    head = (year_end - start) * (365 if _leap(first) else 366)
    tail = (end - year_start) * (365 if _leap(last) else 366)
    return head + (last - first - 1) * 133_590 + tail


def _european_30(start: Day, end: Day) -> int:
    """30E/360, ISDA 2006 4.16(g): both days of month are at most 30."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    return 360 * (y2 - y1) + 30 * (m2 - m1) + min(d2, 30) - min(d1, 30)


def _bond_basis_30(start: Day, end: Day) -> int:
    """30/360 bond basis, ISDA 2006 4.16(f): the end's 31st becomes the 30th only after a start on the 30th or 31st."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    if d1 >= 30:
        d1, d2 = 30, min(d2, 30)
    return 360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1


def _us_30(start: Day, end: Day) -> int:
    """30U/360 (SIA): bond basis where the last day of February also counts as a 30th."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    if m1 == 2 and is_month_end(start):
        d1 = 30
        if m2 == 2 and is_month_end(end):
            d2 = 30
    if d1 >= 30:
        d1, d2 = 30, min(d2, 30)
    return 360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1


def _months_of_28(start: Day, end: Day) -> int:
    """28E/336: every month has 28 days."""
    y1, m1, d1 = civil(start)
    y2, m2, d2 = civil(end)
    return 336 * (y2 - y1) + 28 * (m2 - m1) + min(d2, 28) - min(d1, 28)


def _isda_30e(maturity: Day | None) -> Count:
    """30E/360 ISDA, ISDA 2006 4.16(h): month ends are the 30th, save the end of a February that is the maturity."""

    def count(start: Day, end: Day) -> int:
        y1, m1, d1 = civil(start)
        y2, m2, d2 = civil(end)
        if is_month_end(start):
            d1 = 30
        if is_month_end(end) and not (m2 == 2 and end == maturity):
            d2 = 30
        return 360 * (y2 - y1) + 30 * (m2 - m1) + d2 - d1

    return count


_NAMES = {
    "AA": ("AA", "AAISDA", "A/AISDA"),
    "A360": ("A360", "A/360"),
    "A365": ("A365", "A/365"),
    "30E360": ("30E360", "30E/360"),
    "30E360ISDA": ("30E360ISDA", "30E/360ISDA"),
    "30360": ("30360", "30/360"),
    "30U360": ("30U360", "30U/360", "30360US"),
    "28E336": ("28E336", "28/336", "28E/336"),
}
CONVENTIONS = {alias: name for name, aliases in _NAMES.items() for alias in aliases}
"""Every accepted spelling and the convention it names."""

_FIXED = {
    "AA": DayCount(133_590, _actual_actual),
    "A360": DayCount(360, _actual),
    "A365": DayCount(365, _actual),
    "30E360": DayCount(360, _european_30),
    "30360": DayCount(360, _bond_basis_30),
    "30U360": DayCount(360, _us_30),
    "28E336": DayCount(336, _months_of_28),
}


def day_count(convention: str, maturity: Day | None = None) -> DayCount:
    """The convention by any of its names. `maturity` matters to 30E/360 ISDA only. Raises KeyError if not known."""
    name = CONVENTIONS[convention]
    return _FIXED[name] if name != "30E360ISDA" else DayCount(360, _isda_30e(maturity))


def year_fraction(convention: str, start: Day, end: Day, maturity: Day | None = None) -> Fraction:
    """The exact part of a year between two days. Raises KeyError if the convention is not known."""
    units, between = day_count(convention, maturity)
    return Fraction(between(start, end), units)
