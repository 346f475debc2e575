"""Payments of a loan: booked receipts, a party's own custody tokens, mandates, early repayments."""

from __future__ import annotations

from collections.abc import Sequence

from chain.ledger.calls.call import Call
from chain.ledger.orders import EarlyRepayment, Mandate, Payment
from chain.ledger.schedule import Row, abi_rows
from chain.ledger.structs import Receipt
from chain.ledger.terms import Terms


def collect(receipts: Sequence[Receipt]) -> Call:
    """BANK: post booked receipts. Above the key's limit, with a second key."""
    loans = {receipt.loan for receipt in receipts}
    return Call(
        "LoanEscrow",
        "collect",
        ([receipt.abi_tuple() for receipt in receipts],),
        loans.pop() if len(loans) == 1 else None,
    )


def collect_suspense(receipt: Receipt) -> Call:
    """BANK, two keys: post an entry that was in suspense as a receipt."""
    return Call("LoanEscrow", "collectSuspense", (receipt.abi_tuple(),), receipt.loan)


def pay(payment: Payment, expected_length: int, signature: bytes) -> Call:
    """ANY_SEAT: pay from the payer's own custody tokens."""
    return Call("LoanEscrow", "pay", (payment.abi_tuple(), expected_length, signature), payment.loan)


def pay_by_mandate(mandate: Mandate, expected_length: int, signature: bytes) -> Call:
    """ANY_SEAT: pay what is due now, up to the mandate and the payer's balance."""
    return Call("LoanEscrow", "payByMandate", (mandate.abi_tuple(), expected_length, signature), mandate.loan)


def revoke_mandate(mandate: Mandate, expected_length: int, signature: bytes) -> Call:
    """ANY_SEAT, with the payer's signature over `MandateRevocation(digest of the mandate)`."""
    return Call("LoanEscrow", "revokeMandate", (mandate.abi_tuple(), expected_length, signature), mandate.loan)


def repay_early(terms: Terms, receipt: Receipt, order: EarlyRepayment, signature: bytes, rows: Sequence[Row]) -> Call:
    """BANK: post a receipt as an early repayment. `rows`: the table that remains; none when all is repaid."""
    args = (terms.abi_tuple(), receipt.abi_tuple(), order.abi_tuple(), signature, abi_rows(rows))
    return Call("LoanEscrow", "repayEarly", args, receipt.loan)
