"""Costs of an offer against independent figures, and the exact cap test."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy_financial
import pytest
import QuantLib
from hypothesis import given
from hypothesis import strategies as st

from chain.schedules.costs import (
    Flow,
    RateUnsolvable,
    annual_percentage_rate,
    check_cap,
    costs_of,
    effective_annual_rate,
    flows_of,
    periodic_rate,
    within_cap,
)
from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import DayCountRule, Method, Row, build

START = date(2026, 1, 31)


def offer(principal=100_000_00, rate=43_500_000, method=Method.EQUAL_INSTALMENT, count=12, fee=0):
    rows = build(principal, rate, method, DayCountRule.MONTHS_12, count, 1, START)
    return flows_of([Flow(START, principal)], rows, [Flow(START, fee)])


loans = st.tuples(
    st.integers(10**6, 10**9),
    st.integers(1_000_000, 400_000_000),
    st.sampled_from([Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY]),
    st.integers(1, 36),
)


@given(loans)
def test_effective_annual_rate_agrees_with_quantlib(loan):
    flows = offer(*loan)
    leg = [
        QuantLib.SimpleCashFlow(flow.amount, QuantLib.Date(flow.day.day, flow.day.month, flow.day.year))
        for flow in flows.paid
    ]
    settlement = QuantLib.Date(START.day, START.month, START.year)
    independent = QuantLib.CashFlows.yieldRate(
        leg,
        float(loan[0]),
        QuantLib.Actual365Fixed(),
        QuantLib.Compounded,
        QuantLib.Annual,
        False,
        settlement,
        settlement,
        1e-12,
        1000,
        0.1,
    )
    assert abs(effective_annual_rate(flows) - Decimal(independent)) < Decimal("1e-8")


@given(loans)
def test_periodic_rate_agrees_with_numpy_financial(loan):
    principal, rate, method, count = loan
    payments = [row.amount for row in build(principal, rate, method, DayCountRule.MONTHS_12, count, 1, START)]
    independent = numpy_financial.irr([-principal, *payments])
    assert abs(periodic_rate(principal, payments) - Decimal(float(independent))) < Decimal("1e-8")


def test_periodic_rate_of_a_loan_without_fees_is_its_nominal_rate():
    payments = [
        row.amount for row in build(10**12, 48_000_000, Method.EQUAL_PRINCIPAL, DayCountRule.MONTHS_12, 24, 1, START)
    ]
    assert abs(periodic_rate(10**12, payments) * 12 - Decimal("0.048")) < Decimal("1e-9")


@pytest.mark.parametrize(
    ("days", "paid", "apr"),
    [
        # Council Directive 87/102/EEC as amended by 90/88/EEC and 98/7/EC, Annex III, first example: 1000 lent, 1200
        # repaid after 18 months (365 + 182.5 days): 12.92 %
        (None, 1200_00, Decimal("0.1292")),
    ],
)
def test_apr_repeats_the_example_of_the_directive(days, paid, apr):
    flows = flows_of([Flow(date(2026, 1, 1), 1000_00)], [Row(date(2027, 7, 1), paid, 0)], [])
    assert round(annual_percentage_rate(flows), 4) == apr


def test_apr_of_two_yearly_repayments_repeats_the_example_of_the_directive():
    # Annex III, third example: 1000 lent, two yearly repayments of 600: 13.07 %
    rows = [Row(date(2027, 1, 1), 600_00, 0), Row(date(2028, 1, 1), 600_00, 0)]
    flows = flows_of([Flow(date(2026, 1, 1), 1000_00)], rows, [])
    assert round(annual_percentage_rate(flows), 4) == Decimal("0.1307")


def test_a_fee_raises_the_rates_and_the_total_cost():
    plain, dear = costs_of(offer()), costs_of(offer(fee=300_00))
    assert dear.effective_annual_rate > plain.effective_annual_rate
    assert dear.apr > plain.apr
    assert dear.total_cost == plain.total_cost + 300_00


@given(loans, st.sampled_from([10, 1000]))
def test_rates_do_not_depend_on_the_size_of_the_loan(loan, scale):
    principal, rate, method, count = loan
    flows = offer(principal, rate, method, count)
    larger = flows_of(
        [Flow(START, principal * scale)], [Row(flow.day, flow.amount * scale, 0) for flow in flows.paid], []
    )
    assert effective_annual_rate(flows) == effective_annual_rate(larger)


def test_an_offer_that_costs_less_than_nothing_has_a_negative_rate():
    flows = flows_of([Flow(START, 1000)], [Row(START + timedelta(days=365), 900, 0)], [])
    assert effective_annual_rate(flows) == Decimal("-0.1")


def test_no_rate_is_given_where_nothing_is_paid_back_or_nothing_received():
    with pytest.raises(RateUnsolvable):
        effective_annual_rate(flows_of([Flow(START, 1000)], [], []))
    with pytest.raises(TermInvalid):
        flows_of([], [], [])


def test_cap_check_is_exact_at_the_last_minor_unit():
    day = START + timedelta(days=365)
    for amount, within in ((1_120_000, True), (1_120_001, False)):
        check = check_cap(flows_of([Flow(START, 1_000_000)], [Row(day, amount, 0)], []), 30_000_000)
        assert (check.within, check.cap) == (within, Decimal("0.12"))


@given(loans, st.integers(0, 500_000_000))
def test_cap_test_compounds_by_stretches_so_it_is_never_stricter_than_the_nominal_rate(loan, cap):
    principal, rate, method, count = loan
    rows = build(principal, rate, method, DayCountRule.ACTUAL_365, count, 1, START)
    flows = flows_of([Flow(START, principal)], rows, [])
    slack = 1 + len(rows)  # each row's interest is rounded
    padded = flows_of([Flow(START, principal + slack)], rows, [])
    if cap >= rate:
        assert within_cap(padded, cap)
    elif (rate - cap) * principal > 10**9 * 400 * slack:
        assert not within_cap(flows, cap)
