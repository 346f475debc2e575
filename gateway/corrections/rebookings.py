"""How a reversal or an insertion is built: the history from the first payment undone, as the index has it now.

Whoever proposes says which payment or entries; head and tail are collected anew whenever the proposal is looked at, so
that entries of others in between spoil nothing that was not approved yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.ledger import calls
from chain.ledger.history import Entry, HistoryEntry, recordings
from chain.ledger.structs import NO_ENTRY, BankEntry, Rebooking, Receipt
from gateway.account_statements.entries import bank_entry, reason_hash
from gateway.account_statements.receipts import receipt_of
from gateway.account_statements.tables import StatementEntryRow
from gateway.approvals.actions import Operation, builds
from gateway.errors import CorrectionImpossible, NotFound
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan, IndexedPayment
from gateway.seat import Seat

INSERTION, REVERSAL = "insertion", "reversal"


@builds(INSERTION)
def insertion(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Puts booked credits in by their value dates. request: loan, entries as [[statement, entry], ...]."""
    loan = _loan(session, request["loan"])
    rows = sorted(_entries(session, request["entries"]), key=lambda row: (row.value_date, row.entry))
    earliest = rows[0].value_date
    payments = [p for p in index.payments(session, loan.id) if p.undone_by is None]
    first = next((p for p in payments if p.value_date > earliest), None)
    if first is None:
        raise CorrectionImpossible(loan=loan.number, reason=f"no payment counts later than {earliest}")
    undone = [p for p in payments if p.seq >= first.seq]
    _refuse_early(loan, undone)
    reason = f"entries of {earliest} and later put in"
    added = tuple(receipt_of(loan.id, loan.length, row) for row in rows)
    call = calls.rebook(_rebooking(session, loan, first.seq, False, NO_ENTRY, added, reason))
    readable = {
        "operation": "put booked credits in by their value dates",
        "loan": loan.number,
        "credits": "; ".join(_described(row, loan.currency) for row in rows),
        "total": _money(sum(row.amount for row in rows), loan.currency),
        "posted again": _listed(undone, loan.currency),
        "loan now": f"{loan.state}, outstanding {_money(loan.outstanding, loan.currency)}",
    }
    return Operation(call, readable)


@builds(REVERSAL)
def reversal(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Takes a payment back. request: loan, seq of the payment, statement and entry of the booked debit, reason."""
    loan = _loan(session, request["loan"])
    payment = index.live_payment(session, loan.id, int(request["seq"]))
    if payment is None:
        raise CorrectionImpossible(loan=loan.number, reason=f"entry {request['seq']} is no payment that counts")
    [debit] = _entries(session, [[request["statement"], request["entry"]]])
    if debit.credit or debit.amount != payment.amount:
        raise CorrectionImpossible(
            loan=loan.number, reason=f"the booked entry is no debit of {_money(payment.amount, loan.currency)}"
        )
    later = [p for p in index.payments(session, loan.id) if p.undone_by is None and p.seq > payment.seq]
    _refuse_early(loan, later)
    rebooking = _rebooking(session, loan, payment.seq, True, bank_entry(debit), (), request["reason"])
    readable = {
        "operation": "reverse a payment",
        "loan": loan.number,
        "payment": _listed([payment], loan.currency),
        "amount": _money(payment.amount, loan.currency),
        "booked debit": _described(debit, loan.currency),
        "posted again": _listed(later, loan.currency),
        "loan now": f"{loan.state}, outstanding {_money(loan.outstanding, loan.currency)}",
        "reason": request["reason"],
    }
    return Operation(calls.rebook(rebooking), readable)


def _refuse_early(loan: IndexedLoan, undone: Sequence[IndexedPayment]) -> None:
    """An early repayment's table can't be made again: it is undone first, and for good."""
    early = next((payment for payment in undone if payment.kind == int(Entry.EARLY_REPAID)), None)
    if early is not None:
        raise CorrectionImpossible(
            loan=loan.number, reason=f"the early repayment of entry {early.seq} came after it; reverse that first"
        )


def _rebooking(
    session: Session,
    loan: IndexedLoan,
    seq: int,
    reverse: bool,
    entry: BankEntry,
    added: tuple[Receipt, ...],
    reason: str,
) -> Rebooking:
    tail = tuple(_tail(session, loan.id, seq))
    before = index.entry(session, loan.id, seq - 1)
    return Rebooking(
        loan=raw(loan.id),
        head=raw(loan.id if before is None else before.head),
        seq=seq,
        tail=recordings(tail),
        reverse=reverse,
        entry=entry,
        added=added,
        reason_hash=reason_hash(reason),
    )


def _tail(session: Session, loan: str, seq: int) -> Iterator[HistoryEntry]:
    after = seq - 1
    while rows := index.entries(session, loan, after):
        yield from (index.history_entry(row) for row in rows)
        after = rows[-1].seq


def _loan(session: Session, loan: str) -> IndexedLoan:
    row = index.loan(session, loan)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return row


def _entries(session: Session, places: Sequence[Sequence[int]]) -> list[StatementEntryRow]:
    found = []
    for statement, number in places:
        row = session.get(StatementEntryRow, (statement, number))
        if row is None:
            raise NotFound(resource="entry", id=f"{statement}/{number}")
        found.append(row)
    return found


def _described(row: StatementEntryRow, currency: str) -> str:
    return f"entry {row.statement}/{row.entry} of {row.value_date}: {_money(row.amount, currency)}"


def _listed(payments: Sequence[IndexedPayment], currency: str) -> str:
    shown = (f"entry {p.seq}, value date {p.value_date}: {_money(p.amount, currency)}" for p in payments)
    return "; ".join(shown) or "nothing"


def _money(amount: int, currency: str) -> str:
    return f"{text_from_minor(amount)} {currency}"
