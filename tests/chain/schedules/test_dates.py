"""Moments, cycles, stubs and the end-of-month rule, with dates read off a calendar."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.dates import (
    MAX_DATES,
    Cycle,
    Moment,
    accrual_day,
    cycle_moments,
    moment_text,
    parse_cycle,
    parse_moment,
    parse_period_days,
    shift_cycles,
)


def schedule(anchor: str, end: str, cycle: str, *, eom: bool = False, with_end: bool = True) -> list[str]:
    moments = cycle_moments(
        parse_moment(anchor), parse_moment(end), parse_cycle(cycle), end_of_month=eom, with_end=with_end
    )
    return [moment_text(each).removesuffix("T00:00:00") for each in moments]


@pytest.mark.parametrize("text", ["2013-01-31", " 2013-01-31T00:00 ", "2013-01-31T00:00:00", "2013-01-31T00:00:00.000"])
def test_a_start_of_day_is_read_in_every_form(text: str) -> None:
    assert moment_text(parse_moment(text)) == "2013-01-31T00:00:00"


def test_an_end_of_day_prints_as_given_and_accrues_as_the_next_day() -> None:
    moment = parse_moment("2013-12-31T23:59:59")
    assert moment_text(moment) == "2013-12-31T23:59:59"
    assert accrual_day(moment) == date(2014, 1, 1).toordinal()
    assert parse_moment("2013-12-31") < moment < parse_moment("2014-01-01")


@pytest.mark.parametrize(
    "text", ["", "2013-02-29", "2013-1-1", "20130101", "2013-01-01T12:00:00", "2013-01-01Z", "2013-13-01", "x"]
)
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"ISO|time|day|month"):
        parse_moment(text)


@pytest.mark.parametrize(
    ("text", "cycle"),
    [
        ("P1ML0", Cycle(1, True, True)),
        ("P1YL1", Cycle(12, True, False)),
        ("P2QL1", Cycle(6, True, False)),
        ("P1HL0", Cycle(6, True, True)),
        ("P2WL1", Cycle(14, False, False)),
        ("P29DL0", Cycle(29, False, True)),
    ],
)
def test_cycles_are_read(text: str, cycle: Cycle) -> None:
    assert parse_cycle(text) == cycle


@pytest.mark.parametrize("text", ["1M", "P1M", "P0ML0", "P-1ML0", "P1ML2", "PT1HL0", "P1.5ML0", "P1ml0"])
def test_other_cycles_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cycle"):
        parse_cycle(text)


def test_periods_of_days() -> None:
    assert (parse_period_days("P0D"), parse_period_days("P2D"), parse_period_days("P1W")) == (0, 2, 7)
    with pytest.raises(ValueError, match="days"):
        parse_period_days("P1M")


def test_a_short_month_does_not_stick() -> None:
    expected = ["2013-01-30", "2013-02-28", "2013-03-30", "2013-04-30"]
    assert schedule("2013-01-30", "2013-04-30", "P1ML1") == expected


def test_same_day_keeps_the_anchor_and_end_of_month_keeps_month_ends() -> None:
    assert schedule("2013-02-28", "2013-05-28", "P1ML1")[1:3] == ["2013-03-28", "2013-04-28"]
    assert schedule("2013-02-28", "2013-05-31", "P1ML1", eom=True)[1:3] == ["2013-03-31", "2013-04-30"]
    assert schedule("2013-04-30", "2013-07-31", "P1ML1", eom=True)[1:3] == ["2013-05-31", "2013-06-30"]


def test_end_of_month_does_nothing_off_a_month_end_or_for_days_and_weeks() -> None:
    assert schedule("2013-01-30", "2013-03-30", "P1ML1", eom=True) == ["2013-01-30", "2013-02-28", "2013-03-30"]
    assert schedule("2013-01-31", "2013-02-28", "P2WL1", eom=True) == ["2013-01-31", "2013-02-14", "2013-02-28"]


def test_stubs_at_an_end_off_the_cycle() -> None:
    assert schedule("2013-01-01", "2013-03-15", "P1ML1") == ["2013-01-01", "2013-02-01", "2013-03-01", "2013-03-15"]
    assert schedule("2013-01-01", "2013-03-15", "P1ML0") == ["2013-01-01", "2013-02-01", "2013-03-15"]
    assert schedule("2013-01-01", "2013-03-15", "P1ML0", with_end=False) == ["2013-01-01", "2013-02-01"]


def test_a_long_stub_changes_nothing_at_an_end_on_the_cycle_or_with_one_date_only() -> None:
    assert schedule("2013-01-01", "2013-03-01", "P1ML0") == ["2013-01-01", "2013-02-01", "2013-03-01"]
    assert schedule("2013-01-01", "2013-01-15", "P1ML0") == ["2013-01-01", "2013-01-15"]


def test_an_end_of_day_is_off_a_cycle_of_starts_of_days() -> None:
    expected = ["2013-10-01", "2013-11-01", "2013-12-31T23:59:59"]
    assert schedule("2013-10-01", "2013-12-31T23:59:59", "P1ML0") == expected


def test_an_anchor_at_or_after_the_end_leaves_the_end_alone() -> None:
    assert schedule("2013-03-01", "2013-03-01", "P1ML0") == ["2013-03-01"]
    assert schedule("2013-04-01", "2013-03-01", "P1ML0", with_end=False) == []


def test_an_endless_schedule_is_refused() -> None:
    with pytest.raises(ValueError, match=str(MAX_DATES)):
        schedule("0001-01-01", "9000-01-01", "P1DL1")


anchors = st.dates(date(1990, 1, 1), date(2060, 12, 31))


@given(anchors, st.integers(1, 24), st.integers(0, 200))
def test_months_agree_with_dateutil(anchor: date, length: int, times: int) -> None:
    moment = Moment(anchor.toordinal() * 2)
    shifted = shift_cycles(moment, Cycle(length, True, False), times, end_of_month=False)
    assert date.fromordinal(shifted >> 1) == anchor + relativedelta(months=length * times)


@given(anchors, st.integers(1, 5_000), st.sampled_from("DWMQHY"), st.integers(1, 9), st.booleans(), st.booleans())
def test_schedules_rise_and_hold_anchor_and_end(
    anchor: date, length: int, unit: str, count: int, eom: bool, long: bool
) -> None:
    start, end = Moment(anchor.toordinal() * 2), Moment((anchor.toordinal() + length) * 2)
    cycle = parse_cycle(f"P{count}{unit}L{0 if long else 1}")
    moments = cycle_moments(start, end, cycle, end_of_month=eom, with_end=True)
    assert moments[0] == start
    assert moments[-1] == end
    assert all(before < after for before, after in pairwise(moments))
    assert moments[:-1] == [shift_cycles(start, cycle, times, end_of_month=eom) for times in range(len(moments) - 1)]
