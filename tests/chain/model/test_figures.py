"""Derived figures on given days, against sums done by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chain.model import EarlyKind, FiveTier, Kind, LoanTerms, PayeeFee, PenaltyBase, Refused, State, figures, payoff
from chain.model import commands as c
from chain.model.figures import tier_of
from chain.model.state import WorkingDays
from chain.schedules.ledger import DayCountRule, Fee, FeeKind, Method

START = date(2026, 1, 31)
# Three rows: 40,000 each with 1,200, 800 and 400 of interest; a fee of 100 with each.
TERMS = LoanTerms(
    platform="platform",
    borrower="borrower",
    principal=120_000,
    funding_deadline=START,
    rate_nano=120_000_000,
    day_count=DayCountRule.MONTHS_12,
    method=Method.EQUAL_PRINCIPAL,
    instalments=3,
    period_months=1,
    first_tranche=120_000,
    penalty_base=PenaltyBase.INSTALMENT,
    penalty_replaces=True,
    penalty_rate_nano=360_000_000,
    early_kinds=EarlyKind.TOTAL,
    early_fee_nano=10_000_000,
    calendar=1,
    fees=(PayeeFee(Fee(FeeKind.EACH_INSTALMENT, 100), "payee"),),
)
# The first row is due on Saturday 28 February; Monday and Tuesday after it are closed.
DAYS = WorkingDays(START, date(2026, 12, 31), frozenset(date(2026, 2, 28) + timedelta(days=n) for n in range(4)))


@pytest.fixture
def deal(bench):
    """The loan, paid out on the first day, as it stands when another day is the business date."""

    def on(day):
        return bench.on(bench.run(bench.active(TERMS), c.PublishWorkingDays(1, DAYS)), day)

    return on


def test_before_anything_is_due_the_next_row_is_named(bench, deal):
    known = figures(deal(date(2026, 2, 10)), bench.deal, date(2026, 2, 10))
    assert known.total_due == known.arrears == known.days_past_due == 0
    assert known.next_due == (date(2026, 2, 28), 40_000 + 1_200 + 100)
    assert known.tier is FiveTier.NORMAL
    # 120,000 at 12 % for 10 days of 30E/360 (30 January to 10 February), and 1 % for all principal repaid early.
    assert known.payoff == 120_000 + 400 + 1_200


def test_a_row_that_is_due_on_a_holiday_is_not_late_before_its_payable_by_day(bench, deal):
    known = figures(deal(date(2026, 3, 4)), bench.deal, date(2026, 3, 4))
    assert known.due == {Kind.FEE: 100, Kind.INTEREST: 1_200, Kind.PRINCIPAL: 40_000}
    assert (known.penalty, known.arrears, known.days_past_due) == (0, 0, 0)


def test_lateness_and_penalty_interest_count_from_the_payable_by_day(bench, deal):
    known = figures(deal(date(2026, 3, 14)), bench.deal, date(2026, 3, 14))
    assert known.days_past_due == 10
    assert known.penalty == 412  # 41,200 at 36 % for 10 days of 360
    assert known.arrears == 41_300 + 412
    assert known.total_due == 41_712
    assert known.next_due == (date(2026, 3, 31), 40_900)
    assert known.tier is FiveTier.SPECIAL_MENTION


def test_paying_what_is_due_leaves_nothing_due(bench, deal):
    day = date(2026, 3, 14)
    state = bench.paid(deal(day), figures(deal(day), bench.deal, day).total_due, day)
    known = figures(state, bench.deal, day)
    assert (known.total_due, known.arrears, known.penalty, known.days_past_due) == (0, 0, 0, 0)
    assert state.account_of(bench.deal).earned == 1_200 + 412
    assert state.account_of(bench.deal).fees == 100


def test_days_before_the_last_value_date_have_no_figures(bench, deal):
    state = bench.paid(deal(date(2026, 3, 1)), 500, date(2026, 3, 1))
    with pytest.raises(Refused, match="ValueDateInvalid"):
        figures(state, bench.deal, date(2026, 2, 27))


def test_all_rows_paid_but_the_penalty_keeps_the_loan_active(bench, deal):
    day = date(2026, 7, 1)
    state = deal(day)
    rows = 120_000 + 2_400 + 300
    state = bench.paid(state, rows, day)
    assert state.loan(bench.deal).state is State.ACTIVE
    owed = figures(state, bench.deal, day).penalty
    assert owed > 0
    state = bench.paid(state, owed, day)
    assert state.loan(bench.deal).state is State.REPAID


@pytest.mark.parametrize(
    ("days", "tier"),
    [
        (0, FiveTier.NORMAL),
        (1, FiveTier.SPECIAL_MENTION),
        (90, FiveTier.SPECIAL_MENTION),
        (91, FiveTier.SUBSTANDARD),
        (270, FiveTier.SUBSTANDARD),
        (271, FiveTier.DOUBTFUL),
        (360, FiveTier.DOUBTFUL),
        (361, FiveTier.LOSS),
    ],
)
def test_the_lowest_class_follows_from_days_past_due(days, tier):
    assert tier_of(days) is tier


def test_money_held_for_the_borrower_is_not_late(bench):
    """A tranche loan holds what is paid beyond the running row; the next row falls due while it is held."""
    terms = replace(TERMS, first_tranche=60_000, available_through=date(2026, 12, 31), calendar=0)
    state = bench.paid(bench.active(terms), 60_000, date(2026, 2, 10))
    known = figures(state, bench.deal, date(2026, 4, 20))
    assert known.overpaid > known.due[Kind.PRINCIPAL] > 0
    assert (known.penalty, known.arrears, known.days_past_due, known.total_due) == (0, 0, 0, 0)
    later = bench.paid(state, 1, date(2026, 4, 20))
    assert later.loan(bench.deal).history[-1].posted.accrued == 0


def test_a_tranche_drawn_yesterday_bears_no_more_than_the_row_that_follows(bench):
    terms = replace(TERMS, first_tranche=12_000, available_through=date(2026, 12, 31), calendar=0)
    state = bench.on(bench.active(terms), date(2026, 2, 26))
    at = state.loan(bench.deal).length
    state = bench.run(
        state,
        c.Draw(bench.deal, at, 108_000, bench.order(), date.max),
        c.Instruct(bench.deal, at + 1),
        c.Settle(bench.deal, at + 2, date(2026, 2, 26), bench.entry()),
    )
    following = state.account_of(bench.deal).rows[0]
    assert following.interest == 120 + 72  # a month on 12,000 and two days of 30E/360 on 108,000, at 12 %
    day = date(2026, 2, 27)
    cost = payoff(terms, state.account_of(bench.deal), day, state.payable_by(terms))
    assert cost.accrued == following.interest
