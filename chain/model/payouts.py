"""Payouts to the borrower, at once or in tranches: asked for, instructed, booked, returned, bounced, ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chain.model import commands as c
from chain.model.custody import use_entry
from chain.model.errors import Refused, require
from chain.model.events import NOTHING, DrawingClosed, PaidOut, first_table, replay, tranche_row
from chain.model.funding import DISBURSE_WITHIN
from chain.model.holding import distributed, uncalled
from chain.model.recording import bookable, check_value_date, expected, exposed, in_state, recorded, use_order
from chain.model.state import LedgerState, LoanState, Payout, State
from chain.schedules.ledger import AboveRateCap, Row, Segment, build_segment, check_rate_cap


def disburse(state: LedgerState, command: c.Disburse) -> LedgerState:
    """The first tranche is asked for, within 30 days after the funding deadline."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.FUNDED, State.FUNDED)
    last = loan.terms.funding_deadline + DISBURSE_WITHIN
    require(state.today <= last, "DisbursementOverdue", last=last, today=state.today)
    amount = loan.terms.first_tranche
    _within_cap(loan, first_table(loan.terms, amount, state.today), state.today, amount)
    return _called(state, replace(loan, state=State.DISBURSING), amount)


def draw(state: LedgerState, command: c.Draw) -> LedgerState:
    """A later tranche, on the borrower's order."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE)
    require(command.amount > 0, "OrderZero")
    require(loan.call == 0, "LoanPayout", actual=loan.payout.name)
    require(command.amount <= loan.undrawn, "DrawdownAboveUndrawn", amount=command.amount, undrawn=loan.undrawn)
    last = loan.terms.available_through or date.min
    require(state.today <= last, "DeadlinePassed", deadline=last, today=state.today)
    rows = _tranche(state, loan, command.amount, state.today)[1]
    _within_cap(loan, rows, state.today, command.amount)
    state, _ = use_order(state, state.standing_for(loan.terms.borrower), command.order, command.valid_through)
    return _called(state, loan, command.amount)


def instruct(state: LedgerState, command: c.Instruct) -> LedgerState:
    """The bank was told to pay; not during a shortfall, to a frozen borrower or if no row is left for a tranche."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.DISBURSING, State.DISBURSING, State.ACTIVE)
    require(loan.payout is Payout.RESERVED, "LoanPayout", actual=loan.payout.name)
    require(state.shortfall == 0, "CustodyShortfall", shortfall=state.shortfall)
    borrower = state.subjects[loan.terms.borrower]
    require(borrower not in state.frozen, "PartiesFrozen", subject=borrower)
    if loan.state is State.ACTIVE:
        tranche_row(loan.terms, state.account_of(loan.name), state.today)
    loan = replace(loan, payout=Payout.INSTRUCTED, instructed_on=state.today)
    return state.with_loan(recorded(state, loan, "PayoutInstructed"))


def settle(state: LedgerState, command: c.Settle) -> LedgerState:
    """The payout is booked and its rows count. The rate cap does not stop it."""
    later = state.loan(command.loan).state is State.ACTIVE
    loan = bookable(state, command.loan, command.at, State.ACTIVE if later else State.DISBURSING)
    require(loan.payout is Payout.INSTRUCTED, "LoanPayout", actual=loan.payout.name)
    check_value_date(command.value_date, loan.instructed_on or date.min, state.today)
    index = _tranche(state, loan, loan.call, command.value_date)[0] if later else 0
    last = not loan.drawing or loan.called == loan.units
    event = PaidOut(command.value_date, loan.call, index, last)
    amount = loan.call
    loan = replace(
        loan,
        state=State.ACTIVE,
        payout=Payout.SETTLED,
        call=0,
        drawing=not last,
        cash=loan.cash - amount,
        events=(*loan.events, event),
    )
    state = use_entry(state, command.entry)
    return state.with_loan(recorded(state, loan, "Disbursed", amount))


