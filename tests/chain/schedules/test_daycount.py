"""Day counts against figures worked by hand from the ISDA texts, and against QuantLib over random days."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.dates import Day
from chain.schedules.daycount import CONVENTIONS, day_count, year_fraction


def day(text: str) -> Day:
    return Day(date.fromisoformat(text).toordinal())


ACTUAL_ACTUAL = [
    # "EMU and market conventions", ISDA 1998: a semi-annual period, short and long first periods, and a year's end.
    ("2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
    ("1999-02-01", "1999-07-01", Fraction(150, 365)),
    ("1999-07-01", "2000-07-01", Fraction(184, 365) + Fraction(182, 366)),
    ("2002-08-15", "2003-07-15", Fraction(334, 365)),
    ("2003-07-15", "2004-01-15", Fraction(170, 365) + Fraction(14, 366)),
    ("1999-11-30", "2000-04-30", Fraction(32, 365) + Fraction(120, 366)),
    ("2003-06-01", "2006-06-01", Fraction(214, 365) + 2 + Fraction(151, 365)),
    ("2004-01-01", "2005-01-01", Fraction(1)),
    ("2013-12-01", "2014-01-01", Fraction(31, 365)),
]


@pytest.mark.parametrize(("start", "end", "expected"), ACTUAL_ACTUAL)
def test_actual_actual_isda_splits_at_the_year_end(start: str, end: str, expected: Fraction) -> None:
    assert year_fraction("AA", day(start), day(end)) == expected


# Days by 30/360 bond basis, 30U/360, 30E/360, 30E/360 ISDA, from ISDA 2006 4.16(f) to (h) and the SIA rule.
THIRTY = [
    ("2007-01-15", "2007-01-30", 15, 15, 15, 15),
    ("2007-01-15", "2007-02-15", 30, 30, 30, 30),
    ("2007-01-15", "2007-07-15", 180, 180, 180, 180),
    ("2007-09-30", "2008-03-31", 180, 180, 180, 180),
    ("2007-09-30", "2007-10-31", 30, 30, 30, 30),
    ("2007-01-15", "2007-01-31", 16, 16, 15, 15),
    ("2007-01-31", "2007-02-28", 28, 28, 28, 30),
    ("2007-02-28", "2007-03-31", 33, 30, 32, 30),
    ("2006-08-31", "2007-02-28", 178, 178, 178, 180),
    ("2007-02-28", "2007-08-31", 183, 180, 182, 180),
    ("2007-02-14", "2007-02-28", 14, 14, 14, 16),
    ("2007-02-26", "2008-02-29", 363, 363, 363, 364),
    ("2008-02-29", "2009-02-28", 359, 360, 359, 360),
    ("2008-02-29", "2008-03-30", 31, 30, 31, 30),
    ("2008-02-29", "2008-03-31", 32, 30, 31, 30),
    ("2011-08-31", "2012-02-29", 179, 179, 179, 180),
]


@pytest.mark.parametrize(("start", "end", "bond", "us", "european", "isda"), THIRTY)
def test_thirty_day_months(start: str, end: str, bond: int, us: int, european: int, isda: int) -> None:
    counted = [day_count(name).between(day(start), day(end)) for name in ("30360", "30U360", "30E360", "30E360ISDA")]
    assert counted == [bond, us, european, isda]


def test_isda_30e_keeps_the_end_of_february_when_it_is_the_maturity() -> None:
    end = day("2008-02-29")
    assert day_count("30E360ISDA", end).between(day("2007-08-31"), end) == 179
    assert day_count("30E360ISDA", day("2009-02-28")).between(day("2007-08-31"), end) == 180


def test_months_of_28_days() -> None:
    count = day_count("28E336")
    assert count.units == 336
    assert count.between(day("2024-01-15"), day("2024-02-15")) == 28
    assert count.between(day("2024-01-31"), day("2024-02-29")) == 28
    assert count.between(day("2024-01-31"), day("2025-01-31")) == 336


@pytest.mark.parametrize(("name", "expected"), [("A360", Fraction(31, 360)), ("A365", Fraction(31, 365))])
def test_actual_days_over_a_fixed_year(name: str, expected: Fraction) -> None:
    assert year_fraction(name, day("2024-01-31"), day("2024-03-02")) == expected


def test_every_spelling_names_a_convention_and_business_252_is_not_among_them() -> None:
    assert {day_count(spelling).units for spelling in CONVENTIONS} == {133_590, 360, 365, 336}
    assert "A/AISDA" in CONVENTIONS
    assert not {"B252", "BUS252"} & set(CONVENTIONS)


days = st.integers(date(1950, 1, 1).toordinal(), date(2150, 12, 31).toordinal()).map(Day)


def quantlib(when: Day) -> ql.Date:
    calendar_day = date.fromordinal(when)
    return ql.Date(calendar_day.day, calendar_day.month, calendar_day.year)


@given(days, days)
def test_agrees_with_quantlib(first: Day, second: Day) -> None:
    start, end = min(first, second), max(first, second)
    theirs = {
        "A360": ql.Actual360(),
        "A365": ql.Actual365Fixed(),
        "AA": ql.ActualActual(ql.ActualActual.ISDA),
        "30E360": ql.Thirty360(ql.Thirty360.EurobondBasis),
        "30360": ql.Thirty360(ql.Thirty360.BondBasis),
        "30U360": ql.Thirty360(ql.Thirty360.USA),
        "30E360ISDA": ql.Thirty360(ql.Thirty360.ISDA, quantlib(end)),
    }
    for name, peer in theirs.items():
        ours = year_fraction(name, start, end, maturity=end)
        assert float(ours) == pytest.approx(peer.yearFraction(quantlib(start), quantlib(end)), abs=1e-12), name


@given(days, days, days)
def test_actual_conventions_add_up_over_a_split(first: Day, second: Day, third: Day) -> None:
    start, middle, end = sorted((first, second, third))
    for name in ("AA", "A360", "A365"):
        whole = year_fraction(name, start, end)
        assert year_fraction(name, start, middle) + year_fraction(name, middle, end) == whole
