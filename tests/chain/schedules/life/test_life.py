"""Payments on instalments: orders, timings, charges by date and what never changes whatever is paid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.errors import TermInvalid, TermUnsupported
from chain.schedules.ledger import DayCountRule, Method, build
from chain.schedules.life import (
    ORDERS,
    Allocation,
    AllocationStep,
    Charge,
    Future,
    Instalment,
    Kind,
    Parts,
    Payment,
    Processing,
    Timing,
    balances_on,
    charged,
    instalments_of,
    order_named,
    replay,
)

START = date(2026, 1, 1)
LINES = instalments_of(build(12_000, 120_000_000, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 4, 1, START), START)
CHARGES = (Charge(date(2026, 2, 1), Kind.FEE, 50), Charge(date(2026, 3, 15), Kind.PENALTY, 70))
OWED = sum(line.owed.total for line in LINES) + 120


def steps(*kinds: Kind) -> tuple[AllocationStep, ...]:
    return tuple(AllocationStep(timing, kind) for timing in Timing for kind in kinds)


ALLOCATIONS = [
    Allocation(steps(Kind.PENALTY, Kind.FEE, Kind.INTEREST, Kind.PRINCIPAL), processing, future)
    for processing in Processing
    for future in Future
]
EVERY_ORDER = [*ORDERS.values(), *ALLOCATIONS]
days = st.integers(0, 150).map(lambda shift: START + timedelta(days=shift))
payments = st.lists(st.builds(Payment, days, st.integers(1, 6_000)), max_size=6)


@given(payments, st.sampled_from(EVERY_ORDER))
def test_money_is_conserved_and_no_kind_is_ever_overpaid(paid, order):
    lines, state = replay(LINES, CHARGES, paid, order, date(2027, 1, 1))
    total = sum(payment.amount for payment in paid)
    assert sum(line.paid.total for line in lines) + state.credit == total
    assert state.credit == max(0, total - OWED)
    assert state.outstanding.total == max(0, OWED - total)
    assert all(0 <= line.paid.of(kind) <= line.owed.of(kind) for line in lines for kind in Kind)
    assert all((line.met_on is not None) == (line.unpaid == 0) for line in lines if line.owed.total)


@given(payments, st.sampled_from(EVERY_ORDER), st.data())
def test_splitting_a_payment_in_two_on_one_day_changes_no_balance(paid, order, data):
    if order in ALLOCATIONS and order.future is Future.REAMORTIZATION:
        return  # equal parts are rounded once per payment
    halves = []
    for payment in paid:
        part = data.draw(st.integers(0, payment.amount))
        halves += [Payment(payment.day, part), Payment(payment.day, payment.amount - part)]
    end = date(2027, 1, 1)
    assert replay(LINES, CHARGES, paid, order, end) == replay(LINES, CHARGES, halves, order, end)


def test_a_later_booked_payment_with_an_earlier_value_date_is_met_in_its_place():
    early, late = Payment(date(2026, 1, 20), 1000), Payment(date(2026, 2, 20), 2000)
    order, end = ORDERS["PENALTIES_FEES_INTEREST_PRINCIPAL_ORDER"], date(2026, 3, 1)
    assert replay(LINES, (), [late, early], order, end) == replay(LINES, (), [early, late], order, end)


def test_payments_after_the_day_asked_for_are_not_counted():
    _, state = replay(LINES, (), [Payment(date(2026, 3, 1), 5000)], ALLOCATIONS[0], date(2026, 2, 28))
    assert state.outstanding.total == OWED - 120


def test_overdue_begins_the_day_after_the_due_date():
    assert balances_on(LINES, date(2026, 2, 1)).overdue.days == 0
    overdue = balances_on(LINES, date(2026, 2, 2)).overdue
    assert (overdue.days, overdue.since, overdue.amount) == (1, date(2026, 2, 1), LINES[0].owed)


def test_horizontal_meets_one_instalment_whole_and_vertical_one_kind_over_all():
    order = steps(Kind.INTEREST, Kind.PRINCIPAL)
    day = date(2026, 3, 2)  # two instalments are past due: 3000 + 120 and 3000 + 90
    horizontal, _ = Allocation(order, Processing.HORIZONTAL).pay(LINES, 3200, day)
    vertical, _ = Allocation(order, Processing.VERTICAL).pay(LINES, 3200, day)
    assert [line.paid for line in horizontal[:2]] == [Parts(0, 0, 120, 3000), Parts(0, 0, 80, 0)]
    assert [line.paid for line in vertical[:2]] == [Parts(0, 0, 120, 2990), Parts(0, 0, 90, 0)]


@pytest.mark.parametrize(
    ("future", "paid"),
    [
        (Future.NEXT_INSTALLMENT, [3120, 880, 0, 0]),
        (Future.LAST_INSTALLMENT, [0, 0, 970, 3030]),
        (Future.REAMORTIZATION, [1000, 1000, 1000, 1000]),
    ],
)
def test_money_in_advance_meets_the_instalments_of_its_rule(future, paid):
    lines, left = Allocation(steps(Kind.INTEREST, Kind.PRINCIPAL), Processing.HORIZONTAL, future).pay(
        LINES, 4000, START
    )
    assert [line.paid.total for line in lines] == paid
    assert left == 0


def test_overdue_charges_and_interest_come_before_any_principal_under_the_rbi_order():
    lines = charged(LINES, Kind.PENALTY, 500, date(2026, 2, 1))
    paid, _ = order_named("rbi-india-strategy").pay(lines, 1000, date(2026, 3, 2))
    assert [line.paid for line in paid] == [Parts(500, 0, 120, 230), Parts(0, 0, 90, 0), Parts(0, 0, 60, 0), Parts()]


def test_advance_and_late_money_are_told_apart():
    line = LINES[0]
    line, _ = line.pay(tuple(Kind), 100, date(2026, 1, 31))
    line, _ = line.pay(tuple(Kind), 200, date(2026, 2, 1))
    line, _ = line.pay(tuple(Kind), 400, date(2026, 2, 2))
    assert (line.in_advance, line.late, line.paid.total, line.met_on) == (100, 400, 700, None)


def test_charges_go_to_the_instalment_of_their_day_and_later_ones_to_a_line_of_their_own():
    lines = LINES
    for due in (START, date(2026, 2, 1), date(2026, 2, 2), date(2026, 5, 10), date(2026, 6, 1)):
        lines = charged(lines, Kind.FEE, 10, due)
    assert [line.owed.fee for line in lines] == [20, 10, 0, 0, 20]
    assert (lines[-1].start, lines[-1].due, lines[-1].additional) == (date(2026, 5, 1), date(2026, 6, 1), True)


def test_down_payments_carry_no_charges():
    down = Instalment(START, START, Parts(principal=500), down_payment=True)
    lines = charged((down, *LINES), Kind.FEE, 10, START)
    assert [line.owed.fee for line in lines[:2]] == [0, 10]


def test_names_that_are_not_known_are_refused_by_name():
    with pytest.raises(TermUnsupported, match="payment_strategy"):
        order_named("first-come-strategy")
    with pytest.raises(TermInvalid, match="SOMETIME_INTEREST"):
        AllocationStep.parse("SOMETIME_INTEREST")
