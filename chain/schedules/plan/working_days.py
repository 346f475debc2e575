"""The day by which an instalment due on a day off can be paid: the next working day, by a calendar as data.

Due dates and interest stay unadjusted. A year that is not announced, or was not yet on the day asked for, has only
weekends off, and `known` says so: the payable-by dates of such a year may still move when the year is announced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chain.schedules.plan.china_days import ANNOUNCED, Announced


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Weekdays less `off`, and the weekend days `worked`. years: those that are announced."""

    off: frozenset[date]
    worked: frozenset[date]
    years: frozenset[int]

    def known(self, day: date) -> bool:
        """Whether the year of `day` is announced."""
        return day.year in self.years

    def is_working(self, day: date) -> bool:
        """Whether banks work on `day`."""
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def payable_by(self, due: date) -> date:
        """`due`, or the next working day where banks do not work on it."""
        while not self.is_working(due):
            due += timedelta(days=1)
        return due


def announced_by(day: date, years: Sequence[Announced] = ANNOUNCED) -> WorkingDays:
    """The calendar as it was known on `day`: only what had been announced by then."""
    off: set[date] = set()
    worked: set[date] = set()
    known = set()
    for year, announced, weekdays_off, weekends_worked in years:
        if announced <= day:
            known.add(year)
            off.update(_days(year, weekdays_off))
            worked.update(_days(year, weekends_worked))
    return WorkingDays(frozenset(off), frozenset(worked), frozenset(known))


WEEKDAYS = WorkingDays(frozenset(), frozenset(), frozenset())
"""Monday to Friday, with no holidays known."""


def _days(year: int, text: str) -> list[date]:
    return [date(year, int(part[:2]), int(part[2:])) for part in text.split()]
