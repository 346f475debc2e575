"""What a booked entry of the custody account is: a deposit, a loan receipt, a payout settled or returned, or suspense.

Pure. References decide; the `Directory` says which known object each belongs to. Anything that isn't matched to exactly
one known object, with the right payer and amount, goes to suspense with the reason: money is never guessed to anyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from chain.bank.account_statement import EntryStatus, StatementEntry
from chain.bank.amounts import Minor
from chain.bank.references import CreditorReference, references_in


class SuspenseReason(StrEnum):
    """Why an entry is in suspense."""

    ZERO_AMOUNT = "zero_amount"
    BATCH = "several_transactions"
    LATER_VALUE_DATE = "value_date_after_statement"
    NO_REFERENCE = "no_reference"
    MISTYPED_REFERENCE = "mistyped_reference"
    SEVERAL_REFERENCES = "several_references"
    UNKNOWN_REFERENCE = "unknown_reference"
    AMBIGUOUS_REFERENCE = "ambiguous_reference"
    UNKNOWN_PAYER = "unknown_payer"
    UNKNOWN_DEBIT = "unknown_debit"
    OTHER_AMOUNT = "other_amount"
    UNKNOWN_ORIGINAL = "unknown_original"


@dataclass(frozen=True)
class Lender:
    """A registered lender who may deposit; only its own registered bank account counts as payer."""

    subject: str
    account: str


@dataclass(frozen=True)
class Loan:
    """A loan that takes repayments, paid from its borrower's registered bank account."""

    loan: str
    borrower_account: str


@dataclass(frozen=True)
class Payout:
    """A payout instructed to the bank."""

    end_to_end_id: str
    loan: str
    amount: Minor


@dataclass(frozen=True)
class Receipt:
    """A booked credit that was posted before."""

    account_servicer_reference: str
    amount: Minor


class Directory(Protocol):
    """Which known objects references belong to. Each answers all that match; more than one is ambiguous."""

    def lenders(self, reference: CreditorReference) -> Sequence[Lender]:
        """Lenders whose deposit reference it is."""

    def loans(self, reference: CreditorReference) -> Sequence[Loan]:
        """Loans whose repayment reference it is."""

    def payouts(self, end_to_end_id: str) -> Sequence[Payout]:
        """Payouts instructed under that end-to-end id."""

    def receipts(self, account_servicer_reference: str) -> Sequence[Receipt]:
        """Credits posted under that reference of the bank."""


@dataclass(frozen=True)
class Deposit:
    """A lender's money for its own ledger account."""

    entry: StatementEntry
    reference: CreditorReference
    subject: str


@dataclass(frozen=True)
class LoanReceipt:
    """A repayment, earmarked for one loan."""

    entry: StatementEntry
    reference: CreditorReference
    loan: str


@dataclass(frozen=True)
class PayoutSettled:
    """The bank booked a payout; its value date is the day interest starts."""

    entry: StatementEntry
    end_to_end_id: str
    loan: str


@dataclass(frozen=True)
class PayoutReturned:
    """A payout's money came back. reason: the bank's return code, None if the bank gives none."""

    entry: StatementEntry
    end_to_end_id: str
    loan: str
    reason: str | None


@dataclass(frozen=True)
class ReceiptReversed:
    """The bank took an earlier credit back, by reversal or return."""

    entry: StatementEntry
    original_reference: str
    reason: str | None


@dataclass(frozen=True)
class Suspense:
    """Booked, but not matched to exactly one known object. detail: the reference or account that stood there."""

    entry: StatementEntry
    reason: SuspenseReason
    detail: str


@dataclass(frozen=True)
class NotBooked:
    """Pending or for information: no money moved."""

    entry: StatementEntry


Classified = Deposit | LoanReceipt | PayoutSettled | PayoutReturned | ReceiptReversed | Suspense | NotBooked


