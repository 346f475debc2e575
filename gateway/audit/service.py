"""Appends to the audit log within the caller's transaction: what was done and its record are committed together.

`append` only notes the record; the records of a transaction are chained and written just before its commit, all at
once. So the head row is held as briefly as can be and always last, which leaves no room for deadlocks, and a group of
works that shares a commit pays once. What a savepoint takes back is taken out of the log with it; a transaction that is
rolled back leaves none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from chain.audit.encoding import NO_RECORD, record_hash, text_of
from gateway.audit.records import Record, fitting
from gateway.audit.requests import request_id
from gateway.audit.tables import ONLY_ROW, AuditHead, AuditRecord
from gateway.database import now

_PENDING: Final = "audit_pending"
_MARKS: Final = "audit_marks"
_READ_HEAD = select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == ONLY_ROW).with_for_update()
_MOVE_HEAD = update(AuditHead).where(AuditHead.id == ONLY_ROW)
_INSERT = insert(AuditRecord)
_MOST: Final = {"actor": 200, "tenant": 100, "action": 100, "subject": 200, "decision": 100}  # the columns' lengths

_Pending = tuple[str, str, Record]


def append(session: Session, record: Record) -> None:
    """Adds the record to the log, if and when the transaction of `session` commits."""
    session.info.setdefault(_PENDING, []).append((now(), request_id(), record))


def append_all(session: Session, records: Iterable[Record]) -> None:
    """Adds the records in their order."""
    for record in records:
        append(session, record)


def head(session: Session) -> tuple[int, str]:
    """Length of the log and hash of its last record, as committed; (0, zeros) for an empty one."""
    found = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == ONLY_ROW)).one_or_none()
    return (0, NO_RECORD) if found is None else (found.seq, found.hash)


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    pending: list[_Pending] | None = session.info.get(_PENDING)
    if not pending or session.in_nested_transaction():
        return
    session.info[_PENDING] = []
    connection = session.connection()
    held = connection.execute(_READ_HEAD).one_or_none()
    if held is None:
        # The very first append: of several at once, one makes the row and the others wait for it.
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        connection.execute(make(AuditHead).values(id=ONLY_ROW, seq=0, hash=NO_RECORD).on_conflict_do_nothing())
        held = connection.execute(_READ_HEAD).one()
    rows = _chained(pending, held.seq, held.hash)
    connection.execute(_INSERT, rows)
    connection.execute(_MOVE_HEAD.values(seq=rows[-1]["seq"], hash=rows[-1]["hash"]))


def _chained(pending: Iterable[_Pending], seq: int, previous: str) -> list[dict[str, Any]]:
    rows = []
    for time, request, record in pending:
        seq += 1
        texts = {name: fitting(getattr(record, name), most) for name, most in _MOST.items()}
        details = {fitting(name): fitting(value) for name, value in record.details.items()}
        row: dict[str, Any] = {
            "seq": seq,
            "previous": previous,
            "time": time,
            "request": request,
            **texts,
            "details": text_of(details) if details else "{}",
            "transactions": text_of(record.transactions) if record.transactions else "[]",
            "request_hash": record.request_hash,
        }
        previous = row["hash"] = record_hash(**row)
        rows.append(row)
    return rows


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_PENDING, ()))


@event.listens_for(Session, "after_soft_rollback")
def _take_back(session: Session, previous: SessionTransaction) -> None:
    pending: list[_Pending] | None = session.info.get(_PENDING)
    if pending:
        kept = session.info.get(_MARKS, {}).get(previous, 0) if previous.nested else 0
        del pending[kept:]


@event.listens_for(Session, "after_transaction_end")
def _forget_marks(session: Session, transaction: SessionTransaction) -> None:
    # A savepoint's mark outlives it: its rollback is told of after its end.
    if not transaction.nested:
        session.info.pop(_MARKS, None)
