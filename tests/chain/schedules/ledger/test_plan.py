"""What lenders add to standard loans, and changes in life: principal is conserved, each addition does what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import DayCountRule, Method, Rounding, build
from chain.schedules.plan import (
    Effect,
    Fixing,
    Floating,
    InterestGrace,
    PlanTerms,
    RateStep,
    Tranche,
    announced_by,
    pay_off,
    plan,
    rate_steps,
    repay_early,
    reset_rate,
    restructure,
    state_after,
)

START = date(2026, 1, 31)
COMPUTED = [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY, Method.SINGLE_PAYMENT]


def terms(**changed) -> PlanTerms:
    return replace(
        PlanTerms(
            principal=100_000_00,
            rates=(RateStep(START, 43_500_000),),
            method=Method.EQUAL_INSTALMENT,
            day_count=DayCountRule.MONTHS_12,
            instalments=12,
            period_months=1,
            start=START,
        ),
        **changed,
    )


@given(
    st.integers(1, 10**9),
    st.integers(0, 240_000_000),
    st.sampled_from(COMPUTED),
    st.sampled_from(DayCountRule),
    st.integers(1, 36),
)
def test_a_plan_without_additions_has_the_rows_of_the_standard_loan(principal, rate, method, rule, count):
    made = plan(
        terms(principal=principal, rates=(RateStep(START, rate),), method=method, day_count=rule, instalments=count)
    )
    assert made == build(principal, rate, method, rule, count, 1, START)


@st.composite
def rich_terms(draw):
    count = draw(st.integers(3, 24))
    principal = draw(st.integers(10_000, 10**9))
    down = draw(st.sampled_from([0, principal // 5]))
    last = START + timedelta(days=28 * count - 1)
    tranches = draw(st.lists(st.tuples(st.dates(START + timedelta(days=1), last), st.integers(1, 10**8)), max_size=2))
    steps = draw(st.lists(st.tuples(st.dates(START, last), st.integers(0, 200_000_000)), max_size=2))
    return terms(
        principal=principal,
        down_payment=down,
        balloon=draw(st.sampled_from([0, (principal - down) // 3])),
        method=draw(st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY])),
        day_count=draw(st.sampled_from(DayCountRule)),
        rounding=draw(st.sampled_from(Rounding)),
        multiple=draw(st.sampled_from([1, 100, 1000])),
        instalments=count,
        principal_grace=draw(st.integers(0, 2)),
        interest_grace=draw(st.integers(0, 2)),
        interest_grace_rule=draw(st.sampled_from(InterestGrace)),
        tranches=tuple(Tranche(*tranche) for tranche in sorted(tranches)),
        rates=(RateStep(START, draw(st.integers(0, 200_000_000))), *(RateStep(*step) for step in sorted(steps))),
        weights=draw(st.sampled_from([(), tuple(1 + index // 6 for index in range(count))])),
    )


@given(rich_terms())
def test_whatever_is_added_principal_is_conserved_dates_rise_and_nothing_is_negative(loan):
    rows = plan(loan)
    assert sum(row.principal for row in rows) == loan.disbursed
    assert all(row.principal >= 0 and row.interest >= 0 for row in rows)
    days = [row.due for row in rows]
    assert days == sorted(set(days))


def test_principal_grace_pays_interest_only_and_then_equal_instalments():
    rows = plan(terms(principal_grace=3))
    assert [row.principal for row in rows[:3]] == [0, 0, 0]
    assert len({row.amount for row in rows[3:-1]}) == 1


def test_deferred_interest_is_collected_with_the_first_instalment_after_the_grace_and_free_interest_never():
    deferred = plan(terms(interest_grace=2, method=Method.INTEREST_ONLY))
    free = plan(terms(interest_grace=2, interest_grace_rule=InterestGrace.FREE, method=Method.INTEREST_ONLY))
    assert [row.interest for row in deferred[:4]] == [0, 0, 3 * 36250, 36250]
    assert [row.interest for row in free[:4]] == [0, 0, 36250, 36250]


def test_balloon_is_due_with_the_last_instalment_on_top():
    rows = plan(terms(balloon=30_000_00))
    level = rows[0].amount
    assert level + 30_000_00 - 12 <= rows[-1].amount <= level + 30_000_00


def test_instalment_multiple_keeps_every_instalment_but_the_last_a_multiple():
    rows = plan(terms(multiple=100_00))
    assert {row.amount % 100_00 for row in rows[:-1]} == {0}
    assert rows[-1].amount <= rows[0].amount


def test_seasonal_weights_never_push_an_instalment_below_its_interest():
    rows = plan(terms(weights=(0, 0, 0, 1) * 3))
    assert [row.principal for row in rows[:3]] == [0, 0, 0]
    assert rows[3].amount == rows[7].amount


def test_custom_rows_are_taken_as_given_and_must_add_up():
    principals = (10_000_00, 0, 90_000_00)
    rows = plan(terms(method=Method.CUSTOM, instalments=3, principals=principals))
    assert tuple(row.principal for row in rows) == principals
    with pytest.raises(TermInvalid, match="principals"):
        plan(terms(method=Method.CUSTOM, instalments=3, principals=(1, 2, 3)))


def test_tranche_bears_interest_from_its_own_day():
    day = date(2026, 2, 14)
    (row, *_) = plan(terms(tranches=(Tranche(day, 50_000_00),)))
    assert row.interest == round(100_000_00 * 0.0435 / 12 + 50_000_00 * 0.0435 / 12 * 14 / 28)


def test_floating_rate_follows_the_newest_published_fixing_within_its_bounds():
    fixings = [
        Fixing(date(2026, 1, 20), 30_000_000),
        Fixing(date(2026, 12, 21), 35_000_000),
        Fixing(date(2027, 12, 20), 90_000_000),
    ]
    rule = Floating(spread_nano=5_000_000, reset_months=12, first_reset=date(2027, 1, 1), cap_nano=60_000_000)
    steps = rate_steps(rule, fixings, START, date(2028, 6, 1))
    assert steps == (
        RateStep(START, 35_000_000),
        RateStep(date(2027, 1, 1), 40_000_000),
        RateStep(date(2028, 1, 1), 60_000_000),
    )


def test_floating_rate_without_a_fixing_as_old_as_the_start_is_refused():
    with pytest.raises(TermInvalid, match="fixings"):
        rate_steps(Floating(0, 12, date(2027, 1, 1)), [Fixing(date(2026, 6, 1), 1)], START, date(2028, 1, 1))


def test_a_reset_levels_the_instalment_anew():
    rows = plan(terms(rates=(RateStep(START, 43_500_000), RateStep(date(2026, 7, 31), 30_000_000))))
    assert rows[5].amount == rows[0].amount
    assert rows[6].amount < rows[0].amount
    assert len({row.amount for row in rows[6:-1]}) == 1


early = st.tuples(st.integers(0, 10), st.integers(0, 26), st.integers(1_000_00, 60_000_00))


@given(
    early,
    st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY]),
    st.sampled_from(Effect),
)
def test_early_repayment_conserves_what_is_owed_and_shortens_or_lowers(change, method, effect):
    paid, after, amount = change
    loan = terms(method=method)
    rows = plan(loan)
    state = state_after(loan, rows, paid)
    day = state.ahead[0].start + timedelta(days=after)
    most = pay_off(state, day)
    assert most.principal == state.balance
    settled = repay_early(state, day, min(amount, most.principal + most.interest), effect)
    assert settled.interest + settled.principal == min(amount, most.principal + most.interest)
    assert settled.principal + sum(row.principal for row in settled.rows) == state.balance
    before = rows[paid:]
    if effect is Effect.SHORTEN_TERM:
        assert len(settled.rows) <= len(before)
    else:
        assert [row.due for row in settled.rows] in ([], [row.due for row in before])
    assert sum(row.interest for row in settled.rows) + settled.interest <= sum(row.interest for row in before) + 12


def test_shortening_keeps_the_instalment_and_lowering_keeps_the_last_date():
    loan = terms()
    rows = plan(loan)
    state = state_after(loan, rows, 3)
    shorter = repay_early(state, date(2026, 5, 10), 20_000_00, Effect.SHORTEN_TERM)
    lower = repay_early(state, date(2026, 5, 10), 20_000_00, Effect.LOWER_INSTALMENT)
    assert shorter.rows[0].amount == rows[0].amount
    assert shorter.rows[-1].due < rows[-1].due
    assert lower.rows[-1].due == rows[-1].due
    assert lower.rows[0].amount < rows[0].amount


def test_more_than_is_owed_is_refused():
    loan = terms()
    state = state_after(loan, plan(loan), 3)
    with pytest.raises(TermInvalid, match="amount"):
        repay_early(state, date(2026, 5, 10), 100_000_00, Effect.SHORTEN_TERM)


def test_rate_reset_keeps_the_principal_and_the_dates():
    loan = terms()
    rows = plan(loan)
    state = state_after(loan, rows, 6)
    reset = reset_rate(state, state.ahead[0].start, 30_000_000)
    assert sum(row.principal for row in reset) == state.balance
    assert [row.due for row in reset] == [row.due for row in rows[6:]]
    assert reset[0].amount < rows[0].amount


def test_restructure_starts_from_the_current_balance_and_nothing_else():
    loan = terms()
    state = state_after(loan, plan(loan), 6)
    fresh = terms(principal=state.balance, start=state.ahead[0].start, instalments=24)
    assert sum(row.principal for row in restructure(state, fresh)) == state.balance
    with pytest.raises(TermInvalid, match="principal"):
        restructure(state, replace(fresh, principal=state.balance - 1))


@given(st.dates(date(2018, 1, 1), date(2026, 12, 31)))
def test_chinese_working_days_agree_with_chinesecalendar(day):
    assert announced_by(date(2026, 1, 1)).is_working(day) == chinese_calendar.is_workday(day)


def test_a_year_counts_only_from_the_day_it_was_announced():
    golden_week = date(2026, 10, 1)
    assert announced_by(date(2025, 11, 3)).is_working(golden_week)
    assert not announced_by(date(2025, 11, 3)).known(golden_week)
    assert announced_by(date(2025, 11, 4)).payable_by(golden_week) == date(2026, 10, 8)


def test_unknown_terms_of_a_plan_are_named():
    for change, named in (
        ({"balloon": 10**9}, "balloon"),
        ({"weights": (1,)}, "weights"),
        ({"multiple": 0}, "multiple"),
    ):
        with pytest.raises(TermInvalid, match=named):
            plan(terms(**change))
