"""Repayments as the ledger takes them: receipts in as few transactions as possible, those of one loan in their order.

A loan's repayments go into one transaction, or into one after the other; independent loans share transactions that
don't wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.structs import BankEntry, Receipt
from gateway.fields import raw
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction
from gateway.repayments.tables import RepaymentRow, RepaymentStatus
from gateway.seat import Seat

CHUNK = 50


def receipt_of(row: RepaymentRow) -> Receipt:
    """The repayment as a receipt; the bank's own reference goes on the ledger only as its hash."""
    entry = BankEntry(row.statement, row.entry, bytes(keccak(text=row.servicer_reference)))
    return Receipt(raw(row.loan), row.expected_length, row.amount, row.value_date, entry)


def collecting(rows: Iterable[RepaymentRow]) -> Call:
    """One call for all `rows`."""
    return calls.collect([receipt_of(row) for row in rows])


def by_loan(rows: Iterable[RepaymentRow]) -> list[list[RepaymentRow]]:
    """The rows of each loan together, loans in the order of their first."""
    groups: dict[str, list[RepaymentRow]] = {}
    for row in rows:
        groups.setdefault(row.loan, []).append(row)
    return list(groups.values())


def chunks(rows: Iterable[RepaymentRow], size: int) -> list[list[list[RepaymentRow]]]:
    """Chains of chunks of at most `size` rows: chunks of one chain follow each other, chains are independent.

    Only a loan with more than `size` rows makes a chain longer than one chunk.
    """
    chains: list[list[list[RepaymentRow]]] = []
    filling: list[RepaymentRow] = []
    for group in by_loan(rows):
        if len(group) > size:
            chains.append([group[start : start + size] for start in range(0, len(group), size)])
            continue
        if len(filling) + len(group) > size:
            chains.append([filling])
            filling = []
        filling = [*filling, *group]
    return [*chains, [filling]] if filling else chains


def send(
    seat: Seat, session: Session, rows: Sequence[RepaymentRow], before: int | None = None, size: int = CHUNK
) -> list[OutboxTransaction]:
    """Puts `rows` into the outbox; `before`: outbox seq of a transaction that they have to follow."""
    sent = []
    first = None if before is None else outbox.get(session, before)
    for chain in chunks(rows, size):
        previous = first
        for chunk in chain:
            previous = seat.outbox.enqueue(session, collecting(chunk), chunk[0].principal, previous)
            sent.append(previous)
            for row in chunk:
                row.transaction, row.status = previous.seq, RepaymentStatus.SENT
    return sent
