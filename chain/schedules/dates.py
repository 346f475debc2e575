"""Moments, cycles and end-of-month rules of loan schedules, in plain integers so that whole books stay fast.

A `Moment` is twice the proleptic day number (`date.toordinal`), plus one when the text said 23:59:59. Such an end of
day sorts after every event of its day, prints as it was given, and counts as the next day where interest accrues.
Other times of day have no meaning in a schedule and are refused. Nothing here reads a clock.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple, NewType

Moment = NewType("Moment", int)
Day = NewType("Day", int)

MAX_DATES = 20_000
"""Longest schedule of a cycle of days, which a daily one reaches after 54 years; also the most payments derived."""

_MOMENT = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.0+)?)?)?")
_CYCLE = re.compile(r"P([1-9]\d{0,4})([DWMQHY])L([01])")
_PERIOD = re.compile(r"P(\d{1,5})([DWMQHY])(?:L[01])?")
_MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
_DAYS = {"D": 1, "W": 7}


class Cycle(NamedTuple):
    """A repeating period: `length` months or days, and whether an odd last period is merged into a long one."""

    length: int
    in_months: bool
    long_stub: bool


@lru_cache(maxsize=65_536)
def parse_moment(text: str) -> Moment:
    """The moment written as an ISO date with optional time 00:00[:00] or 23:59:59. Raises ValueError."""
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError("it must be an ISO date such as 2024-01-31T00:00:00")
    year, month, day, hour, minute, second = match.groups(default="00")
    ordinal = date(int(year), int(month), int(day)).toordinal()
    time = (hour, minute, second)
    if time == ("00", "00", "00"):
        return Moment(ordinal * 2)
    if time == ("23", "59", "59"):
        return Moment(ordinal * 2 + 1)
    raise ValueError("the only times of day understood are 00:00:00 and 23:59:59")


@lru_cache(maxsize=65_536)
def moment_text(moment: Moment) -> str:
    """The ISO form with seconds, such as 2013-12-31T23:59:59."""
    return date.fromordinal(moment >> 1).isoformat() + ("T23:59:59" if moment & 1 else "T00:00:00")


def accrual_day(moment: Moment) -> Day:
    """The day a moment counts as where interest accrues: an end of day is the next day."""
    return Day((moment + 1) >> 1)


@lru_cache(maxsize=4_096)
def parse_cycle(text: str) -> Cycle:
    """`P<n><D|W|M|Q|H|Y>L<0|1>`: L0 a long last stub, L1 a short one. Raises ValueError."""
    match = _CYCLE.fullmatch(text.strip())
    if match is None:
        raise ValueError("it must be a cycle such as P1ML0 (long last period) or P1ML1 (short last period)")
    count, unit, stub = int(match[1]), match[2], match[3]
    if unit in _MONTHS:
        return Cycle(count * _MONTHS[unit], True, stub == "0")
    return Cycle(count * _DAYS[unit], False, stub == "0")


@lru_cache(maxsize=4_096)
def parse_period_days(text: str) -> int:
    """A period of days or weeks such as P2D, in days. Raises ValueError."""
    match = _PERIOD.fullmatch(text.strip())
    if match is None or match[2] not in _DAYS:
        raise ValueError("it must be a number of days or weeks such as P2D")
    return int(match[1]) * _DAYS[match[2]]


@lru_cache(maxsize=200_000)
def civil(day: Day) -> tuple[int, int, int]:
    """Year, month and day of month of a day number."""
    when = date.fromordinal(day)
    return when.year, when.month, when.day


@cache  # at most 120,000 months exist
def month_start(month_index: int) -> tuple[int, int]:
    """Day number of the first day, and the length, of month `12 * year + month - 1`."""
    year, month = divmod(month_index, 12)
    if not 1 <= year <= 9998:
        raise ValueError("the schedule leaves the years 1 to 9998")
    first = date(year, month + 1, 1).toordinal()
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1).toordinal()
    return first, following - first


def is_month_end(day: Day) -> bool:
    """Whether the day is the last one of its month."""
    year, month, day_of_month = civil(day)
    return day_of_month == month_start(year * 12 + month - 1)[1]


def shift_cycles(anchor: Moment, cycle: Cycle, times: int, *, end_of_month: bool) -> Moment:
    """`anchor` moved by `times` whole cycles, always counted from the anchor so that short months don't stick.

    end_of_month: the EOM convention; it acts where the anchor is the last day of its month and the cycle is of months.
    """
    if not cycle.in_months:
        return Moment(anchor + 2 * cycle.length * times)
    anchor_day = Day(anchor >> 1)
    year, month, day_of_month = civil(anchor_day)
    first, length = month_start(year * 12 + month - 1 + cycle.length * times)
    to_end = day_of_month > length or (end_of_month and is_month_end(anchor_day))
    return Moment((first + (length if to_end else day_of_month) - 1) * 2 + (anchor & 1))


def cycle_moments(
    anchor: Moment, end: Moment, cycle: Cycle | None, *, end_of_month: bool, with_end: bool
) -> list[Moment]:
    """The schedule S(s, T, c): anchor and its cycle dates before `end`, then `end` itself if `with_end`.

    A long stub drops the last cycle date when `end` is off the cycle and another date remains before it.
    Source: ACTUS technical specification 1.1, array schedule and stub convention. Raises ValueError.
    """
    moments: list[Moment] = []
    if cycle is None:
        if anchor < end:
            moments.append(anchor)
    elif cycle.in_months:
        anchor_day = Day(anchor >> 1)
        year, month, day_of_month = civil(anchor_day)
        if end_of_month and is_month_end(anchor_day):
            day_of_month = 31
        index, end_of_day, step, moment = year * 12 + month - 1, anchor & 1, cycle.length, anchor
        while moment < end:
            moments.append(moment)
            index += step
            first, length = month_start(index)
            moment = Moment((first + (day_of_month if day_of_month < length else length) - 1) * 2 + end_of_day)
    else:
        step = 2 * cycle.length
        if (end - anchor) // step > MAX_DATES:
            raise ValueError(f"the schedule would have more than {MAX_DATES} dates")
        moments = [Moment(each) for each in range(anchor, end, step)]
        moment = Moment(anchor + step * len(moments))
    if cycle is not None and cycle.long_stub and len(moments) > 1 and moment != end:
        moments.pop()
    if with_end:
        moments.append(end)
    return moments
