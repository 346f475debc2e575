"""Corrections: a payment is reversed, or payments of an earlier value date are put in. Later ones are posted again.

A loan's account is worked out from its events, so undoing is taking events away, and posting again is adding them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chain.model import commands as c
from chain.model.custody import use_entry
from chain.model.errors import require
from chain.model.events import Event, Paid, PaidEarly, after, replay
from chain.model.holding import distributed
from chain.model.payments import booked
from chain.model.payouts import repaid_if_settled
from chain.model.recording import check_value_date, exposed, recorded
from chain.model.state import LedgerState, LoanState, State


def reverse(state: LedgerState, command: c.Reverse) -> LedgerState:
    """What the loan still holds of the payment is burned, the rest becomes the bank's claim."""
    loan = _correctable(state, command.loan)
    undone = _undone(loan, command.seq, reverse=True)
    gone, kept = undone[0], undone[1:]
    require(not (isinstance(gone, Paid) and gone.own_tokens), "RebookingNoPayment", seq=gone.seq)
    burned = min(gone.amount, max(0, loan.cash - loan.undrawn))
    loan = replace(loan, cash=loan.cash - burned, claim=loan.claim + gone.amount - burned)
    if burned != gone.amount:
        state = replace(state, attested=None)  # less money is held than was attested
    state = _posted_again(state, loan, command.seq, kept, (), "PaymentReversed", gone.amount)
    return use_entry(state, command.entry)


def insert(state: LedgerState, command: c.Insert) -> LedgerState:
    """Receipts take their place by value date, after those of the same day that stay."""
    loan = _correctable(state, command.loan)
    undone = _undone(loan, command.seq, reverse=False)
    require(bool(command.added), "RebookingNothing")
    state = _posted_again(state, loan, command.seq, undone, command.added, "PaymentsUndone", 0)
    for receipt in command.added:
        state = use_entry(state, receipt.entry)
    return state


def _correctable(state: LedgerState, name: str) -> LoanState:
    loan = state.loan(name)
    require(loan.state is not State.CLOSED, "ReversalWindowClosed", loan=name)
    require(loan.state in {State.ACTIVE, State.REPAID}, "LoanState", actual=loan.state.name)
    return loan


def _undone(loan: LoanState, seq: int, *, reverse: bool) -> list[Paid | PaidEarly]:
    """The payments from entry `seq` on, which must be one that counts. An early repayment can only be the one that is
    reversed: its table can't be made again."""
    payments = [event for event in loan.events if isinstance(event, Paid | PaidEarly)]
    undone = [event for event in payments if event.seq >= seq]
    for event in undone:
        fits = isinstance(event, Paid) or (reverse and event.seq == seq)
        require(fits, "RebookingAfterEarlyRepayment", seq=event.seq)
    require(bool(undone) and undone[0].seq == seq, "RebookingNoPayment", seq=seq)
    return undone


def _posted_again(
    state: LedgerState,
    loan: LoanState,
    seq: int,
    kept: list[Paid | PaidEarly],
    added: tuple[c.Receipt, ...],
    kind: str,
    amount: int,
) -> LedgerState:
    days = state.payable_by(loan.terms)
    before = replay(loan.terms, loan.events, days).account
    stays = tuple(event for event in loan.events if not (isinstance(event, Paid | PaidEarly) and event.seq >= seq))
    loan = replace(loan, events=stays, state=State.ACTIVE, repaid_on=None)
    loan = recorded(state, loan, kind, amount)
    account = replay(loan.terms, stays, days).account
    for payment in sorted([*kept, *added], key=_day):
        fresh = isinstance(payment, c.Receipt)
        if isinstance(payment, c.Receipt):
            require(payment.at <= loan.length, "HistoryMoved", actual=loan.length, expected=payment.at)
            require(payment.amount > 0, "PaymentZero")
        check_value_date(_day(payment), account.last, state.today)
        own = isinstance(payment, Paid) and payment.own_tokens
        event = Paid(loan.length + 1, _day(payment), payment.amount, own)
        done = after(loan.terms, account, event, days)
        account = done.account
        events: tuple[Event, ...] = (*loan.events, event)
        loan = replace(loan, events=events)
        loan = booked(state, loan, payment.amount) if fresh else loan
        loan = recorded(state, loan, "PaymentPosted" if fresh else "PaymentKept", payment.amount, done.posted)
    state = exposed(state, loan, before.repaid - account.repaid)
    loan = distributed(loan, before, account)
    return state.with_loan(repaid_if_settled(state, loan))


def _day(payment: Paid | PaidEarly | c.Receipt) -> date:
    return payment.value_date if isinstance(payment, c.Receipt) else payment.day
