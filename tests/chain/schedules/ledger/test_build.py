"""Standard schedules: conservation, the one smallest levelling instalment, exact interest, independent figures."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy_financial
import pytest
from hypothesis import assume, given, reject
from hypothesis import strategies as st

from chain.schedules.ledger import (
    DayCountRule,
    InstalmentsMissing,
    Method,
    NegativeAmortisation,
    Rounding,
    Row,
    RowsInvalid,
    balances,
    build,
    check,
    divide,
    due_date,
    level_instalment,
    periods,
)

COMPUTED = [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY, Method.SINGLE_PAYMENT]
principals = st.integers(min_value=0, max_value=10**13)
rates = st.integers(min_value=0, max_value=480_000_000)
starts = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))
terms = st.tuples(
    principals,
    rates,
    st.sampled_from(COMPUTED),
    st.sampled_from(DayCountRule),
    st.integers(1, 60),
    st.integers(1, 12),
    starts,
)


def built(loan: tuple) -> tuple[Row, ...]:
    """The rows; a loan whose longest month costs more interest than its instalment is not among the examples."""
    try:
        return build(*loan)
    except NegativeAmortisation:
        reject()


def test_an_instalment_that_does_not_cover_a_long_month_is_refused_and_not_hidden():
    with pytest.raises(NegativeAmortisation):
        build(10**8, 240_000_000, Method.EQUAL_INSTALMENT, DayCountRule.ACTUAL_365, 360, 1, date(2026, 1, 1))


@given(terms)
def test_rows_repay_the_principal_exactly_on_rising_dates_without_negative_amounts(loan):
    principal, _, method, _, count, months, start = loan
    rows = built(loan)
    assert sum(row.principal for row in rows) == principal
    assert len(rows) == (1 if method is Method.SINGLE_PAYMENT else count)
    days = [start, *(row.due for row in rows)]
    assert all(early < late for early, late in pairwise(days))
    assert rows[-1].due == due_date(start, count * months)
    assert min((min(row.principal, row.interest) for row in rows), default=0) >= 0
    assert min(balances(rows, principal)) == 0


@given(terms)
def test_interest_of_every_row_is_the_half_even_rounding_of_the_exact_ratio(loan):
    principal, rate, method, rule, count, months, start = loan
    assume(method is not Method.SINGLE_PAYMENT)
    balance = principal
    for row, period in zip(built(loan), periods(start, count, months, rule), strict=True):
        exact = Fraction(balance * rate * period.numerator, 10**9 * period.denominator)
        assert row.interest == round(exact)  # Python rounds halves to even
        balance -= row.principal


@given(principals, rates, st.sampled_from(DayCountRule), st.integers(2, 60), starts)
def test_equal_instalment_is_the_smallest_that_leaves_a_last_one_not_above_it(principal, rate, rule, count, start):
    plan = periods(start, count, 1, rule)
    level = level_instalment(principal, [rate] * count, plan, Rounding.HALF_EVEN)
    rows = built((principal, rate, Method.EQUAL_INSTALMENT, rule, count, 1, start))
    assert rows[-1].amount <= level
    assert all(row.amount <= level for row in rows)
    if level:
        balance = principal
        for period in plan[:-1]:
            interest = divide(balance * rate * period.numerator, 10**9 * period.denominator, Rounding.HALF_EVEN)
            balance = max(0, balance + interest - (level - 1))
        last = plan[-1]
        assert balance + round(Fraction(balance * rate * last.numerator, 10**9 * last.denominator)) > level - 1


@given(st.integers(10**4, 10**10), rates, st.integers(1, 60), starts, st.sampled_from([10, 100, 1000]))
def test_equal_instalment_scales_with_the_principal_up_to_rounding(principal, rate, count, start, scale):
    plan = periods(start, count, 1, DayCountRule.MONTHS_12)
    one = level_instalment(principal, [rate] * count, plan, Rounding.HALF_EVEN)
    many = level_instalment(principal * scale, [rate] * count, plan, Rounding.HALF_EVEN)
    assert abs(many - one * scale) <= 2 * scale


@given(st.integers(10**6, 10**10), st.integers(1_000_000, 360_000_000), st.integers(2, 120))
def test_equal_instalment_agrees_with_numpy_financial(principal, rate, count):
    plan = periods(date(2026, 1, 1), count, 1, DayCountRule.MONTHS_12)
    level = level_instalment(principal, [rate] * count, plan, Rounding.HALF_EVEN)
    independent = -numpy_financial.pmt(rate / 1e9 / 12, count, principal)
    assert abs(level - independent) <= 2


def test_a_loan_of_the_31st_returns_to_the_31st_after_february():
    rows = build(1_000_00, 0, Method.EQUAL_PRINCIPAL, DayCountRule.ACTUAL_365, 3, 1, date(2028, 1, 31))
    assert [row.due for row in rows] == [date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]


def test_more_instalments_than_minor_units_leave_empty_rows_at_the_end():
    rows = build(5, 0, Method.EQUAL_INSTALMENT, DayCountRule.MONTHS_12, 12, 1, date(2026, 1, 1))
    assert [row.principal for row in rows] == [1] * 5 + [0] * 7


def test_single_payment_charges_the_interest_of_the_whole_term_at_once():
    (row,) = build(1_000_000, 60_000_000, Method.SINGLE_PAYMENT, DayCountRule.MONTHS_12, 6, 1, date(2026, 1, 15))
    assert row == Row(date(2026, 7, 15), 1_000_000, 30_000)


@pytest.mark.parametrize(
    ("value", "even", "up", "down"), [(25, 2, 3, 2), (35, 4, 4, 3), (-25, -2, -3, -2), (26, 3, 3, 2)]
)
def test_rounding_of_halves(value, even, up, down):
    rounded = [divide(value, 10, rounding) for rounding in (Rounding.HALF_EVEN, Rounding.HALF_UP, Rounding.DOWN)]
    assert rounded == [even, up, down]


@pytest.mark.parametrize(
    ("method", "count", "months"),
    [(Method.CUSTOM, 3, 1), (Method.EQUAL_PRINCIPAL, 0, 1), (Method.EQUAL_PRINCIPAL, 3, 0)],
)
def test_terms_that_make_no_rows_are_refused(method, count, months):
    with pytest.raises(InstalmentsMissing):
        build(1000, 0, method, DayCountRule.MONTHS_12, count, months, date(2026, 1, 1))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([Row(date(2026, 2, 1), 99, 0)], "99"),
        ([Row(date(2026, 1, 1), 100, 0)], "not after"),
        ([Row(date(2026, 2, 1), 101, 0), Row(date(2026, 3, 1), -1, 0)], "negative"),
    ],
)
def test_rows_that_are_no_schedule_are_refused_with_the_reason(rows, reason):
    with pytest.raises(RowsInvalid, match=reason):
        check(rows, 100, date(2026, 1, 1))


@given(starts, st.integers(0, 400))
def test_due_dates_keep_the_day_of_the_month_or_the_last(start, months):
    day = due_date(start, months)
    assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == months
    assert day.day == start.day or (day + timedelta(days=1)).day == 1
