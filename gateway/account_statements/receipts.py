"""Loan receipts of a statement into as few transactions as possible, in the order in which they count.

For each loan: by value date, then as the bank lists them, each expecting the history length that the one before it
leaves. What the loan can't take (not active, more than it owes, value date before the last) goes to suspense here,
so that it can't spoil the rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.schedule import build_rows
from chain.ledger.terms import Terms
from gateway.account_statements.entries import bank_entry, to_suspense
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.seat import Seat

CHUNK = 50


def send(seat: Seat, session: Session, pending: Sequence[StatementEntryRow], principal: str) -> None:
    """Sends all `pending` receipts that their loans can take; the others go to suspense."""
    ready: list[tuple[StatementEntryRow, calls.Receipt]] = []
    by_loan: dict[str, list[StatementEntryRow]] = {}
    for row in pending:
        by_loan.setdefault(row.target or "", []).append(row)
    for loan_id, rows in by_loan.items():
        loan = index.loan(session, loan_id)
        ordered = sorted(rows, key=lambda row: (row.value_date, row.entry))
        if loan is None or loan.state != "Active":
            for row in ordered:
                to_suspense(row, "loan_not_active", f"the loan is {'unknown' if loan is None else loan.state}")
            continue
        ready += _receipts(loan, ordered)
    together = [item for item in ready if not item[0].alone]
    # A whole loan's receipts may straddle two batches: the later batch is sent after the earlier one.
    batches = [together[start : start + CHUNK] for start in range(0, len(together), CHUNK)]
    batches += [[item] for item in ready if item[0].alone]
    previous = None
    for batch in batches:
        call = calls.collect([receipt for _, receipt in batch])
        transaction = seat.outbox.enqueue(session, call, principal, None if batch[0][0].alone else previous)
        previous = transaction
        for row, _ in batch:
            row.transaction, row.posting = transaction.seq, Posting.SENT


def _receipts(loan: IndexedLoan, rows: Sequence[StatementEntryRow]) -> list[tuple[StatementEntryRow, calls.Receipt]]:
    assert loan.start is not None, "an active loan was disbursed"
    schedule = build_rows(Terms.from_json(loan.terms), loan.start)
    owed = sum(row.principal + row.interest for row in schedule) - loan.interest_paid - loan.principal_paid
    length, last = loan.length, loan.last_value_date or loan.start
    taken = []
    for row in rows:
        if owed == 0:
            to_suspense(row, "loan_not_active", "the loan is repaid")
        elif row.amount > owed:
            to_suspense(row, "payment_above_outstanding", f"only {owed} minor units are owed")
        elif row.value_date < last:
            to_suspense(row, "value_date_before_last", f"the loan's last value date is {last}")
        else:
            receipt = calls.Receipt(raw(loan.id), length, row.amount, row.value_date, bank_entry(row))
            taken.append((row, receipt))
            owed -= row.amount
            length, last = length + 1, row.value_date
    return taken


def reason_hash(text: str) -> bytes:
    """A reason as it goes on the ledger."""
    return bytes(keccak(text=text))