def return_payout(state: LedgerState, command: c.ReturnPayout) -> LedgerState:
    """The payout was refused before it was booked, also before it was instructed."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.DISBURSING, State.DISBURSING, State.ACTIVE)
    require(loan.call > 0, "LoanPayout", actual=loan.payout.name)
    return _returned(state, loan)


def bounce(state: LedgerState, command: c.BouncePayout) -> LedgerState:
    """Money of the only payout came back: as if it had never been made."""
    loan = bookable(state, command.loan, command.at, State.ACTIVE)
    payouts = [event for event in loan.events if isinstance(event, PaidOut)]
    require(len(payouts) == 1 and not loan.call, "LoanPayout", actual=loan.payout.name)
    account = state.account_of(loan.name)
    untouched = not any(
        (account.repaid, account.earned, account.fees, account.overpaid, account.penalty_due, loan.returned)
    )
    require(untouched, "PayoutRepaidInPart", loan=loan.name)
    check_value_date(command.value_date, account.last, state.today)
    amount = loan.called
    state = exposed(use_entry(state, command.entry), loan, -amount)
    loan = replace(
        loan,
        state=State.FUNDED,
        payout=Payout.RETURNED,
        called=0,
        cash=loan.cash + amount,
        events=(),
    )
    return state.with_loan(recorded(state, loan, "PayoutBounced", amount))


def close_drawing(state: LedgerState, command: c.CloseDrawing) -> LedgerState:
    """What was not drawn goes back to the units as principal."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE)
    require(loan.drawing, "DrawdownAboveUndrawn")
    last = loan.terms.available_through or date.min
    require(command.by_platform or state.today > last, "DrawingOpen", through=last, today=state.today)
    if loan.payout is Payout.RESERVED and state.today > last + DISBURSE_WITHIN:
        state = _returned(state, loan)
        loan = state.loan(command.loan)
    require(loan.call == 0, "LoanPayout", actual=loan.payout.name)
    account = state.account_of(loan.name)
    returned = loan.units - loan.called
    loan = replace(loan, drawing=False, returned=returned, events=(*loan.events, DrawingClosed()))
    loan = recorded(state, distributed(loan, account, account, returned), "DrawingClosed", returned)
    return state.with_loan(repaid_if_settled(state, loan))


def repaid_if_settled(state: LedgerState, loan: LoanState) -> LoanState:
    """The loan is Repaid when nothing is owed and nothing can be drawn any more."""
    account = replay(loan.terms, loan.events, state.payable_by(loan.terms)).account
    if account is NOTHING or not account.settled:
        return loan
    return recorded(state, replace(loan, state=State.REPAID, repaid_on=state.today), "Repaid")


def _called(state: LedgerState, loan: LoanState, amount: int) -> LedgerState:
    loan = replace(loan, payout=Payout.RESERVED, call=amount, called=loan.called + amount)
    state = exposed(state, loan, amount)
    return state.with_loan(recorded(state, loan, "DisbursementRequested", amount))


def _returned(state: LedgerState, loan: LoanState) -> LedgerState:
    if loan.state is State.DISBURSING:
        loan = replace(loan, state=State.FUNDED)
    state, loan = uncalled(state, loan)
    return state.with_loan(recorded(state, loan, "PayoutReturned"))


def _tranche(state: LedgerState, loan: LoanState, amount: int, day: date) -> tuple[int, tuple[Row, ...]]:
    """The rows of a later tranche from value date `day`, and the number of the first."""
    account = state.account_of(loan.name)
    index = tranche_row(loan.terms, account, day)
    return index, build_segment(loan.terms.rule, Segment(amount, account.anchor, day, index, fees=False))


def _within_cap(loan: LoanState, rows: tuple[Row, ...], start: date, received: int) -> None:
    try:
        check_rate_cap(rows, start, received, loan.rate_cap)
    except AboveRateCap as above:
        raise Refused("ScheduleAboveRateCap", **above.params) from above
