"""What was earned is paid out, units change hands, and a loan ends: claims, fees, transfers, closing, dust."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chain.model import commands as c
from chain.model.errors import require
from chain.model.events import Opened
from chain.model.holding import holder
from chain.model.recording import check_order, expected, in_state, recorded, use_order
from chain.model.state import LedgerState, LoanState, State, put
from chain.schedules.ledger import FeeKind


def claim(state: LedgerState, command: c.Claim) -> LedgerState:
    """Each lender is paid what it can be; once the loan is closed its last claim ends its units."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE, State.REPAID, State.CLOSED)
    for lender in command.lenders:
        require(lender in state.subjects, "PartiesUnknown", account=lender)
        subject = state.subjects[lender]
        position, amount = loan.position(subject), loan.claimable(subject)
        rest = position.numerator - amount * loan.denominator
        last = loan.state is State.CLOSED and position.units > 0 and rest < loan.denominator
        require(amount > 0 or last, "NothingToClaim", subject=subject)
        account = state.payee(subject)
        after = replace(position, units=0, numerator=0) if last else replace(position, numerator=rest)
        loan = replace(loan, positions=put(loan.positions, subject, after), cash=loan.cash - amount)
        loan = recorded(state, loan, "Claimed", amount)
        state = state.moved(account, amount)
    return state.with_loan(loan)


def claim_fees(state: LedgerState, command: c.ClaimFees) -> LedgerState:
    """A payee is paid what was collected for it."""
    loan = expected(state, command.loan, command.at)
    require(command.payee in state.subjects, "PartiesUnknown", account=command.payee)
    subject = state.subjects[command.payee]
    taken = loan.fees_taken.get(subject, 0)
    amount = min(fees_of(state, loan, subject) - taken, max(0, loan.cash - loan.undrawn))
    require(amount > 0, "NothingToClaim", subject=subject)
    account = state.payee(subject)
    loan = replace(loan, fees_taken=put(loan.fees_taken, subject, taken + amount), cash=loan.cash - amount)
    return state.moved(account, amount).with_loan(recorded(state, loan, "FeesClaimed", amount))


def fees_of(state: LedgerState, loan: LoanState, subject: str) -> int:
    """What was collected for a payee, in minor units: the money for fees meets the rows in order, within a row the
    terms' fees in order. A running loan may have entered with its first instalment's fees paid."""
    left, earned = state.account_of(loan.name).fees, 0
    number = 0
    while left and loan.terms.fees:
        for one in loan.terms.fees:
            if one.fee.kind is FeeKind.FIRST_INSTALMENT and (number or _first_fees_paid(loan)):
                continue
            paid = min(left, one.fee.amount)
            left -= paid
            earned += paid if state.subjects[one.payee] == subject else 0
        number += 1
    return earned


def _first_fees_paid(loan: LoanState) -> bool:
    opened = next((event for event in loan.events if isinstance(event, Opened)), None)
    each = sum(one.fee.amount for one in loan.terms.fees if one.fee.kind is FeeKind.EACH_INSTALMENT)
    return opened is not None and opened.rows[0].fee == each


def transfer(state: LedgerState, command: c.Transfer) -> LedgerState:
    """Units move with their part of the numerator, rounded down; the rest stays. The price moves the other way."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.ACTIVE, State.ACTIVE)
    require(command.units > 0, "OrderZero")
    seller = check_order(state, command.seller, command.order, command.valid_through)
    state, buyer = use_order(state, command.buyer, command.order, command.valid_through)
    require(seller != buyer, "TransferSelf", party=command.seller)
    for subject in (seller, buyer):
        require(subject not in state.frozen, "PartiesFrozen", subject=subject)
    sold = loan.position(seller)
    require(command.units <= sold.units, "TransferUnits", units=command.units, held=sold.units)
    carried = sold.numerator * command.units // sold.units
    state, bought = holder(state, loan, buyer, sold.units_class)
    sold = replace(sold, units=sold.units - command.units, numerator=sold.numerator - carried)
    bought = replace(bought, units=bought.units + command.units, numerator=bought.numerator + carried)
    loan = replace(loan, positions=put(put(loan.positions, seller, sold), buyer, bought))
    state = state.with_loan(recorded(state, loan, "PositionTransferred", command.units))
    return state.moved(command.buyer, -command.price).moved(command.seller, command.price)


def close(state: LedgerState, command: c.Close) -> LedgerState:
    """Repaid -> Closed, once the reversal window has passed."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.REPAID, State.REPAID)
    after = (loan.repaid_on or state.today) + timedelta(days=loan.reversal_days)
    require(state.today > after, "ReversalWindowOpen", today=state.today, closes_after=after)
    account = state.account_of(loan.name)
    earned = account.repaid + loan.returned + account.earned
    return state.with_loan(recorded(state, replace(loan, state=State.CLOSED), "Closed", earned))


def release_overpayment(state: LedgerState, command: c.ReleaseOverpayment) -> LedgerState:
    """The borrower of a closed loan has what it overpaid, as far as the loan's cash goes."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.CLOSED, State.CLOSED)
    subject = state.subjects[loan.terms.borrower]
    amount = min(overpaid(state, loan), loan.cash)
    require(amount > 0, "NothingToClaim", subject=subject)
    account = state.payee(subject)
    loan = replace(loan, cash=loan.cash - amount, released=loan.released + amount)
    return state.moved(account, amount).with_loan(recorded(state, loan, "OverpaymentReleased", amount))


def overpaid(state: LedgerState, loan: LoanState) -> int:
    """What the loan holds for its borrower, in minor units."""
    return state.account_of(loan.name).overpaid - loan.released


def sweep_dust(state: LedgerState, command: c.SweepDust) -> LedgerState:
    """What is left once every unit, fee and overpayment has been paid out goes to the platform's risk reserve,
    less what the bank still claims."""
    loan = expected(state, command.loan, command.at)
    in_state(loan, State.CLOSED, State.CLOSED)
    unclaimed = sum(position.units for position in loan.positions.values())
    fees = state.account_of(loan.name).fees - sum(loan.fees_taken.values())
    require(not unclaimed and not overpaid(state, loan) and fees <= 0, "ClaimsOpen", units=unclaimed)
    require(loan.cash > 0, "NothingToClaim")
    met = min(loan.cash, loan.claim)
    dust = loan.cash - met
    platform = loan.terms.platform
    state = replace(state, reserves=put(state.reserves, platform, state.reserves.get(platform, 0) + dust))
    return state.with_loan(recorded(state, replace(loan, cash=0, claim=loan.claim - met), "DustSwept", dust))
