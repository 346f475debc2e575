from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest

from chain.bank.account_statement import EntryStatus, Remittance, StatementEntry
from chain.bank.amounts import Minor
from chain.bank.classification import (
    Deposit,
    Lender,
    Loan,
    LoanReceipt,
    NotBooked,
    Payout,
    PayoutReturned,
    PayoutSettled,
    Receipt,
    ReceiptReversed,
    Suspense,
    SuspenseReason,
    classify,
)
from chain.bank.references import CreditorReference, ReferenceKind, creditor_reference, payout_end_to_end_id, printed

Entry = Callable[..., StatementEntry]
DAY = date(2026, 1, 5)
PAYER = "6217000000000000001"
LENDER = creditor_reference(ReferenceKind.DEPOSIT, "PF-A", "K01")
LOAN = creditor_reference(ReferenceKind.LOAN, "PF-A", "L01")
TWICE = creditor_reference(ReferenceKind.LOAN, "PF-A", "twice")
PAYOUT = payout_end_to_end_id("PF-A", "L01", 1)


@dataclass(frozen=True)
class Known:
    def lenders(self, reference: CreditorReference) -> Sequence[Lender]:
        return (Lender("subject-K01", PAYER),) if reference == LENDER else ()

    def loans(self, reference: CreditorReference) -> Sequence[Loan]:
        if reference == TWICE:
            return (Loan("loan-1", PAYER), Loan("loan-2", PAYER))
        return (Loan("loan-L01", PAYER),) if reference == LOAN else ()

    def payouts(self, end_to_end_id: str) -> Sequence[Payout]:
        return (Payout(PAYOUT, "loan-L01", Minor(500_000)),) if end_to_end_id == PAYOUT else ()

    def receipts(self, account_servicer_reference: str) -> Sequence[Receipt]:
        return (Receipt("BR-0", Minor(500_000)),) if account_servicer_reference == "BR-0" else ()


def text(*lines: str) -> Remittance:
    return Remittance(lines, ())


@pytest.mark.parametrize(
    "remittance", [text(f"充值 {printed(LENDER)}"), Remittance((), (LENDER,)), Remittance((LENDER,), (LENDER,))]
)
def test_a_credit_with_a_lenders_reference_is_its_deposit(remittance: Remittance, entry: Entry) -> None:
    given = entry(remittance=remittance)
    assert classify(given, Known(), DAY) == Deposit(given, LENDER, "subject-K01")


def test_a_credit_with_a_loans_reference_is_its_receipt(entry: Entry) -> None:
    given = entry(remittance=text(f"还款 {LOAN}"))
    assert classify(given, Known(), DAY) == LoanReceipt(given, LOAN, "loan-L01")


def test_a_debit_with_a_payouts_id_settles_it(entry: Entry) -> None:
    given = entry(credit=False, kind="debit", end_to_end_id=PAYOUT)
    assert classify(given, Known(), DAY) == PayoutSettled(given, PAYOUT, "loan-L01")


@pytest.mark.parametrize("kind", ["return", "reversal"])
def test_a_payout_that_comes_back_is_returned(kind: str, entry: Entry) -> None:
    given = entry(kind=kind, end_to_end_id=PAYOUT, return_reason="AC04")
    assert classify(given, Known(), DAY) == PayoutReturned(given, PAYOUT, "loan-L01", "AC04")


@pytest.mark.parametrize("kind", ["return", "reversal"])
def test_a_credit_taken_back_reverses_the_receipt(kind: str, entry: Entry) -> None:
    given = entry(credit=False, kind=kind, original_reference="BR-0", return_reason=None)
    assert classify(given, Known(), DAY) == ReceiptReversed(given, "BR-0", None)


@pytest.mark.parametrize("status", [EntryStatus.PDNG, EntryStatus.INFO])
def test_what_is_not_booked_moves_no_money(status: EntryStatus, entry: Entry) -> None:
    given = entry(status=status, remittance=text(LOAN))
    assert classify(given, Known(), DAY) == NotBooked(given)


MISTYPED = LOAN[:-1] + str((int(LOAN[-1]) + 1) % 10)
UNKNOWN = creditor_reference(ReferenceKind.LOAN, "PF-A", "L99")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 0, "remittance": text(LOAN)}, SuspenseReason.ZERO_AMOUNT),
        ({"transactions": 2, "remittance": text(LOAN)}, SuspenseReason.BATCH),
        ({"value_date": date(2026, 1, 6), "remittance": text(LOAN)}, SuspenseReason.LATER_VALUE_DATE),
        ({"remittance": text()}, SuspenseReason.NO_REFERENCE),
        ({"remittance": text("thank you")}, SuspenseReason.NO_REFERENCE),
        ({"remittance": text(MISTYPED)}, SuspenseReason.MISTYPED_REFERENCE),
        ({"remittance": text(LOAN, MISTYPED)}, SuspenseReason.MISTYPED_REFERENCE),
        ({"remittance": Remittance((LOAN,), ("INV-2026-1",))}, SuspenseReason.MISTYPED_REFERENCE),
        ({"remittance": text(LOAN, LENDER)}, SuspenseReason.SEVERAL_REFERENCES),
        ({"remittance": text(UNKNOWN)}, SuspenseReason.UNKNOWN_REFERENCE),
        ({"remittance": text(PAYOUT)}, SuspenseReason.UNKNOWN_REFERENCE),
        ({"remittance": text(TWICE)}, SuspenseReason.AMBIGUOUS_REFERENCE),
        ({"remittance": text(LOAN), "counterparty_account": "6217999"}, SuspenseReason.UNKNOWN_PAYER),
        ({"remittance": text(LENDER), "counterparty_account": None}, SuspenseReason.UNKNOWN_PAYER),
        ({"credit": False, "kind": "debit"}, SuspenseReason.UNKNOWN_DEBIT),
        ({"credit": False, "kind": "debit", "end_to_end_id": LOAN}, SuspenseReason.UNKNOWN_DEBIT),
        ({"credit": False, "kind": "debit", "end_to_end_id": PAYOUT, "amount": 1}, SuspenseReason.OTHER_AMOUNT),
        ({"kind": "return", "end_to_end_id": PAYOUT, "amount": 1}, SuspenseReason.OTHER_AMOUNT),
        ({"kind": "return", "end_to_end_id": None}, SuspenseReason.UNKNOWN_ORIGINAL),
        ({"credit": False, "kind": "reversal"}, SuspenseReason.UNKNOWN_ORIGINAL),
        (
            {"credit": False, "kind": "reversal", "original_reference": "BR-0", "amount": 499_999},
            SuspenseReason.OTHER_AMOUNT,
        ),
    ],
)
def test_what_is_not_matched_to_one_object_goes_to_suspense_with_its_reason(
    changes: dict[str, object], reason: SuspenseReason, entry: Entry
) -> None:
    classified = classify(entry(**changes), Known(), DAY)
    assert isinstance(classified, Suspense)
    assert classified.reason is reason
