"""Segments: what a loan, a later tranche or the rest after an early repayment is repaid by, in every method."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
import QuantLib as ql
from hypothesis import given, reject
from hypothesis import strategies as st

from chain.schedules.ledger import (
    AboveRateCap,
    DayCountRule,
    Fee,
    FeeKind,
    InstalmentsMissing,
    LevelImpossible,
    Method,
    NegativeAmortisation,
    RowsInvalid,
    Segment,
    TableRule,
    accrued,
    add_rows,
    build,
    build_segment,
    check_rate_cap,
    due_day,
    fraction,
    worth_at,
)

MANY_ROWS = [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY]
starts = st.dates(date(2000, 1, 1), date(2060, 12, 31))
rules = st.builds(
    TableRule,
    rate_nano=st.integers(0, 360_000_000),
    method=st.sampled_from(MANY_ROWS),
    day_count=st.sampled_from(DayCountRule),
    instalments=st.integers(1, 48),
    period_months=st.integers(1, 12),
)
QUANTLIB = {
    DayCountRule.ACTUAL_365: ql.Actual365Fixed(),
    DayCountRule.ACTUAL_360: ql.Actual360(),
    DayCountRule.THIRTY_360E: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCountRule.MONTHS_12: ql.Thirty360(ql.Thirty360.EurobondBasis),
    DayCountRule.ACT_ACT: ql.ActualActual(ql.ActualActual.ISDA),
}


@given(st.sampled_from(DayCountRule), starts, st.integers(0, 4000))
def test_broken_periods_count_as_quantlib_counts_them(rule, start, days):
    due = start + timedelta(days=days)
    numerator, denominator = fraction(rule, start, due)
    expected = QUANTLIB[rule].yearFraction(ql.Date(start.isoformat(), "%Y-%m-%d"), ql.Date(due.isoformat(), "%Y-%m-%d"))
    assert numerator / denominator == pytest.approx(expected, abs=1e-12)


@given(rules, st.integers(0, 10**12), starts)
def test_a_whole_table_without_fees_is_the_standard_loan(rule, balance, start):
    try:
        standard = build(
            balance, rule.rate_nano, rule.method, rule.day_count, rule.instalments, rule.period_months, start
        )
    except NegativeAmortisation:
        reject()
    assert build_segment(rule, Segment(balance, start, start)) == standard


@given(rules, st.integers(1, 10**12), starts, st.data())
def test_a_segment_repays_its_balance_on_the_loans_own_grid(rule, balance, anchor, data):
    first = data.draw(st.integers(0, rule.instalments - 1))
    earliest = due_day(rule, anchor, first - 2) if first else anchor
    span = (due_day(rule, anchor, first) - earliest).days
    since = earliest + timedelta(days=data.draw(st.integers(0, span - 1)))
    rows = build_segment(rule, Segment(balance, anchor, since, first))
    assert sum(row.principal for row in rows) == balance
    assert [row.due for row in rows] == [due_day(rule, anchor, index) for index in range(first, rule.instalments)]
    left = balance
    for index, row in enumerate(rows, first):
        begin, grid = (since if index == first else rows[index - first - 1].due), due_day(rule, anchor, index - 1)
        ratio = fraction(rule.day_count, begin, row.due, rule.period_months if begin == grid else 0)
        assert row.interest == round(Fraction(left * rule.rate_nano, 10**9) * Fraction(*ratio))
        left -= row.principal
    if rule.method is Method.EQUAL_INSTALMENT:
        repaying = [row.amount for row in rows if row.principal or row is rows[-1]]
        assert max(repaying) == repaying[0]


@given(st.integers(10**3, 10**12), st.integers(0, 240_000_000), starts, st.integers(2, 36), st.data())
def test_a_kept_instalment_takes_as_few_rows_as_it_can(balance, rate, start, count, data):
    rule = TableRule(rate, Method.EQUAL_INSTALMENT, DayCountRule.ACTUAL_365, count, 1)
    instalment = build_segment(rule, Segment(balance, start, start))[0].amount
    less = data.draw(st.integers(1, balance))
    rows = build_segment(rule, Segment(less, start, start, level=instalment))
    assert len(rows) <= count
    assert all(row.amount == instalment for row in rows[:-1])
    assert 0 < rows[-1].amount <= instalment
    assert sum(row.principal for row in rows) == less


@given(st.integers(1, 10**12), st.integers(1, 10**12), starts)
def test_a_kept_part_of_principal_takes_the_quotient_rounded_up_of_rows(balance, part, start):
    part = max(part, -(-balance // 100))
    rule = TableRule(10**8, Method.EQUAL_PRINCIPAL, DayCountRule.ACT_ACT, 360, 1)
    rows = build_segment(rule, Segment(balance, start, start, level=part))
    assert len(rows) == -(-balance // part)
    assert all(row.principal == part for row in rows[:-1])


def test_a_first_period_whose_interest_is_above_the_instalment_repays_nothing():
    rule = TableRule(240_000_000, Method.EQUAL_INSTALMENT, DayCountRule.MONTHS_12, 12, 1)
    start = date(2026, 1, 15)
    level = build_segment(rule, Segment(100_000, start, start, 0))[0].amount
    rows = build_segment(rule, Segment(100_000, start, date(2026, 1, 20), first=6, level=level))
    assert rows[0].principal == 0
    assert rows[0].interest == 13_667  # 205 days of 30E/360 at 24 %
    assert rows[0].interest > level
    assert rows[1].amount == level
    assert sum(row.principal for row in rows) == 100_000


def test_an_instalment_that_never_repays_the_balance_can_not_be_kept():
    rule = TableRule(240_000_000, Method.EQUAL_INSTALMENT, DayCountRule.MONTHS_12, 12, 1)
    with pytest.raises(NegativeAmortisation):
        build_segment(rule, Segment(100_000, date(2026, 1, 15), date(2026, 1, 15), level=2_000))


def test_the_broken_first_period_of_monthly_12_counts_by_30e_360():
    rule = TableRule(120_000_000, Method.INTEREST_ONLY, DayCountRule.MONTHS_12, 3, 1)
    rows = build_segment(rule, Segment(1_000_000, date(2028, 1, 31), date(2028, 2, 10), 0))
    assert [row.due for row in rows] == [date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]
    assert [row.interest for row in rows] == [6_333, 10_000, 10_000]  # 19 days of 30E/360, then whole months


def test_fees_fall_due_with_the_loans_first_row_or_with_each_and_never_with_a_tranche():
    fees = (Fee(FeeKind.FIRST_INSTALMENT, 500), Fee(FeeKind.EACH_INSTALMENT, 30))
    rule = TableRule(0, Method.EQUAL_PRINCIPAL, DayCountRule.ACTUAL_360, 3, 1, fees)
    start = date(2026, 5, 1)
    assert [row.fee for row in build_segment(rule, Segment(900, start, start))] == [530, 30, 30]
    assert [row.fee for row in build_segment(rule, Segment(900, start, start, first=1))] == [30, 30]
    assert [row.fee for row in build_segment(rule, Segment(900, start, start, fees=False))] == [0, 0, 0]
    assert build_segment(rule, Segment(900, start, start))[0].total == 830


def test_a_tranche_is_added_row_by_row_from_the_row_that_it_starts_with():
    rule = TableRule(60_000_000, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 3, 1)
    start = date(2026, 1, 10)
    table = build_segment(rule, Segment(300_000, start, start))
    tranche = build_segment(rule, Segment(100_000, start, date(2026, 2, 20), first=1, fees=False))
    whole = add_rows(table, tranche, 1)
    assert whole[0] == table[0]
    assert [row.principal for row in whole] == [100_000, 150_000, 150_000]
    assert sum(row.interest for row in whole) == sum(row.interest for row in (*table, *tranche))
    with pytest.raises(RowsInvalid, match="other days"):
        add_rows(table, tranche, 0)


@pytest.mark.parametrize("method", [Method.INTEREST_ONLY, Method.SINGLE_PAYMENT])
def test_a_level_is_refused_for_methods_that_have_none(method):
    count = 1 if method is Method.SINGLE_PAYMENT else 3
    rule = TableRule(0, method, DayCountRule.MONTHS_12, count, 1)
    with pytest.raises(LevelImpossible):
        build_segment(rule, Segment(100, date(2026, 1, 1), date(2026, 1, 1), level=10))


SOUND = (
    TableRule(0, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 3, 1),
    Segment(100, date(2026, 1, 1), date(2026, 1, 1)),
)


@pytest.mark.parametrize(
    ("rule", "segment"),
    [
        ({"method": Method.CUSTOM}, {}),
        ({"method": Method.SINGLE_PAYMENT}, {}),
        ({"period_months": 0}, {}),
        ({"rate_nano": -1}, {}),
        ({}, {"balance": -1}),
        ({}, {"first": 3}),
        ({}, {"start": date(2026, 2, 1)}),
    ],
)
def test_segments_that_make_no_rows_are_refused(rule, segment):
    with pytest.raises(InstalmentsMissing):
        build_segment(replace(SOUND[0], **rule), replace(SOUND[1], **segment))


def test_interest_accrued_over_no_day_is_nothing():
    rule = TableRule(10**8, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 3, 1)
    assert accrued(rule, 10**9, date(2026, 1, 31), date(2026, 1, 31)) == 0
    assert accrued(rule, 360_000, date(2026, 1, 30), date(2026, 3, 1)) == 3_100  # 31 days of 30E/360 at 10 %


def test_rows_within_the_cap_cost_no_more_than_it_and_rows_above_it_are_refused():
    start = date(2026, 1, 15)
    rule = TableRule(150_000_000, Method.EQUAL_INSTALMENT, DayCountRule.ACTUAL_365, 24, 1)
    rows = build_segment(rule, Segment(10**9, start, start))
    check_rate_cap(rows, start, 10**9, 150_000_000)
    with pytest.raises(AboveRateCap):
        check_rate_cap(rows, start, 10**9, 149_900_000)
    with pytest.raises(AboveRateCap):
        check_rate_cap([replace(rows[0], fee=100), *rows[1:]], start, 10**9, 150_000_000)


@given(rules, st.integers(0, 10**12), starts, st.integers(0, 500_000_000))
def test_the_worth_of_a_table_at_a_cap_is_its_exact_present_value(rule, balance, start, cap):
    rows = build_segment(rule, Segment(balance, start, start))
    factor, exact, since = Fraction(1), Fraction(0), start
    for row in rows:
        factor *= 1 + Fraction(cap * (row.due - since).days, 365 * 10**9)
        exact += row.total / factor
        since = row.due
    worth = worth_at(rows, start, cap)
    assert exact - Fraction(len(rows), 2**64) <= worth <= exact
