"""Working-day calendars and the conventions that move a date off a holiday. Pure data and rules, no clock.

A calendar answers whether a day is a working day. Shift/calculate conventions (SC*) move the date before interest is
computed; calculate/shift conventions (CS*) compute with the unmoved date and move only the event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from chain.schedules.dates import Day, Moment, civil

Direction = Literal["F", "MF", "P", "MP"]

_LONGEST_CLOSURE = 366


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


@dataclass(frozen=True)
class HolidayCalendar:
    """Monday to Friday, less `holidays`, plus weekend days that are worked. Days outside `known` are refused.

    Source of each instance is the notice that its module names; a year not yet announced is not guessed.
    """

    holidays: frozenset[Day]
    worked_weekends: frozenset[Day]
    known: tuple[Day, Day]

    def is_working_day(self, day: Day) -> bool:
        """Whether `day` is worked. Raises ValueError outside the announced years."""
        if not self.known[0] <= day <= self.known[1]:
            raise ValueError("the calendar does not know this day")
        return day in self.worked_weekends or ((day - 1) % 7 < 5 and day not in self.holidays)


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


def _walk(day: Day, step: int, works: Callable[[Day], bool]) -> Day:
    for _ in range(_LONGEST_CLOSURE):
        if works(day):
            return day
        day = Day(day + step)
    raise ValueError("the calendar has no working day within a year")


def next_working_day(day: Day, calendar: Calendar, direction: Direction = "F") -> Day:
    """`day` itself if worked, else the following or preceding working day.

    The modified directions MF and MP turn round rather than leave the month.
    """
    works = calendar.is_working_day
    if works(day):
        return day
    forward = 1 if direction in ("F", "MF") else -1
    moved = _walk(day, forward, works)
    if direction in ("MF", "MP") and civil(moved)[1] != civil(day)[1]:
        moved = _walk(day, -forward, works)
    return moved


def shift_moment(moment: Moment, calendar: Calendar, direction: Direction) -> Moment:
    """`moment` on its working day; an end of day stays an end of day."""
    day = Day(moment >> 1)
    return Moment(moment + 2 * (next_working_day(day, calendar, direction) - day))