def classify(entry: StatementEntry, directory: Directory, statement_date: date) -> Classified:  # noqa: PLR0911
    """What `entry` of the statement of `statement_date` is. Never raises: what can't be matched is Suspense."""
    if entry.status is not EntryStatus.BOOK:
        return NotBooked(entry)
    if entry.amount == 0:
        return Suspense(entry, SuspenseReason.ZERO_AMOUNT, "")
    if entry.transactions > 1:
        return Suspense(entry, SuspenseReason.BATCH, str(entry.transactions))
    if entry.value_date > statement_date:
        return Suspense(entry, SuspenseReason.LATER_VALUE_DATE, entry.value_date.isoformat())
    if entry.kind == "debit":
        return _debit(entry, directory)
    if entry.kind == "credit":
        return _credit(entry, directory)
    return _undone_payout(entry, directory) if entry.credit else _undone_receipt(entry, directory)


def _credit(entry: StatementEntry, directory: Directory) -> Classified:  # noqa: PLR0911
    stated = (*entry.remittance.creditor_references, *entry.remittance.unstructured)
    whole: set[CreditorReference] = set()
    mistyped: list[str] = []
    for text in stated:
        good, bad = references_in(text)
        whole.update(good)
        mistyped.extend(bad)
    # A structured reference that isn't ours at all was still meant as one.
    mistyped.extend(text for text in entry.remittance.creditor_references if references_in(text) == ((), ()))
    if mistyped:
        return Suspense(entry, SuspenseReason.MISTYPED_REFERENCE, mistyped[0])
    if not whole:
        return Suspense(entry, SuspenseReason.NO_REFERENCE, "")
    if len(whole) > 1:
        return Suspense(entry, SuspenseReason.SEVERAL_REFERENCES, " ".join(sorted(whole)))
    [reference] = whole
    lenders, loans = directory.lenders(reference), directory.loans(reference)
    if len(lenders) + len(loans) > 1:
        return Suspense(entry, SuspenseReason.AMBIGUOUS_REFERENCE, reference)
    if not lenders and not loans:
        return Suspense(entry, SuspenseReason.UNKNOWN_REFERENCE, reference)
    payer = lenders[0].account if lenders else loans[0].borrower_account
    if entry.counterparty_account != payer:
        return Suspense(entry, SuspenseReason.UNKNOWN_PAYER, entry.counterparty_account or "")
    if lenders:
        return Deposit(entry, reference, lenders[0].subject)
    return LoanReceipt(entry, reference, loans[0].loan)


def _debit(entry: StatementEntry, directory: Directory) -> Classified:
    payouts = directory.payouts(entry.end_to_end_id) if entry.end_to_end_id else ()
    if len(payouts) != 1:
        return Suspense(entry, SuspenseReason.UNKNOWN_DEBIT, entry.end_to_end_id or "")
    [payout] = payouts
    if payout.amount != entry.amount:
        return Suspense(entry, SuspenseReason.OTHER_AMOUNT, payout.end_to_end_id)
    return PayoutSettled(entry, payout.end_to_end_id, payout.loan)


def _undone_payout(entry: StatementEntry, directory: Directory) -> Classified:
    payouts = directory.payouts(entry.end_to_end_id) if entry.end_to_end_id else ()
    if len(payouts) != 1:
        return Suspense(entry, SuspenseReason.UNKNOWN_ORIGINAL, entry.end_to_end_id or "")
    [payout] = payouts
    if payout.amount != entry.amount:
        return Suspense(entry, SuspenseReason.OTHER_AMOUNT, payout.end_to_end_id)
    return PayoutReturned(entry, payout.end_to_end_id, payout.loan, entry.return_reason)


def _undone_receipt(entry: StatementEntry, directory: Directory) -> Classified:
    receipts = directory.receipts(entry.original_reference) if entry.original_reference else ()
    if len(receipts) != 1:
        return Suspense(entry, SuspenseReason.UNKNOWN_ORIGINAL, entry.original_reference or "")
    [receipt] = receipts
    if receipt.amount != entry.amount:
        return Suspense(entry, SuspenseReason.OTHER_AMOUNT, receipt.account_servicer_reference)
    return ReceiptReversed(entry, receipt.account_servicer_reference, entry.return_reason)
