"""A loan from its proposal to its payout or its end before it: subscriptions, cancelling, expiry, refunds, openings."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from chain.model import commands as c
from chain.model.errors import require
from chain.model.events import Opened
from chain.model.holding import issue, uncalled
from chain.model.recording import expected, exposed, in_state, recorded, use_order
from chain.model.state import Exposure, LedgerState, LoanState, Payout, State, put

DISBURSE_WITHIN = timedelta(days=30)
"""After the funding deadline; from the day after on, any seat may expire a loan whose payout is not instructed."""


def propose(state: LedgerState, command: c.Propose) -> LedgerState:
    """A new loan, under the rate cap and the reversal window that stand now."""
    terms = command.terms
    state.signer(terms.borrower)
    require(command.loan not in state.loans, "LoanExists", loan=command.loan)
    loan = LoanState(
        command.loan,
        terms,
        State.PROPOSED,
        state.rate_cap,
        state.reversal_days,
        units=terms.principal,
        drawing=terms.in_tranches,
    )
    borrower = (state.subjects[terms.borrower], terms.platform)
    exposure = state.exposures.get(borrower, Exposure())
    total = state.platforms.get(terms.platform, Exposure())
    return replace(
        state.with_loan(recorded(state, loan, "Proposed")),
        exposures=put(state.exposures, borrower, replace(exposure, loans=exposure.loans + 1)),
        platforms=put(state.platforms, terms.platform, replace(total, loans=total.loans + 1)),
    )


def subscribe(state: LedgerState, command: c.Subscribe) -> LedgerState:
    """Lenders' money comes into escrow; the loan is funded when the principal is reached."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.FUNDING, State.PROPOSED, State.FUNDING)
    deadline = loan.terms.funding_deadline
    require(state.today <= deadline, "DeadlinePassed", deadline=deadline, today=state.today)
    require(bool(command.promises), "EscrowLengths")
    loan = replace(loan, state=State.FUNDING)
    for promise in command.promises:
        require(promise.amount > 0, "OrderZero")
        need = loan.units - loan.subscribed
        require(promise.amount <= need, "SubscriptionAboveNeed", amount=promise.amount, open=need)
        state, subject = use_order(state, promise.lender, promise.order, promise.valid_through)
        require(subject not in state.frozen, "PartiesFrozen", subject=subject)
        state, loan = issue(state, loan, subject, promise.amount, promise.units_class)
        loan = replace(loan, subscribed=loan.subscribed + promise.amount, cash=loan.cash + promise.amount)
        loan = recorded(state, loan, "Subscribed", promise.amount)
    if loan.subscribed == loan.units:
        loan = recorded(state, replace(loan, state=State.FUNDED), "Funded", loan.units)
    for promise in command.promises:
        state = state.moved(promise.lender, -promise.amount)
    return state.with_loan(loan)


def cancel(state: LedgerState, command: c.Cancel) -> LedgerState:
    """The platform gives the loan up before its payout is requested."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.FUNDING, State.PROPOSED, State.FUNDING, State.FUNDED)
    return state.with_loan(recorded(state, replace(loan, state=State.CANCELLED), "Cancelled"))


def expire(state: LedgerState, command: c.Expire) -> LedgerState:
    """Not funded by its deadline, or not instructed in time after it."""
    loan = expected(state, command.loan, command.at)
    deadline = loan.terms.funding_deadline
    unpaid = loan.state is State.FUNDED or (loan.state is State.DISBURSING and loan.payout is Payout.RESERVED)
    late = unpaid and state.today > deadline + DISBURSE_WITHIN
    if not late:
        in_state(loan, State.FUNDING, State.PROPOSED, State.FUNDING)
    require(state.today > deadline, "DeadlineNotPassed", deadline=deadline, today=state.today)
    if loan.payout is Payout.RESERVED:
        state, loan = uncalled(state, loan)
    return state.with_loan(recorded(state, replace(loan, state=State.EXPIRED), "Expired"))


def refund(state: LedgerState, command: c.Refund) -> LedgerState:
    """Whole subscriptions go back. Only what a lender claimed of a payment that was reversed before the payout bounced
    stays back, rounded up, for the bank's claim."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.CANCELLED, State.CANCELLED, State.EXPIRED)
    for lender in command.lenders:
        require(lender in state.subjects, "PartiesUnknown", account=lender)
        subject = state.subjects[lender]
        position = loan.position(subject)
        require(position.units > 0, "NothingToRefund", subject=subject)
        account = state.payee(subject)
        missing = min(position.units, max(0, -(position.numerator // loan.denominator)))
        burned = min(missing, loan.claim)
        amount = position.units - missing
        loan = replace(
            loan,
            positions=put(loan.positions, subject, replace(position, units=0, numerator=0)),
            cash=loan.cash - amount - burned,
            claim=loan.claim - burned,
        )
        state = state.moved(account, amount)
        loan = recorded(state, loan, "Refunded", amount)
    return state.with_loan(loan)


def open_running(state: LedgerState, command: c.OpenRunning) -> LedgerState:
    """A running loan enters: no money moves, its lenders hold what is outstanding."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.PROPOSED, State.PROPOSED)
    outstanding = sum(row.principal for row in command.rows)
    require(0 < outstanding <= loan.terms.principal, "OpeningInvalid")
    require(command.last_value_date <= state.today, "ValueDateInvalid", given=command.last_value_date)
    require(sum(units for _, units, _ in command.positions) == outstanding, "OpeningInvalid")
    require(len(command.rows) <= loan.terms.instalments, "OpeningInvalid")
    days = [command.last_value_date, *(row.due for row in command.rows)]
    require(all(early < late for early, late in pairwise(days)), "OpeningInvalid")
    state, _ = use_order(state, state.standing_for(loan.terms.borrower), command.order, date.max)
    for lender, units, units_class in command.positions:
        require(units > 0, "OpeningInvalid")
        state, loan = issue(state, loan, state.signer(lender), units, units_class)
    loan = replace(
        loan,
        state=State.ACTIVE,
        payout=Payout.SETTLED,
        units=outstanding,
        subscribed=outstanding,
        called=outstanding,
        drawing=False,
        events=(Opened(command.last_value_date, outstanding, command.rows),),
    )
    state = exposed(state, loan, outstanding)
    return state.with_loan(recorded(state, loan, "OpenedRunning"))
