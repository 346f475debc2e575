"""One pure builder per state-changing contract function: callers never spell a function's name or argument order.

A `Call` says what to send, not who sends it: signing and the role table belong to the gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from chain.ledger.days import day_number
from chain.ledger.schedule import abi_rows
from chain.ledger.terms import Subscription, Terms, Withdrawal
from chain.schedules.ledger import Row


@dataclass(frozen=True)
class Call:
    """A function call on a deployed contract, by names. `loan` orders calls that concern the same loan."""

    contract: str
    function: str
    args: tuple[Any, ...]
    loan: bytes | None = None


class PartyKind(IntEnum):
    """What a party is; numbers as in the contracts."""

    PERSON = 1
    ORGANISATION = 2


class DocumentKind(IntEnum):
    """What a document is; numbers as in the contracts."""

    CONTRACT_TEXT = 1
    IDENTITY_EVIDENCE = 2
    PAYMENT_EVIDENCE = 3
    OTHER = 4


@dataclass(frozen=True)
class BankEntry:
    """A booked entry of the bank's account statement; (statement_no, entry_no) is used once on chain."""

    statement_no: int
    entry_no: int
    reference_hash: bytes

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.statement_no, self.entry_no, self.reference_hash)


@dataclass(frozen=True)
class Receipt:
    """A booked credit earmarked for `loan`; amount in minor units."""

    loan: bytes
    expected_length: int
    amount: int
    value_date: date
    entry: BankEntry

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (self.loan, self.expected_length, self.amount, day_number(self.value_date), self.entry.abi_tuple())


@dataclass(frozen=True)
class Profile:
    """Limits of a regime: rate cap in 1e-9 per year, reversal window in days, effective dates for new loans."""

    rate_cap_nano: int
    reversal_days: int
    effective_from: date
    effective_through: date

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return (
            self.rate_cap_nano,
            self.reversal_days,
            day_number(self.effective_from),
            day_number(self.effective_through),
        )


def register_party(account: str, subject: bytes, kind: PartyKind) -> Call:
    """BANK."""
    return Call("Parties", "register", (account, subject, int(kind)))


def credit(to: str, amount: int, entry: BankEntry) -> Call:
    """BANK: mint for a booked deposit."""
    return Call("CustodyToken", "credit", (to, amount, entry.abi_tuple()))


def attest(through: date, statement_hash: bytes, booked: int, suspense: int, bank_items: int) -> Call:
    """BANK: publish the day-end balance, minor units."""
    return Call("CustodyToken", "attest", (day_number(through), statement_hash, booked, suspense, bank_items))


def close_day(through: date, statement_hash: bytes) -> Call:
    """BANK: the business date becomes the day after `through`."""
    return Call("Calendar", "closeDay", (day_number(through), statement_hash))


def set_profile(profile_id: bytes, profile: Profile) -> Call:
    """REGULATOR."""
    return Call("RegimeProfiles", "set", (profile_id, profile.abi_tuple()))


def propose(terms: Terms, borrower_signature: bytes, loan: bytes | None = None) -> Call:
    """PLATFORM: open the loan."""
    return Call("LoanAgreements", "propose", (terms.abi_tuple(), borrower_signature), loan)


def subscribe(loan: bytes, expected_length: int, signed: Sequence[tuple[Subscription, bytes]]) -> Call:
    """ANY_SEAT: lenders' signed subscriptions."""
    subscriptions = [subscription.abi_tuple() for subscription, _ in signed]
    signatures = [signature for _, signature in signed]
    return Call("LoanEscrow", "subscribe", (loan, expected_length, subscriptions, signatures), loan)


def cancel(loan: bytes, expected_length: int, reason_hash: bytes) -> Call:
    """PLATFORM, the loan's own."""
    return Call("LoanEscrow", "cancel", (loan, expected_length, reason_hash), loan)


def expire(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once the funding deadline has passed."""
    return Call("LoanEscrow", "expire", (loan, expected_length), loan)


def refund(loan: bytes, expected_length: int, lenders: Sequence[str]) -> Call:
    """ANY_SEAT, for a cancelled or expired loan."""
    return Call("LoanEscrow", "refund", (loan, expected_length, list(lenders)), loan)


def disburse(loan: bytes, expected_length: int) -> Call:
    """PLATFORM, the loan's own: ask the bank to pay out."""
    return Call("LoanEscrow", "disburse", (loan, expected_length), loan)


def instruct(loan: bytes, expected_length: int, instruction_hash: bytes) -> Call:
    """BANK: the payout is instructed."""
    return Call("LoanEscrow", "instruct", (loan, expected_length, instruction_hash), loan)


def settle(
    terms: Terms, loan: bytes, expected_length: int, value_date: date, entry: BankEntry, rows: tuple[Row, ...]
) -> Call:
    """BANK: the payout is booked; registers the schedule."""
    args = (terms.abi_tuple(), expected_length, day_number(value_date), entry.abi_tuple(), abi_rows(rows))
    return Call("LoanEscrow", "settle", args, loan)


def return_payout(loan: bytes, expected_length: int, reason_hash: bytes) -> Call:
    """BANK: the payout was refused before it was booked."""
    return Call("LoanEscrow", "returnPayout", (loan, expected_length, reason_hash), loan)


def collect(receipts: Sequence[Receipt]) -> Call:
    """BANK: post booked receipts."""
    loans = {receipt.loan for receipt in receipts}
    return Call(
        "LoanEscrow",
        "collect",
        ([receipt.abi_tuple() for receipt in receipts],),
        loans.pop() if len(loans) == 1 else None,
    )


def claim(loan: bytes, expected_length: int, lenders: Sequence[str]) -> Call:
    """ANY_SEAT: pay lenders what their units have earned."""
    return Call("LoanEscrow", "claim", (loan, expected_length, list(lenders)), loan)


def close(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once the reversal window has passed."""
    return Call("LoanEscrow", "close", (loan, expected_length), loan)


def sweep_dust(loan: bytes, expected_length: int) -> Call:
    """ANY_SEAT, once every unit of a closed loan has been claimed."""
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


def request_withdrawal(withdrawal: Withdrawal, signature: bytes) -> Call:
    """ANY_SEAT: reserve a holder's tokens for payout."""
    return Call("Withdrawals", "request", (withdrawal.abi_tuple(), signature))


def instruct_withdrawal(withdrawal_id: bytes, instruction_hash: bytes) -> Call:
    """BANK."""
    return Call("Withdrawals", "instruct", (withdrawal_id, instruction_hash))


def settle_withdrawal(withdrawal_id: bytes, entry: BankEntry) -> Call:
    """BANK: the payout is booked."""
    return Call("Withdrawals", "settle", (withdrawal_id, entry.abi_tuple()))


def return_withdrawal(withdrawal_id: bytes, reason_hash: bytes) -> Call:
    """BANK: the payout was refused; the holder has its tokens again."""
    return Call("Withdrawals", "returned", (withdrawal_id, reason_hash))


def release_withdrawal(withdrawal_id: bytes) -> Call:
    """ANY_SEAT: an order that the bank did not instruct while it was valid; the holder has its tokens again."""
    return Call("Withdrawals", "release", (withdrawal_id,))


def end_simulation() -> Call:
    """ANY_SEAT: vote to end simulated mode for good."""
    return Call("Calendar", "voteEndSimulation", ())
