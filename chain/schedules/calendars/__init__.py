"""Working-day calendars and the conventions that move a date off a holiday. Pure data and rules, no clock.

A calendar answers whether a day is a working day. Shift/calculate conventions (SC*) move the date before interest is
computed; calculate/shift conventions (CS*) compute with the unmoved date and move only the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from chain.schedules.dates import Day, Moment, civil

Direction = Literal["F", "MF", "P", "MP"]


class Calendar(Protocol):
    """Answers whether banks work on a day."""

    def is_working_day(self, day: Day) -> bool:
        """Whether money moves on `day`."""
        ...


@dataclass(frozen=True)
class EveryDay:
    """No calendar (ACTUS NC): every day is a working day."""

    def is_working_day(self, day: Day) -> bool:
        """Always."""
        return True


@dataclass(frozen=True)
class MondayToFriday:
    """ACTUS MF: Saturdays and Sundays are the only holidays."""

    def is_working_day(self, day: Day) -> bool:
        """Whether `day` is a Monday to Friday; day 1 of the proleptic calendar was a Monday."""
        return (day - 1) % 7 < 5


EVERY_DAY = EveryDay()
MONDAY_TO_FRIDAY = MondayToFriday()


class BusinessDayConvention(NamedTuple):
    """Where a date off the working days moves to, and whether interest is computed with the moved date."""

    direction: Direction
    calculate_shifted: bool


CONVENTIONS: dict[str, BusinessDayConvention | None] = {
    "NOS": None,
    "NULL": None,
    "SCF": BusinessDayConvention("F", True),
    "SCMF": BusinessDayConvention("MF", True),
    "CSF": BusinessDayConvention("F", False),
    "CSMF": BusinessDayConvention("MF", False),
    "SCP": BusinessDayConvention("P", True),
    "SCMP": BusinessDayConvention("MP", True),
    "CSP": BusinessDayConvention("P", False),
    "CSMP": BusinessDayConvention("MP", False),
}
"""ACTUS businessDayConvention names; None means that dates never move."""


def next_working_day(day: Day, calendar: Calendar, direction: Direction = "F") -> Day:
    """`day` itself if worked, else the following or preceding working day.

    The modified directions MF and MP turn round rather than leave the month.
    """
    step = 1 if direction in ("F", "MF") else -1
    moved = _walk(day, calendar, step)
    if direction in ("MF", "MP") and civil(moved)[1] != civil(day)[1]:
        moved = _walk(day, calendar, -step)
    return moved


def _walk(day: Day, calendar: Calendar, step: int) -> Day:
    while not calendar.is_working_day(day):
        day = Day(day + step)
    return day


def shift_moment(moment: Moment, calendar: Calendar, direction: Direction) -> Moment:
    """`moment` on its working day; an end of day stays an end of day."""
    day = Day(moment >> 1)
    return Moment(moment + 2 * (next_working_day(day, calendar, direction) - day))
