"""Corrections of what was posted."""

from __future__ import annotations

from chain.ledger.calls.call import Call
from chain.ledger.structs import Rebooking


def rebook(rebooking: Rebooking) -> Call:
    """BANK, two keys: reverse a payment, or put one with an earlier value date in."""
    return Call("LoanEscrow", "rebook", (rebooking.abi_tuple(),), rebooking.loan)
