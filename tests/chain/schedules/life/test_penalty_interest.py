"""Penalty interest: on what is unpaid, from the payable-by day, after grace, whatever the order of booking."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import DayCountRule, Method, build
from chain.schedules.life import ORDERS, Kind, Payment, PenaltyRule, instalments_of, penalty_interest
from chain.schedules.plan import announced_by

START = date(2026, 1, 1)
LINES = instalments_of(build(36_500_00, 0, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 2, 1, START), START)
ORDER = ORDERS["PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"]
RULE = PenaltyRule(200_000_000, (Kind.PRINCIPAL, Kind.INTEREST), 365, 0, lambda due: due)


def accrued(day: date, *payments: Payment, rule: PenaltyRule = RULE) -> int:
    return penalty_interest(LINES, (), payments, ORDER, rule, day)


def test_nothing_accrues_up_to_and_on_the_due_date():
    assert accrued(date(2026, 2, 1)) == 0


def test_each_overdue_instalment_bears_the_rate_for_its_own_days():
    # 18250.00 at 20 % for 28 days, then two of them; 18250.00 * 0.2 / 365 = 10.00 a day
    assert accrued(date(2026, 3, 1)) == 28 * 10_00
    assert accrued(date(2026, 3, 11)) == 28 * 10_00 + 10 * 20_00


def test_a_partial_payment_lowers_the_base_from_its_own_day():
    assert accrued(date(2026, 2, 21), Payment(date(2026, 2, 11), 9_125_00)) == 10 * 10_00 + 10 * 5_00


def test_money_paid_in_advance_bears_nothing():
    assert accrued(date(2026, 2, 21), Payment(date(2026, 1, 11), 18_250_00)) == 0


@pytest.mark.parametrize(("paid_on", "penalty"), [(date(2026, 2, 4), 0), (date(2026, 2, 5), 4 * 10_00)])
def test_an_instalment_met_within_grace_bears_none_and_one_met_later_bears_all(paid_on, penalty):
    rule = replace(RULE, grace_days=3)
    assert accrued(date(2026, 2, 28), Payment(paid_on, 18_250_00), rule=rule) == penalty
    assert accrued(date(2026, 2, 4), rule=rule) == 0


def test_penalty_counts_from_the_payable_by_day_not_from_a_day_off():
    rule = replace(RULE, payable_by=announced_by(date(2026, 1, 1)).payable_by)  # 1 February 2026 is a Sunday
    assert accrued(date(2026, 2, 2), rule=rule) == 0
    assert accrued(date(2026, 2, 3), rule=rule) == 10_00


def test_payments_after_the_day_asked_for_do_not_count():
    assert accrued(date(2026, 2, 11), Payment(date(2026, 2, 12), 18_250_00)) == 10 * 10_00


def test_a_negative_rate_is_refused():
    with pytest.raises(TermInvalid, match="penalty"):
        accrued(date(2026, 3, 1), rule=replace(RULE, rate_nano=-1))


days = st.integers(0, 90).map(lambda shift: START + timedelta(days=shift))


@given(st.lists(st.tuples(days, st.integers(1, 20_000_00)), max_size=5), days, st.integers(0, 10))
def test_penalty_equals_the_sum_over_single_days(paid, day, grace):
    """Counted a second way: every day's unpaid base, for instalments not met within grace."""
    rule = replace(RULE, grace_days=grace, rate_nano=123_456_789)
    total = Fraction(0)
    for index, line in enumerate(LINES):
        graced = min(day, line.due + timedelta(days=grace))
        unpaid = {}
        for offset in range((max(day, graced) - START).days + 1):
            on = START + timedelta(days=offset)
            lines = LINES
            for when, amount in sorted(paid, key=lambda payment: payment[0]):
                if when <= min(on, day):
                    lines, _ = ORDER.pay(lines, amount, when)
            unpaid[on] = lines[index].unpaid
        if day > line.due + timedelta(days=grace) and unpaid[line.due + timedelta(days=grace)] > 0:
            total += sum(amount for on, amount in unpaid.items() if line.due <= on < day)
    exact = total * rule.rate_nano / (10**9 * 365)
    assert accrued(day, *(Payment(*payment) for payment in paid), rule=rule) == round(exact)
