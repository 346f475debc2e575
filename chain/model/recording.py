"""What every step of a loan shares: its history, the length its sender expects, parties' orders, registers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from chain.model.account import Posted
from chain.model.early import Early
from chain.model.errors import require
from chain.model.state import Entry, Exposure, LedgerState, LoanState, State, put


def recorded(
    state: LedgerState,
    loan: LoanState,
    kind: str,
    amount: int = 0,
    posted: Posted | None = None,
    early: Early | None = None,
) -> LoanState:
    """The loan with one history entry more, of the business date."""
    entry = Entry(loan.length + 1, state.today, kind, amount, posted, early)
    return replace(loan, history=(*loan.history, entry))


def expected(state: LedgerState, name: str, at: int) -> LoanState:
    """The loan, if its history is as long as the sender thinks."""
    loan = state.loan(name)
    require(loan.length == at, "HistoryMoved", actual=loan.length, expected=at)
    return loan


def bookable(state: LedgerState, name: str, at: int, *states: State) -> LoanState:
    """The loan, for a booked bank entry: its history may have grown since."""
    loan = state.loan(name)
    require(at <= loan.length, "HistoryMoved", actual=loan.length, expected=at)
    in_state(loan, states[0], *states)
    return loan


def in_state(loan: LoanState, named: State, *states: State) -> None:
    """Refused with LoanState, naming one of the states it may be in."""
    require(loan.state in states, "LoanState", actual=loan.state.name, expected=named.name)


def check_value_date(day: date, not_before: date, not_after: date) -> None:
    """Refused with ValueDateInvalid unless the day lies within both."""
    require(not_before <= day <= not_after, "ValueDateInvalid", given=day, not_before=not_before, not_after=not_after)


def check_order(state: LedgerState, account: str, order: str, valid_through: date) -> str:
    """The subject that signed an order which is not used and in time."""
    require(order not in state.orders, "OrderUsed", order=order)
    require(state.today <= valid_through, "OrderExpired", valid_through=valid_through, today=state.today)
    return state.signer(account)


def use_order(state: LedgerState, account: str, order: str, valid_through: date) -> tuple[LedgerState, str]:
    """As check_order, and the order can't be used again."""
    subject = check_order(state, account, order, valid_through)
    return replace(state, orders=state.orders | {order}), subject


def exposed(state: LedgerState, loan: LoanState, amount: int) -> LedgerState:
    """The registers with `amount` more (or less) principal called for and not repaid."""
    if not amount:
        return state
    key = (state.subjects[loan.terms.borrower], loan.terms.platform)
    one = state.exposures.get(key, Exposure())
    total = state.platforms.get(loan.terms.platform, Exposure())
    return replace(
        state,
        exposures=put(state.exposures, key, replace(one, outstanding=one.outstanding + amount)),
        platforms=put(state.platforms, loan.terms.platform, replace(total, outstanding=total.outstanding + amount)),
    )
