"""What always holds of the reference model, whatever the terms and the payments; ids as in docs/invariants.md."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chain.model import Allocation, EarlyKind, Kind, LoanTerms, PayeeFee, PenaltyBase, Refused, State, payoff
from chain.model import commands as c
from chain.model.events import Paid
from chain.model.terms import KINDS_ORDERS
from chain.schedules.ledger import DayCountRule, Fee, FeeKind, Method

START = date(2026, 1, 31)
few = settings(max_examples=40, deadline=None)
LEVEL = [Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL]


@st.composite
def deals(draw, methods=(*LEVEL, Method.INTEREST_ONLY, Method.SINGLE_PAYMENT), tranches=True) -> LoanTerms:
    method = draw(st.sampled_from(methods))
    principal = draw(st.one_of(st.integers(10, 500), st.integers(10**4, 10**9), st.just(10**17 + 1)))
    in_tranches = tranches and draw(st.booleans())
    base = draw(st.sampled_from(PenaltyBase))
    return LoanTerms(
        platform="platform",
        borrower="borrower",
        principal=principal,
        funding_deadline=START,
        rate_nano=draw(st.integers(0, 240_000_000)),
        day_count=draw(st.sampled_from(DayCountRule)),
        method=method,
        instalments=1 if method is Method.SINGLE_PAYMENT else draw(st.integers(1, 8)),
        period_months=draw(st.integers(1, 3)),
        first_tranche=draw(st.integers(1, principal - 1)) if in_tranches else principal,
        available_through=START + timedelta(days=90) if in_tranches else None,
        rate_shares=draw(st.sampled_from([(1,), (1, 2), (3, 1, 100)])),
        order=draw(st.sampled_from(Allocation)),
        kinds=draw(st.sampled_from(KINDS_ORDERS)),
        penalty_first=draw(st.booleans()),
        penalty_base=base,
        penalty_replaces=draw(st.booleans()),
        penalty_rate_nano=draw(st.integers(0, 10**9)) if base else 0,
        grace_days=draw(st.sampled_from([0, 5])),
        early_kinds=EarlyKind.TOTAL | EarlyKind.SHORTEN | EarlyKind.LOWER,
        early_fee_nano=draw(st.sampled_from([0, 10_000_000, 333_333_333])),
        fees=tuple(
            PayeeFee(Fee(kind, draw(st.integers(1, 50))), "payee")
            for kind in draw(st.lists(st.sampled_from(FeeKind), max_size=2))
        ),
    )


# (days after the payment before, part of the principal in thousandths)
courses = st.lists(st.tuples(st.integers(0, 70), st.integers(1, 1500)), min_size=1, max_size=5)


def amounts(terms, course):
    day = START
    for days, thousandths in course:
        day += timedelta(days=days)
        yield day, max(1, terms.principal * thousandths // 1000)


def lived(bench, terms, course):
    """The ledger after payments, as long as the loan takes them."""
    state = bench.active(terms)
    for day, amount in amounts(terms, course):
        state = bench.on(state, day)
        if state.loan(bench.deal).state is State.ACTIVE:
            state = bench.paid(state, amount, day)
    return state


def without_history(state, name):
    """What counts of a loan: everything but how it came to be."""
    loan = state.loan(name)
    events = tuple(replace(event, seq=0) if isinstance(event, Paid) else event for event in loan.events)
    return replace(loan, history=(), events=events, repaid_on=None), state.account_of(name)


@few
@given(terms=deals(), course=courses)
def test_i3_every_payment_is_used_whole(bench, terms, course):
    held = 0
    for entry in lived(bench, terms, course).loan(bench.deal).history:
        if entry.posted:
            used = entry.posted
            parts = (used.fee, used.penalty, used.interest, used.principal, used.overpaid)
            assert used.amount + held == sum(parts)
            assert min(*parts, used.accrued) >= 0
            held = used.overpaid


@few
@given(terms=deals(), course=courses)
def test_i3_what_was_drawn_is_repaid_outstanding_or_both_and_rows_owe_exactly_that(bench, terms, course):
    account = lived(bench, terms, course).account_of(bench.deal)
    assert account.drawn == account.repaid + account.outstanding
    assert sum(owed[Kind.PRINCIPAL] for owed in account.owed()) == account.outstanding
    assert min(min(owed.values()) for owed in account.owed()) >= 0


@few
@given(terms=deals(), course=courses, data=st.data())
def test_i2_i7_money_comes_in_and_goes_out_and_the_rest_is_held(bench, terms, course, data):
    state = lived(bench, terms, course)
    booked = terms.principal - terms.first_tranche
    booked += sum(event.amount for event in state.loan(bench.deal).events if isinstance(event, Paid))
    assert state.supply == booked
    state = bench.claimed(state, *bench.lenders)
    assert state.supply == booked
    payments = [event for event in state.loan(bench.deal).events if isinstance(event, Paid)]
    gone = data.draw(st.sampled_from(payments))
    after = bench.run(state, c.Reverse(bench.deal, gone.seq, bench.entry()))
    assert after.supply - after.bank_claims == booked - gone.amount
    assert after.wallets == state.wallets
    loan = after.loan(bench.deal)
    assert loan.cash >= loan.undrawn


@few
@given(terms=deals(), course=courses)
def test_i4_units_earn_exactly_what_is_distributed_and_claims_stay_within_cash(bench, terms, course):
    state = lived(bench, terms, course)
    loan, account = state.loan(bench.deal), state.account_of(bench.deal)
    assert loan.weighted == sum(
        position.units * terms.rate_shares[position.units_class] for position in loan.positions.values()
    )
    earned = account.repaid + account.earned
    assert sum(position.numerator for position in loan.positions.values()) == earned * loan.denominator
    assert sum(loan.claimable(subject) for subject in loan.positions) <= loan.cash - loan.undrawn - account.overpaid
    after = bench.claimed(state, *bench.lenders).loan(bench.deal)
    assert after.cash >= after.undrawn + account.overpaid
    assert all(after.claimable(subject) == 0 for subject in after.positions)
    assert after.cash - after.undrawn - account.overpaid - account.fees < len(after.positions)


@few
@given(terms=deals(), course=courses)
def test_the_order_of_independent_claims_is_irrelevant(bench, terms, course):
    state = lived(bench, terms, course)
    ends = [bench.claimed(state, *lenders) for lenders in permutations(bench.lenders)]
    assert all(end.wallets == ends[0].wallets for end in ends)
    assert all(without_history(end, bench.deal) == without_history(ends[0], bench.deal) for end in ends)


@few
@given(terms=deals(), course=courses, units=st.integers(1, 10**9), price=st.sampled_from([0, 7]))
def test_a_transfer_moves_units_with_their_earnings_and_loses_nothing(bench, terms, course, units, price):
    state = lived(bench, terms, course)
    loan = state.loan(bench.deal)
    assume(loan.state is State.ACTIVE)
    seller, buyer = "first's subject", "buyer's subject"
    held = loan.position(seller)
    state = bench.run(state, c.Deposit("buyer", 7, bench.entry()))
    sale = c.Transfer(bench.deal, loan.length, "first", "buyer", min(units, held.units), price, bench.order(), date.max)
    after = bench.run(state, sale)
    sold, bought = after.loan(bench.deal).position(seller), after.loan(bench.deal).position(buyer)
    assert sold.numerator + bought.numerator == held.numerator
    assert sold.units + bought.units == held.units
    assert bought.units_class == held.units_class
    # Per unit nobody gains: what moved is the units' own part, rounded down by less than one part of a minor unit.
    assert 0 <= held.numerator * bought.units - bought.numerator * held.units < held.units
    assert after.wallets["first"] - state.wallets["first"] == state.wallets["buyer"] - after.wallets["buyer"] == price
    assert after.supply == state.supply


@few
@given(terms=deals(), course=courses, amount=st.integers(1, 10**9), wait=st.integers(0, 60))
def test_a_payment_that_is_reversed_leaves_no_trace_but_history(bench, terms, course, amount, wait):
    state = lived(bench, terms, course)
    assume(state.loan(bench.deal).state is State.ACTIVE)
    state = bench.on(state, state.today + timedelta(days=wait))
    seq = state.loan(bench.deal).length + 1
    paid = bench.paid(state, amount, state.today)
    undone = bench.run(paid, c.Reverse(bench.deal, seq, bench.entry()))
    assert without_history(undone, bench.deal) == without_history(state, bench.deal)
    assert (undone.wallets, undone.supply, undone.exposures, undone.platforms) == (
        state.wallets,
        state.supply,
        state.exposures,
        state.platforms,
    )


@few
@given(terms=deals(), course=courses, amount=st.integers(2, 10**9), data=st.data())
def test_a_payment_split_on_one_day_does_what_the_whole_does(bench, terms, course, amount, data):
    state = lived(bench, terms, course)
    assume(state.loan(bench.deal).state is State.ACTIVE)
    part = data.draw(st.integers(1, amount - 1))
    whole = bench.paid(state, amount, state.today)
    first = bench.paid(state, part, state.today)
    assume(first.loan(bench.deal).state is State.ACTIVE)
    both = bench.paid(first, amount - part, state.today)
    ours, theirs = without_history(whole, bench.deal), without_history(both, bench.deal)
    assert replace(ours[0], events=()) == replace(theirs[0], events=())
    assert ours[1] == theirs[1]


@few
@given(terms=deals(), course=courses, data=st.data())
def test_a_payment_put_in_later_counts_as_if_it_had_come_in_time(bench, terms, course, data):
    payments = list(amounts(terms, course))
    late = data.draw(st.integers(0, len(payments) - 1))
    state = bench.on(bench.active(terms), payments[-1][0])
    for day, amount in payments[:late] + payments[late + 1 :]:
        assume(state.loan(bench.deal).state is State.ACTIVE)
        state = bench.paid(state, amount, day)
    day, amount = payments[late]
    following = [event.seq for event in state.loan(bench.deal).events if isinstance(event, Paid) and event.day > day]
    assume(following)
    corrected = bench.run(state, c.Insert(bench.deal, following[0], (bench.receipt(amount, day),)))
    timely = bench.on(bench.active(terms), payments[-1][0])
    for when, money in sorted(payments[:late] + payments[late + 1 :] + [(day, amount)], key=lambda one: one[0]):
        assume(timely.loan(bench.deal).state is State.ACTIVE)
        timely = bench.paid(timely, money, when)
    assert corrected.account_of(bench.deal) == timely.account_of(bench.deal)
    assert corrected.loan(bench.deal).positions == timely.loan(bench.deal).positions


@few
@given(terms=deals(tranches=False), course=courses, wait=st.integers(0, 40))
def test_the_payoff_amount_repays_a_loan_and_one_minor_unit_less_does_not(bench, terms, course, wait):
    state = lived(bench, terms, course)
    assume(state.loan(bench.deal).state is State.ACTIVE)
    state = bench.on(state, state.today + timedelta(days=wait))
    account = state.account_of(bench.deal)
    needed = payoff(terms, account, state.today, state.payable_by(terms)).total - account.overpaid
    assume(needed > 1)
    order = (EarlyKind.TOTAL, bench.order(), date.max)
    repaid = bench.run(state, c.RepayEarly(bench.receipt(needed, state.today), *order))
    assert repaid.loan(bench.deal).state is State.REPAID
    assert repaid.account_of(bench.deal).outstanding == repaid.account_of(bench.deal).overpaid == 0
    with pytest.raises(Refused, match="EarlyTooSmall"):
        bench.run(state, c.RepayEarly(bench.receipt(needed - 1, state.today), *order))


@few
@given(
    terms=deals(methods=LEVEL, tranches=False),
    course=courses,
    kind=st.sampled_from([EarlyKind.SHORTEN, EarlyKind.LOWER]),
    part=st.integers(1, 999),
)
def test_the_table_after_an_early_repayment_repays_what_is_left(bench, terms, course, kind, part):
    state = lived(bench, terms, course)
    assume(state.loan(bench.deal).state is State.ACTIVE)
    before = state.account_of(bench.deal)
    cost = payoff(terms, before, state.today, state.payable_by(terms))
    # Enough for a whole minor unit of principal with its fee, and not for all.
    amount = cost.due + cost.accrued + 3 + cost.principal * part // 1000
    assume(amount > before.overpaid and cost.principal > 10)
    seq = state.loan(bench.deal).length + 1
    order = (kind, bench.order(), date.max)
    after = bench.run(state, c.RepayEarly(bench.receipt(amount - before.overpaid, state.today), *order))
    account = after.account_of(bench.deal)
    early = after.loan(bench.deal).history[seq - 1].early
    assert sum(row.principal for row in account.rows) == account.outstanding == cost.principal - early.prepaid > 0
    assert (account.start, account.offset) == (after.today, early.first)
    assert cost.due + cost.accrued + early.prepaid + early.fee + account.overpaid == amount
    left = len(before.rows) - (early.first - before.offset)
    # A first period that began before the old one's row was due may cost a shortened table a row.
    assert len(account.rows) == left if kind is EarlyKind.LOWER else len(account.rows) <= left + 1
    undone = bench.run(after, c.Reverse(bench.deal, seq, bench.entry()))
    assert undone.account_of(bench.deal) == before
