"""A loan's way to its payouts and its end: opening, funding, disbursement, tranches, claims, closing, documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from chain.ledger.calls.call import Call
from chain.ledger.days import day_number
from chain.ledger.orders import Drawdown, Opening, OpeningPosition, Subscription
from chain.ledger.schedule import Row, abi_rows
from chain.ledger.structs import BankEntry, DocumentKind, Segment
from chain.ledger.terms import Terms


def propose(terms: Terms, borrower_signature: bytes, loan: bytes | None = None) -> Call:
    """PLATFORM: open the loan."""
    return Call("LoanAgreements", "propose", (terms.abi_tuple(), borrower_signature), loan)


def open_running(
    terms: Terms,
    expected_length: int,
    opening: Opening,
    rows: Sequence[Row],
    positions: Sequence[OpeningPosition],
    borrower_signature: bytes,
    lender_signatures: Sequence[bytes],
) -> Call:
    """PLATFORM, the loan's own, with the bank's approval: take a running loan of an old book in."""
    args = (
        terms.abi_tuple(),
        expected_length,
        opening.abi_tuple(),
        abi_rows(rows),
        [position.abi_tuple() for position in positions],
        borrower_signature,
        list(lender_signatures),
    )
    return Call("LoanEscrow", "openRunning", args, opening.loan)


def subscribe(loan: bytes, expected_length: int, signed: Sequence[tuple[Subscription, bytes]]) -> Call:
    """ANY_SEAT: lenders' signed subscriptions."""
    subscriptions = [subscription.abi_tuple() for subscription, _ in signed]
    signatures = [signature for _, signature in signed]
    return Call("LoanEscrow", "subscribe", (loan, expected_length, subscriptions, signatures), loan)


def cancel(loan: bytes, expected_length: int, reason_hash: bytes) -> Call:
    """PLATFORM, the loan's own."""
    return Call("LoanEscrow", "cancel", (loan, expected_length, reason_hash), loan)


def expire(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once the funding deadline has passed, or the payout was not instructed in time after it."""
    return Call("LoanEscrow", "expire", (loan, expected_length), loan)


def refund(loan: bytes, expected_length: int, lenders: Sequence[str]) -> Call:
    """ANY_SEAT, for a cancelled or expired loan."""
    return Call("LoanEscrow", "refund", (loan, expected_length, list(lenders)), loan)


def disburse(terms: Terms, loan: bytes, expected_length: int, rows: Sequence[Row]) -> Call:
    """PLATFORM, the loan's own: ask the bank to pay the first tranche out. `rows`: the table as it would stand from
    the business date; the rate cap is checked on it."""
    return Call("LoanEscrow", "disburse", (terms.abi_tuple(), expected_length, abi_rows(rows)), loan)


def draw(terms: Terms, expected_length: int, drawdown: Drawdown, signature: bytes, rows: Sequence[Row]) -> Call:
    """PLATFORM, the loan's own: ask the bank to pay a later tranche out. `rows`: as in `disburse`, of the tranche."""
    args = (terms.abi_tuple(), expected_length, drawdown.abi_tuple(), signature, abi_rows(rows))
    return Call("LoanEscrow", "draw", args, drawdown.loan)


def close_drawing(terms: Terms, loan: bytes, expected_length: int) -> Call:
    """PLATFORM, the loan's own; ANY_SEAT after the last day for tranches: what was not drawn goes back to the units."""
    return Call("LoanEscrow", "closeDrawing", (terms.abi_tuple(), expected_length), loan)


def instruct(loan: bytes, expected_length: int, instruction_hash: bytes) -> Call:
    """BANK: the payout is instructed."""
    return Call("LoanEscrow", "instruct", (loan, expected_length, instruction_hash), loan)


def settle(
    terms: Terms, loan: bytes, expected_length: int, value_date: date, entry: BankEntry, rows: Sequence[Row]
) -> Call:
    """BANK: the payout is booked; registers the rows, of the tranche."""
    args = (terms.abi_tuple(), expected_length, day_number(value_date), entry.abi_tuple(), abi_rows(rows))
    return Call("LoanEscrow", "settle", args, loan)


def return_payout(loan: bytes, expected_length: int, reason_hash: bytes) -> Call:
    """BANK: the payout was refused before it was booked."""
    return Call("LoanEscrow", "returnPayout", (loan, expected_length, reason_hash), loan)


def bounce_payout(loan: bytes, expected_length: int, value_date: date, entry: BankEntry) -> Call:
    """BANK: money of the booked, only payout came back and is booked as a credit."""
    args = (loan, expected_length, day_number(value_date), entry.abi_tuple())
    return Call("LoanEscrow", "bouncePayout", args, loan)


def claim(loan: bytes, expected_length: int, lenders: Sequence[str]) -> Call:
    """ANY_SEAT: pay lenders what their units have earned."""
    return Call("LoanEscrow", "claim", (loan, expected_length, list(lenders)), loan)


def claim_fees(terms: Terms, loan: bytes, expected_length: int, payee: str) -> Call:
    """ANY_SEAT: pay a payee of fees what was collected for it."""
    return Call("LoanEscrow", "claimFees", (terms.abi_tuple(), expected_length, payee), loan)


def close(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once the reversal window has passed."""
    return Call("LoanEscrow", "close", (loan, expected_length), loan)


def release_overpayment(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once the loan is closed: pay the borrower what it overpaid."""
    return Call("LoanEscrow", "releaseOverpayment", (loan, expected_length), loan)


def sweep_dust(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once every unit, fee and overpayment of a closed loan has been paid out."""
    return Call("LoanEscrow", "sweepDust", (loan, expected_length), loan)


def commit_document(
    loan: bytes,
    expected_length: int,
    document_id: bytes,
    cid_commitment: bytes,
    content_hash: bytes,
    size: int,
    kind: DocumentKind,
) -> Call:
    """PLATFORM, BANK, REGULATOR or ARBITRATOR; size of the plaintext in bytes."""
    args = (loan, expected_length, document_id, cid_commitment, content_hash, size, int(kind))
    return Call("DocumentCommitments", "commit", args, loan)


def register_schedule(terms: Terms, segment: Segment, rows: Sequence[Row]) -> Call:
    """Anyone: check rows and store them as code; changes no loan."""
    return Call("RepaymentSchedules", "register", (terms.abi_tuple(), segment.abi_tuple(), abi_rows(rows)))


def register_added_schedule(terms: Terms, segment: Segment, rows: Sequence[Row], pointer: str, offset: int) -> Call:
    """Anyone: check a tranche's rows and store them added to those at `pointer`; changes no loan."""
    args = (terms.abi_tuple(), segment.abi_tuple(), abi_rows(rows), pointer, offset)
    return Call("RepaymentSchedules", "registerAdded", args)
