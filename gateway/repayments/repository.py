"""Reads and writes of repayments. Decides nothing; never commits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, func, select, update
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session

from gateway.account_statements.tables import StatementEntryRow, StatementRow
from gateway.indexer.tables import IndexedLoan
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.repayments.tables import RepaymentRow, RepaymentStatus


def by_id(session: Session, identifier: str) -> RepaymentRow | None:
    """By its id."""
    return session.scalar(select(RepaymentRow).where(RepaymentRow.id == identifier))


def of_batch(session: Session, batch: str) -> Sequence[RepaymentRow]:
    """Of one request, in its order."""
    return session.scalars(select(RepaymentRow).where(RepaymentRow.batch == batch).order_by(RepaymentRow.item)).all()


def newest_first(session: Session, loan: str | None, before: int | None, limit: int) -> Sequence[RepaymentRow]:
    """Below the seq `before`, of all loans or one."""
    query = select(RepaymentRow)
    if loan is not None:
        query = query.where(RepaymentRow.loan == loan)
    if before is not None:
        query = query.where(RepaymentRow.seq < before)
    return session.scalars(query.order_by(RepaymentRow.seq.desc()).limit(limit)).all()


# Made once, on the tables themselves: they are run for every single repayment.
_row, _loan, _statement = RepaymentRow.__table__.c, IndexedLoan.__table__.c, StatementRow.__table__.c
_INSERT = insert_into(RepaymentRow)
_STORED = [column.key for column in _row if column.key not in ("seq", "error")]
_BOOKED = select(_row.id).where(
    _row.statement == bindparam("b_statement"),
    _row.entry == bindparam("b_entry"),
    _row.status != RepaymentStatus.FAILED.value,
)
_LENGTH = select(_loan.length).where(_loan.id == bindparam("b_loan"))
_LAST_STATEMENT = select(_statement.number).order_by(_statement.number.desc()).limit(1)
_OPEN_OF_LOAN = (
    select(_row.transaction)
    .where(_row.loan == bindparam("b_loan"), _row.status == RepaymentStatus.SENT.value, _row.transaction.is_not(None))
    .order_by(_row.seq.desc())
    .limit(1)
)


def insert(session: Session, rows: Sequence[RepaymentRow]) -> None:
    """Stores new repayments; the session does not know them. Quicker than its unit of work."""
    for names in (_STORED, [*_STORED, "error"]):  # no error is no value, not JSON's null
        values = [{n: getattr(row, n) for n in names} for row in rows if (row.error is not None) == ("error" in names)]
        if values:
            session.connection().execute(_INSERT, values)


def booked(session: Session, statement: int, entry: int) -> str | None:
    """The id of the repayment by that bank entry, unless it failed."""
    values = {"b_statement": statement, "b_entry": entry}
    found: str | None = session.connection().execute(_BOOKED, values).scalar()
    return found


def length_of(session: Session, loan: str) -> int | None:
    """The length of the loan's history as indexed; None for an unknown loan."""
    found: int | None = session.connection().execute(_LENGTH, {"b_loan": loan}).scalar()
    return found


def booked_entries(session: Session, entries: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """The ids of repayments booked by any of `entries` (statement and entry), without those that failed."""
    asked: dict[int, set[int]] = {}
    for statement, entry in entries:
        asked.setdefault(statement, set()).add(entry)
    found: dict[tuple[int, int], str] = {}
    for statement, numbers in asked.items():
        query = select(_row.entry, _row.id).where(
            _row.statement == statement, _row.entry.in_(numbers), _row.status != RepaymentStatus.FAILED.value
        )
        found |= {(statement, entry): str(identifier) for entry, identifier in session.connection().execute(query)}
    return found


def last_statement(session: Session) -> int:
    """Number of the newest account statement that was taken in; 0 before the first."""
    return int(session.connection().execute(_LAST_STATEMENT).scalar() or 0)


def stated(session: Session, row: RepaymentRow) -> StatementEntryRow | None:
    """The entry of the account statement that took the repayment over."""
    return session.get(StatementEntryRow, (row.statement, row.entry))


def note_posted(session: Session) -> int:
    """Ends all repayments whose transactions are final. Returns how many."""
    final = select(OutboxTransaction.seq).where(
        OutboxTransaction.seq == RepaymentRow.transaction, OutboxTransaction.status == Status.FINAL
    )
    query = update(RepaymentRow).where(RepaymentRow.status == RepaymentStatus.SENT, final.exists())
    return int(
        session.execute(
            query.values(status=RepaymentStatus.POSTED).execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
    )


def has_ended(session: Session) -> bool:
    """Whether the transaction of a repayment that was sent has ended, or a second person may have decided."""
    ended = (
        select(RepaymentRow.seq)
        .join(OutboxTransaction, OutboxTransaction.seq == RepaymentRow.transaction)
        .where(
            RepaymentRow.status == RepaymentStatus.SENT,
            OutboxTransaction.status.in_((Status.FINAL, Status.FAILED)),
        )
        .limit(1)
    )
    return session.scalar(ended) is not None


def failed(session: Session) -> Sequence[RepaymentRow]:
    """Repayments whose transaction failed, in their order."""
    query = (
        select(RepaymentRow)
        .join(OutboxTransaction, OutboxTransaction.seq == RepaymentRow.transaction)
        .where(RepaymentRow.status == RepaymentStatus.SENT, OutboxTransaction.status == Status.FAILED)
    )
    return session.scalars(query.order_by(RepaymentRow.seq)).all()


def proposed(session: Session) -> Sequence[RepaymentRow]:
    """Those that wait for a second person."""
    query = select(RepaymentRow).where(RepaymentRow.status == RepaymentStatus.PROPOSED)
    return session.scalars(query.order_by(RepaymentRow.seq)).all()


def open_of_loan(session: Session, loan: str) -> int | None:
    """The outbox seq of the newest repayment of the loan that is still on its way with others."""
    found: int | None = session.connection().execute(_OPEN_OF_LOAN, {"b_loan": loan}).scalar()
    return found


def open_of_loans(session: Session, loans: Iterable[str]) -> dict[str, int]:
    """By loan, as `open_of_loan`; without the loans that have none."""
    newest = (
        select(func.max(_row.seq))
        .where(_row.loan.in_(sorted(loans)), _row.status == RepaymentStatus.SENT.value, _row.transaction.is_not(None))
        .group_by(_row.loan)
    )
    rows = session.connection().execute(select(_row.loan, _row.transaction).where(_row.seq.in_(newest)))
    return {loan: int(transaction) for loan, transaction in rows}
