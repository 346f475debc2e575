"""Working days and the eight conventions that move a date off a holiday."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.calendars import (
    CONVENTIONS,
    EVERY_DAY,
    MONDAY_TO_FRIDAY,
    Direction,
    next_working_day,
    shift_moment,
)
from chain.schedules.dates import Day, moment_text, parse_moment


def day(text: str) -> Day:
    return Day(date.fromisoformat(text).toordinal())


@pytest.mark.parametrize(
    ("text", "direction", "expected"),
    [
        ("2013-03-31", "F", "2013-04-01"),  # a Sunday that ends its month
        ("2013-03-31", "MF", "2013-03-29"),
        ("2013-03-31", "P", "2013-03-29"),
        ("2013-03-31", "MP", "2013-03-29"),
        ("2013-06-01", "F", "2013-06-03"),  # a Saturday that begins its month
        ("2013-06-01", "MF", "2013-06-03"),
        ("2013-06-01", "P", "2013-05-31"),
        ("2013-06-01", "MP", "2013-06-03"),
        ("2013-06-05", "F", "2013-06-05"),  # a Wednesday
        ("2013-06-05", "MP", "2013-06-05"),
    ],
)
def test_a_weekend_moves_by_the_convention(text: str, direction: Direction, expected: str) -> None:
    assert next_working_day(day(text), MONDAY_TO_FRIDAY, direction) == day(expected)


def test_without_a_calendar_nothing_moves() -> None:
    assert next_working_day(day("2013-06-01"), EVERY_DAY, "F") == day("2013-06-01")


def test_an_end_of_day_stays_one_when_it_moves() -> None:
    moved = shift_moment(parse_moment("2013-08-31T23:59:59"), MONDAY_TO_FRIDAY, "F")
    assert moment_text(moved) == "2013-09-02T23:59:59"


def test_names_say_whether_interest_is_computed_with_the_moved_date() -> None:
    assert {name for name, rule in CONVENTIONS.items() if rule and rule.calculate_shifted} == {
        "SCF", "SCMF", "SCP", "SCMP",
    }  # fmt: skip
    assert {name for name, rule in CONVENTIONS.items() if rule is None} == {"NOS", "NULL"}
    assert len(CONVENTIONS) == 10


@given(st.integers(700_000, 800_000).map(Day), st.sampled_from(["F", "MF", "P", "MP"]))
def test_a_moved_date_is_worked_near_and_in_its_month_where_modified(when: Day, direction: Direction) -> None:
    moved = next_working_day(when, MONDAY_TO_FRIDAY, direction)
    assert MONDAY_TO_FRIDAY.is_working_day(moved)
    assert date.fromordinal(moved).isoweekday() <= 5
    assert abs(moved - when) <= 3
    if direction in ("MF", "MP"):
        assert date.fromordinal(moved).month == date.fromordinal(when).month
