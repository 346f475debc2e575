"""Takes repayments in: what is wrong with one is said at once, the rest is stored with its transactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.errors import Language, LedgerError
from chain.ledger.roles import Role
from gateway.approvals.actions import Operation, builds
from gateway.changes import Followed, Plan, link
from gateway.database import now
from gateway.errors import NotFound, RequestInvalid
from gateway.indexer.tables import IndexedLoan
from gateway.money import money
from gateway.outbox import repository as outbox
from gateway.outbox.states import stored_error
from gateway.outbox.tables import OutboxTransaction
from gateway.pages import Page, number_cursor, page
from gateway.repayments import repository, schemas
from gateway.repayments.errors import EntryBooked, StatementTaken
from gateway.repayments.receipts import collecting, send
from gateway.repayments.tables import RepaymentRow, RepaymentStatus
from gateway.seat import Seat
from gateway.transactions.schemas import TransactionError

LARGE_REPAYMENT = "large_repayment"


@dataclass(frozen=True)
class _Known:
    """What the index and the desk know that decides on a request's items."""

    lengths: Mapping[str, int]
    last_statement: int
    booked: Mapping[tuple[int, int], str]


def plan_repayment(seat: Seat, session: Session, request: schemas.RepaymentRequest, principal: str) -> Plan:
    """Books one repayment. Raises NotFound, RequestInvalid, EntryBooked, StatementTaken."""
    seat.require(Role.BANK)
    known = _known_of(session, request)
    _check(seat, request, known)
    before = repository.open_of_loan(session, request.loan)
    row = _row(request, known, uuid4().hex, 1, principal)

    def record(session: Session, transactions: Sequence[OutboxTransaction]) -> None:
        row.transaction = transactions[0].seq
        repository.insert(session, [row])

    return Plan(link("repayment", row.id, "repayments"), [collecting([row])], record=record, after=before)


def plan_batch(seat: Seat, request: schemas.RepaymentBatchRequest, principal: str) -> Plan:
    """Books many repayments in as few transactions as possible; what is wrong with one spoils no other."""
    seat.require(Role.BANK)
    seat.outbox.allow(("LoanEscrow", "collect"))
    batch = uuid4().hex

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        known = _known(session, request.items)
        booked = dict(known.booked)
        rows: list[RepaymentRow] = []
        for number, item in enumerate(request.items, start=1):
            row = _row(item, known, batch, number, principal)
            try:
                _check(seat, item, _Known(known.lengths, known.last_statement, booked))
            except LedgerError as error:
                row.status, row.error = RepaymentStatus.FAILED, stored_error(error)
            else:
                booked[item.statement, item.entry] = row.id
            rows.append(row)
        _send_after(seat, session, [row for row in rows if row.status != RepaymentStatus.FAILED])
        repository.insert(session, rows)

    return Plan(link("repayment_batch", batch, "repayment-batches"), record=record, followed=True)


def get(seat: Seat, identifier: str, language: Language) -> schemas.Repayment:
    """Raises NotFound."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        row = repository.by_id(session, identifier)
        if row is None:
            raise NotFound(resource="repayment", id=identifier)
        return _shown(session, [row], seat.currency, language)[0]


def get_batch(seat: Seat, identifier: str, language: Language) -> schemas.RepaymentBatch:
    """Raises NotFound."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        rows = repository.of_batch(session, identifier)
        if not rows:
            raise NotFound(resource="repayment batch", id=identifier)
        items = _shown(session, rows, seat.currency, language)
    counts = Counter[str](item.status for item in items)
    finished = all(item.status in ("posted", "failed", "stated") for item in items)
    return schemas.RepaymentBatch(id=identifier, finished=finished, counts=dict(counts), items=items)


def list_page(seat: Seat, loan: str | None, cursor: str | None, limit: int) -> Page[schemas.Repayment]:
    """Newest first."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        rows = repository.newest_first(session, loan, number_cursor(cursor), limit + 1)
        shown = {item.id: item for item in _shown(session, rows, seat.currency, "en")}
        return page(rows, limit, lambda row: shown[row.id], lambda row: row.seq)


@builds(LARGE_REPAYMENT)
def large_repayment(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Books one repayment above the limit of the key that books. request: repayment."""
    row = repository.by_id(session, request["repayment"])
    if row is None:
        raise NotFound(resource="repayment", id=request["repayment"])
    readable = {
        "operation": "book a repayment above the booking key's limit",
        "entry": f"{row.statement}/{row.entry} of {row.value_date}",
        "amount": f"{text_from_minor(row.amount)} {seat.currency}",
        "to": f"loan {row.loan}",
    }
    return Operation(collecting([row]), readable)


