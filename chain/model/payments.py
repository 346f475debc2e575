"""Payments of a loan: booked receipts, a party's own custody tokens, mandates, early repayments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chain.model import commands as c
from chain.model.account import moved_to
from chain.model.custody import take_suspended, use_entry
from chain.model.early import due_on
from chain.model.errors import require
from chain.model.events import Event, Opened, Paid, PaidEarly, after, replay
from chain.model.holding import distributed
from chain.model.payouts import repaid_if_settled
from chain.model.recording import (
    bookable,
    check_order,
    check_value_date,
    expected,
    exposed,
    in_state,
    recorded,
    use_order,
)
from chain.model.state import LedgerState, LoanState, State, put
from chain.model.terms import EarlyKind
from chain.schedules.ledger import Method


def collect(state: LedgerState, command: c.Collect) -> LedgerState:
    """Receipts in their order; money held for the bank's claim is burned."""
    for receipt in command.receipts:
        loan = _receivable(state, receipt)
        state = _posted(state, loan, Paid(loan.length + 1, receipt.value_date, receipt.amount), "PaymentPosted")
    for receipt in command.receipts:
        state = use_entry(state, receipt.entry)
    return state


def collect_suspense(state: LedgerState, command: c.CollectSuspense) -> LedgerState:
    """An entry in suspense, as a receipt."""
    receipt = command.receipt
    loan = _receivable(state, receipt)
    state = _posted(state, loan, Paid(loan.length + 1, receipt.value_date, receipt.amount), "PaymentPosted")
    return take_suspended(state, receipt.entry, receipt.amount)


def pay(state: LedgerState, command: c.Pay) -> LedgerState:
    """A party's own tokens; counts on the business date."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE)
    require(command.amount > 0, "OrderZero")
    state, subject = use_order(state, command.payer, command.order, command.valid_through)
    _may_pay(state, loan, subject)
    state = _posted(state, loan, Paid(loan.length + 1, state.today, command.amount, True), "PaidFromAccount")
    return state.moved(command.payer, -command.amount)


def pay_by_mandate(state: LedgerState, command: c.PayByMandate) -> LedgerState:
    """What is due today, as far as the mandate and the payer's balance go."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE)
    require(command.limit > 0, "OrderZero")
    _may_pay(state, loan, check_order(state, command.payer, command.order, command.valid_through))
    due = due_now(state, command.loan)
    require(due > 0, "NothingDue", loan=loan.name)
    day, taken = state.mandates.get(command.order, (state.today, 0))
    before = taken if day == state.today else 0
    available = min(command.limit - before, state.wallets[command.payer])
    require(available > 0, "MandateLimit", amount=due, available=available)
    amount = min(due, available)
    state = replace(state, mandates=put(state.mandates, command.order, (state.today, before + amount)))
    state = _posted(state, loan, Paid(loan.length + 1, state.today, amount, True), "PaidByMandate")
    return state.moved(command.payer, -amount)


def _may_pay(state: LedgerState, loan: LoanState, payer: str) -> None:
    """Frozen money pays its own subject's loans and nobody else's, or it could leave by them."""
    own = payer == state.subjects[loan.terms.borrower]
    require(own or payer not in state.frozen, "PartiesFrozen", subject=payer)


def revoke_mandate(state: LedgerState, command: c.RevokeMandate) -> LedgerState:
    """A mandate can be ended on any day."""
    loan = expected(state, command.loan, command.at)
    check_order(state, command.payer, command.order, date.max)
    state = replace(state, orders=state.orders | {command.order})
    return state.with_loan(recorded(state, loan, "MandateRevoked"))


def repay_early(state: LedgerState, command: c.RepayEarly) -> LedgerState:
    """A receipt on the borrower's order: what is due, interest accrued, then principal."""
    receipt = command.receipt
    loan = bookable(state, receipt.loan, receipt.at, State.ACTIVE)
    terms = loan.terms
    require(receipt.amount > 0, "PaymentZero")
    check_value_date(receipt.value_date, state.account_of(loan.name).last, state.today)
    require(not loan.drawing, "DrawingOpen", through=terms.available_through)
    require(_possible(loan, command.kind) and bool(terms.early_kinds & command.kind), "EarlyNotAgreed")
    state, _ = use_order(state, state.standing_for(terms.borrower), command.order, command.valid_through)
    event = PaidEarly(loan.length + 1, receipt.value_date, receipt.amount, command.kind)
    return use_entry(_posted(state, loan, event, "EarlyRepaid"), receipt.entry)


def _possible(loan: LoanState, kind: EarlyKind) -> bool:
    """Whether a table can follow: one from an old book, a custom one and a single payment can only be repaid whole."""
    if kind is EarlyKind.TOTAL:
        return True
    if isinstance(loan.events[0], Opened):
        return False
    level = loan.terms.method in {Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL}
    return level or (kind is EarlyKind.LOWER and loan.terms.method is Method.INTEREST_ONLY)


def due_now(state: LedgerState, name: str) -> int:
    """Penalty interest and rows due on the business date, less what is held for the borrower, in minor units."""
    loan = state.loan(name)
    account = state.account_of(name)
    account, _ = moved_to(loan.terms, account, state.today, state.payable_by(loan.terms))
    return max(0, due_on(account, state.today) - account.overpaid)


def booked(state: LedgerState, loan: LoanState, amount: int) -> LoanState:
    """Money comes in; it meets the bank's claim first."""
    met = min(loan.claim, amount)
    return replace(loan, cash=loan.cash + amount - met, claim=loan.claim - met)


def _receivable(state: LedgerState, receipt: c.Receipt) -> LoanState:
    loan = bookable(state, receipt.loan, receipt.at, State.ACTIVE)
    require(receipt.amount > 0, "PaymentZero")
    check_value_date(receipt.value_date, state.account_of(loan.name).last, state.today)
    return loan


def _posted(state: LedgerState, loan: LoanState, event: Paid | PaidEarly, kind: str) -> LedgerState:
    """The ledger with one payment more."""
    days = state.payable_by(loan.terms)
    before = replay(loan.terms, loan.events, days).account
    done = after(loan.terms, before, event, days)
    events: tuple[Event, ...] = (*loan.events, event)
    loan = distributed(booked(state, replace(loan, events=events), event.amount), before, done.account)
    state = exposed(state, loan, before.repaid - done.account.repaid)
    loan = recorded(state, loan, kind, event.amount, done.posted, done.early)
    return state.with_loan(repaid_if_settled(state, loan))
