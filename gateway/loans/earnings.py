"""What positions have earned, exactly as the contracts reckon it, from the index's rows. Pure.

With U units, W = sum of units times their class's weight, P principal repaid or returned undrawn and I interest so far,
u units in a class of weight w have earned u * (P * W + I * w * U) / (U * W). Numerators stay whole; only what is paid
is rounded down. Source: docs/payments.md.
"""

from __future__ import annotations

from chain.ledger.terms import Terms
from gateway.indexer.tables import IndexedLoan, IndexedPosition


def weight_of(terms: Terms, lender_class: int) -> int:
    """The weight by which a class shares interest; 1 where the terms know one class only."""
    shares = terms.pricing.rate_shares
    return shares[lender_class] if shares else 1


def denominator(loan: IndexedLoan) -> int:
    """What numerators are divided by: units times weighted units."""
    return loan.units * loan.weighted


def accumulated(loan: IndexedLoan, lender_class: int) -> int:
    """Earned so far by one unit of the class, times the denominator."""
    principal = loan.called - loan.outstanding + loan.undrawn_returned
    interest = loan.interest_paid + loan.penalty_paid
    return principal * loan.weighted + interest * weight_of(Terms.from_json(loan.terms), lender_class) * loan.units


def numerator(loan: IndexedLoan, position: IndexedPosition) -> int:
    """What is owed to the position, times the denominator; below zero after a reversal of what it claimed."""
    return position.units * accumulated(loan, position.lender_class) + position.earned_offset


def cash(loan: IndexedLoan) -> int:
    """Custody tokens that the escrow holds for the loan, minor units."""
    earned = loan.interest_paid + loan.penalty_paid + loan.fees_paid
    return loan.subscribed + loan.called - loan.outstanding + earned + loan.overpaid + loan.bank_claim - loan.released


def available(loan: IndexedLoan) -> int:
    """The cash that may be paid out: all but what later payouts need."""
    kept = loan.units + loan.in_payout - loan.called - loan.undrawn_returned
    return max(0, cash(loan) - max(0, kept))


def claimable(loan: IndexedLoan, position: IndexedPosition) -> int:
    """What the position can claim now, minor units."""
    owed = numerator(loan, position)
    if owed <= 0 or denominator(loan) == 0:
        return 0
    return min(owed // denominator(loan), available(loan))
