"""Loan receipts of a statement into as few transactions as possible, in the order in which they count.

For each loan: by value date, then as the bank lists them. What comes too late in value date waits for two people to put
it in; a receipt for which the borrower has signed an early repayment carries it out; what the loan can't take (unknown,
not active, repaid by the receipt before) goes to suspense here, so that it can't spoil the rest. What the reference
model says before is only for that: the ledger decides. A batch that is refused is sent again in halves, until the bad
receipt stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.history import Entry
from chain.ledger.structs import Receipt
from chain.ledger.terms import Terms
from chain.model.account import moved_to, post
from chain.model.early import repay_early
from chain.model.errors import Refused
from chain.model.terms import EarlyKind
from gateway.account_statements import early_orders
from gateway.account_statements.entries import bank_entry, propose, to_suspense
from gateway.account_statements.tables import EarlyOrderRow, Posting, StatementEntryRow
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.loans.accounts import LoanAccount, account_of
from gateway.loans.figures import needed_for
from gateway.outbox.tables import OutboxTransaction
from gateway.seat import Seat

CHUNK = 50


@dataclass
class _Sorted:
    """What is to be done with one loan's receipts: post, put in, repay early; what is in none of them ended here."""

    receipts: list[tuple[StatementEntryRow, Receipt]] = field(default_factory=list)
    late: list[StatementEntryRow] = field(default_factory=list)
    early: tuple[StatementEntryRow, EarlyOrderRow, Call] | None = None


def warm(seat: Seat, session: Session, pending: Sequence[StatementEntryRow]) -> None:
    """Asks the node for what sorting these receipts will need, so that no write waits for it."""
    for loan_id in {row.target or "" for row in pending}:
        loan = index.loan(session, loan_id)
        if loan is not None and loan.state == "Active":
            found = account_of(seat, session, loan)
            days = [row.value_date for row in pending if row.target == loan_id]
            moved_to(found.terms, found.account, max(days), found.payable_by)


def send(seat: Seat, session: Session, pending: Sequence[StatementEntryRow], principal: str, today: date) -> bool:
    """Sends all `pending` receipts that their loans can take; the others go to suspense or wait for two people.

    today: the business date. False if nothing changed.
    """
    by_loan: dict[str, list[StatementEntryRow]] = {}
    for row in pending:
        by_loan.setdefault(row.target or "", []).append(row)
    together: list[tuple[StatementEntryRow, Receipt]] = []
    for loan_id, rows in by_loan.items():
        sorted_ = _sort(seat, session, loan_id, sorted(rows, key=lambda row: (row.value_date, row.entry)), today)
        together += sorted_.receipts
        if sorted_.late:
            request = {"loan": loan_id, "entries": [[row.statement, row.entry] for row in sorted_.late]}
            propose(session, "insertion", request, loan_id, principal, sorted_.late)
        if sorted_.early is not None and not sorted_.receipts:
            row, order, call = sorted_.early
            transaction = seat.outbox.enqueue(session, call, principal)
            row.transaction, row.posting = transaction.seq, Posting.SENT
            order.statement, order.entry = row.statement, row.entry
    _send_batches(seat, session, together, principal)
    return True


def _send_batches(
    seat: Seat, session: Session, together: Sequence[tuple[StatementEntryRow, Receipt]], principal: str
) -> None:
    """A whole loan's receipts may straddle two batches: each is sent after the one before."""
    previous: OutboxTransaction | None = None
    for split in sorted({row.split for row, _ in together}):
        size = max(1, CHUNK >> split)
        items = [item for item in together if item[0].split == split]
        for start in range(0, len(items), size):
            batch = items[start : start + size]
            call = calls.collect([receipt for _, receipt in batch])
            previous = seat.outbox.enqueue(session, call, principal, None if split else previous)
            for row, _ in batch:
                row.transaction, row.posting = previous.seq, Posting.SENT


def _sort(seat: Seat, session: Session, loan_id: str, rows: Sequence[StatementEntryRow], today: date) -> _Sorted:
    """Decides on one loan's receipts, which are in the order in which they count."""
    result = _Sorted()
    loan = index.loan(session, loan_id)
    if loan is None or loan.state not in ("Active", "Repaid") or loan.start is None or loan.last_value_date is None:
        for row in rows:
            to_suspense(row, "loan_not_active", f"the loan is {'unknown' if loan is None else loan.state}")
        return result
    in_time: list[StatementEntryRow] = []
    for row in rows:
        if row.value_date < loan.start:
            to_suspense(row, "value_date_before_payout", f"the loan was paid out on {loan.start}")
        elif row.value_date < loan.last_value_date:
            if _repaid_early_after(session, loan_id, row.value_date):
                to_suspense(row, "early_repayment_since", "an early repayment counts later; reverse that first")
            else:
                result.late.append(row)
        elif loan.state == "Repaid":
            to_suspense(row, "loan_not_active", "the loan is repaid")
        else:
            in_time.append(row)
    if in_time:
        order = early_orders.standing(session, loan_id, today)
        _follow(loan, account_of(seat, session, loan), in_time, order, result)
    return result


def _repaid_early_after(session: Session, loan: str, day: date) -> bool:
    return any(
        payment.undone_by is None and payment.kind == int(Entry.EARLY_REPAID) and payment.value_date > day
        for payment in index.payments(session, loan)
    )


def _follow(
    loan: IndexedLoan,
    found: LoanAccount,
    rows: Sequence[StatementEntryRow],
    order: EarlyOrderRow | None,
    result: _Sorted,
) -> None:
    """Carries the account on receipt by receipt, to see which the loan can still take."""
    length = loan.length
    for row in rows:
        if found.account.settled:
            to_suspense(row, "loan_not_active", "the loan is repaid")
            continue
        if order is not None and row.amount >= needed_for(found, row.value_date, EarlyKind[order.kind]):
            result.early = (row, order, _early(loan, found, row, order, length))
            return  # what comes after it is looked at when it is posted
        result.receipts.append((row, receipt_of(loan.id, length, row)))
        account, _ = post(found.terms, found.account, row.value_date, row.amount, found.payable_by)
        found = LoanAccount(found.terms, account, found.payable_by)
        length += 1


def _early(loan: IndexedLoan, found: LoanAccount, row: StatementEntryRow, order: EarlyOrderRow, length: int) -> Call:
    """The receipt as an early repayment, with the table that remains."""
    try:
        _, _, early = repay_early(
            found.terms, found.account, row.value_date, row.amount, EarlyKind[order.kind], found.payable_by
        )
        rows = early.rows
    except Refused:
        rows = ()  # the ledger says why not
    return calls.repay_early(
        Terms.from_json(loan.terms),
        receipt_of(loan.id, length, row),
        early_orders.order_of(order),
        raw(order.signature),
        rows,
    )


def receipt_of(loan: str, length: int, row: StatementEntryRow) -> Receipt:
    """The entry as a receipt of its loan."""
    return Receipt(raw(loan), length, row.amount, row.value_date, bank_entry(row))
