"""Units: who holds them, what they earned, what is kept of the loan's cash for later payouts."""

from __future__ import annotations

from dataclasses import replace

from chain.model.account import Account
from chain.model.errors import require
from chain.model.recording import exposed
from chain.model.state import LedgerState, LoanState, Payout, Position, put


def issue(
    state: LedgerState, loan: LoanState, subject: str, units: int, units_class: int
) -> tuple[LedgerState, LoanState]:
    """New units for a subject, before the loan has earned anything."""
    shares = loan.terms.rate_shares
    require(units_class < len(shares), "SubscriptionClass", given=units_class, expected=len(shares) - 1)
    state, position = holder(state, loan, subject, units_class)
    position = replace(position, units=position.units + units)
    loan = replace(
        loan,
        positions=put(loan.positions, subject, position),
        weighted=loan.weighted + units * shares[units_class],
    )
    return state, loan


def holder(state: LedgerState, loan: LoanState, subject: str, units_class: int) -> tuple[LedgerState, Position]:
    """The position that takes units of a class: a subject holds one class at a time. Its first units of a loan enter
    the register of positions."""
    if subject not in loan.positions:
        held = state.held.get(subject, ())
        return replace(state, held=put(state.held, subject, (*held, loan.name))), Position(0, units_class)
    position = loan.positions[subject]
    fits = position.units == 0 or position.units_class == units_class
    require(fits, "SubscriptionClass", given=units_class, expected=position.units_class)
    return state, replace(position, units_class=units_class)


def distributed(loan: LoanState, before: Account, after: Account, returned: int = 0) -> LoanState:
    """Every position with its part of what was earned between two states of the account, exactly."""
    principal = after.repaid - before.repaid + returned
    earned = after.earned - before.earned
    shares = loan.terms.rate_shares
    positions = dict(loan.positions)
    for subject, position in loan.positions.items():
        weight = shares[position.units_class]
        grown = position.units * (principal * loan.weighted + earned * weight * loan.units)
        positions[subject] = replace(position, numerator=position.numerator + grown)
    return replace(loan, positions=positions)


def uncalled(state: LedgerState, loan: LoanState) -> tuple[LedgerState, LoanState]:
    """A payout that will not be made is not called for."""
    state = exposed(state, loan, -loan.call)
    return state, replace(loan, called=loan.called - loan.call, call=0, payout=Payout.RETURNED)