def _check(seat: Seat, item: schemas.RepaymentRequest, known: _Known) -> None:
    if item.amount.currency != seat.currency:
        raise RequestInvalid(reason=f"amount.currency: the ledger's currency is {seat.currency}")
    if item.loan not in known.lengths:
        raise NotFound(resource="loan", id=item.loan)
    if item.statement <= known.last_statement:
        raise StatementTaken(statement=item.statement, last=known.last_statement)
    booked = known.booked.get((item.statement, item.entry))
    if booked is not None:
        raise EntryBooked(statement=item.statement, entry=item.entry, what=f"repayment {booked}")


def _known_of(session: Session, item: schemas.RepaymentRequest) -> _Known:
    length = repository.length_of(session, item.loan)
    found = repository.booked(session, item.statement, item.entry)
    return _Known(
        {} if length is None else {item.loan: length},
        repository.last_statement(session),
        {} if found is None else {(item.statement, item.entry): found},
    )


def _known(session: Session, items: Sequence[schemas.RepaymentRequest]) -> _Known:
    loans = {item.loan for item in items}
    query = select(IndexedLoan.id, IndexedLoan.length).where(IndexedLoan.id.in_(loans))
    lengths = {row.id: row.length for row in session.execute(query)}
    booked = repository.booked_entries(session, [(item.statement, item.entry) for item in items])
    return _Known(lengths, repository.last_statement(session), booked)


def _row(item: schemas.RepaymentRequest, known: _Known, batch: str, number: int, principal: str) -> RepaymentRow:
    length = item.expected_history_length
    return RepaymentRow(
        id=uuid4().hex, batch=batch, item=number, loan=item.loan,
        expected_length=known.lengths.get(item.loan, 0) if length is None else length, amount=item.amount.minor,
        value_date=item.value_date, statement=item.statement, entry=item.entry,
        servicer_reference=item.servicer_reference, status=RepaymentStatus.SENT, split=0, principal=principal,
        created_at=now(),
    )  # fmt: skip


def _send_after(seat: Seat, session: Session, rows: Sequence[RepaymentRow]) -> None:
    """Sends the rows; those of a loan that has others on their way follow these."""
    behind: dict[int | None, list[RepaymentRow]] = {}
    before = repository.open_of_loans(session, {row.loan for row in rows})
    for row in rows:
        behind.setdefault(before.get(row.loan), []).append(row)
    for transaction, group in behind.items():
        send(seat, session, group, transaction)


def _shown(
    session: Session, rows: Sequence[RepaymentRow], currency: str, language: Language
) -> list[schemas.Repayment]:
    seqs = sorted({row.transaction for row in rows if row.transaction is not None})
    ids = {transaction.seq: transaction for transaction in outbox.many(session, seqs)}
    return [_show(row, ids.get(row.transaction or 0), currency, language) for row in rows]


def _show(
    row: RepaymentRow, transaction: OutboxTransaction | None, currency: str, language: Language
) -> schemas.Repayment:
    status = row.status
    if status == RepaymentStatus.SENT and transaction is not None and transaction.status == "final":
        status = RepaymentStatus.POSTED
    return schemas.Repayment(
        id=row.id,
        batch=row.batch,
        item=row.item,
        loan=row.loan,
        amount=money(row.amount, currency),
        value_date=row.value_date,
        statement=row.statement,
        entry=row.entry,
        servicer_reference=row.servicer_reference,
        status=status,  # type: ignore[arg-type]
        transaction=None if transaction is None else transaction.id,
        proposal=row.proposal,
        error=None
        if row.error is None
        else TransactionError(code=row.error["code"], message=row.error[language], params=row.error["params"]),
        created_at=row.created_at,
    )


def _transactions(session: Session, batch: str) -> Sequence[int]:
    found = {row.transaction for row in repository.of_batch(session, batch)}
    return sorted(seq for seq in found if seq is not None)


def _finished(session: Session, batch: str) -> bool:
    """Each item has come to an end, or waits for a second person."""
    return all(row.status != RepaymentStatus.SENT for row in repository.of_batch(session, batch))


FOLLOWED = {"repayment_batch": Followed(_transactions, _finished)}
