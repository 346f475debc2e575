"""Appends to the audit log within the caller's transaction: what was done and its record are committed together.

`append` only notes the record on the connection; all records of a transaction are chained and written in one go just
before its commit, so that a group of works that shares a commit pays once. What a savepoint takes back is taken out of
the log with it; a transaction that is rolled back leaves none. Writes of a seat's database go one after the other, over
all processes, so the head that is read stands until the commit; its row is locked all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, insert, select, update
from sqlalchemy.orm import Session

from chain.audit.encoding import NO_RECORD, record_hash, text_of
from gateway.audit.records import Record, fitting
from gateway.audit.requests import request_id
from gateway.audit.tables import ONLY_ROW, AuditHead, AuditRecord
from gateway.database import now

_KEY: Final = "audit log"
_READ_HEAD = select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == ONLY_ROW).with_for_update()
_MAKE_HEAD = insert(AuditHead)
_MOVE_HEAD = update(AuditHead).where(AuditHead.id == ONLY_ROW)
_INSERT = insert(AuditRecord)
_MOST: Final = {"actor": 200, "tenant": 100, "action": 100, "subject": 200, "decision": 100}  # the columns' lengths


@dataclass
class _Noted:
    """What the open transaction of one connection will add, and how much of it there was at each open savepoint."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)


def append(session: Session, record: Record) -> None:
    """Adds the record to the log, if and when the transaction of `session` commits."""
    _noted(session.connection()).rows.append(_row(record))


def append_all(session: Session, records: Iterable[Record]) -> None:
    """Adds the records in their order."""
    _noted(session.connection()).rows.extend(map(_row, records))


def head(session: Session) -> tuple[int, str]:
    """Length of the log and hash of its last record, as committed; (0, zeros) for an empty one."""
    found = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == ONLY_ROW)).one_or_none()
    return (0, NO_RECORD) if found is None else (found.seq, found.hash)


def _row(record: Record) -> dict[str, Any]:
    """The record as text, so that nothing is left that could fail at the commit."""
    details = {fitting(str(name)): fitting(str(value)) for name, value in record.details.items()}
    return {
        "time": now(),
        "request": request_id(),
        **{name: fitting(getattr(record, name), most) for name, most in _MOST.items()},
        "details": text_of(details) if details else "{}",
        "transactions": text_of(record.transactions) if record.transactions else "[]",
        "request_hash": record.request_hash,
    }


def _noted(connection: Connection) -> _Noted:
    found: _Noted | None = connection.info.get(_KEY)
    if found is None:
        found = connection.info[_KEY] = _Noted()
    return found


@event.listens_for(Engine, "commit")
def _write(connection: Connection) -> None:
    noted: _Noted | None = connection.info.pop(_KEY, None)
    if noted is None or not noted.rows:
        return
    found = connection.execute(_READ_HEAD).one_or_none()
    if found is None:
        connection.execute(_MAKE_HEAD, {"id": ONLY_ROW, "seq": 0, "hash": NO_RECORD})
    seq, previous = (0, NO_RECORD) if found is None else (found.seq, found.hash)
    for row in noted.rows:
        seq += 1
        row["seq"], row["previous"] = seq, previous
        previous = row["hash"] = record_hash(**row)
    connection.execute(_INSERT, noted.rows)
    connection.execute(_MOVE_HEAD, {"seq": seq, "hash": previous})


@event.listens_for(Engine, "rollback")
def _forget(connection: Connection) -> None:
    if not connection.invalidated:  # a lost connection has taken its notes along
        connection.info.pop(_KEY, None)


@event.listens_for(Engine, "savepoint")
def _mark(connection: Connection, _: str | None) -> None:
    noted = _noted(connection)
    noted.marks.append(len(noted.rows))


@event.listens_for(Engine, "release_savepoint")
def _keep(connection: Connection, _: str, __: None) -> None:
    _noted(connection).marks.pop()


@event.listens_for(Engine, "rollback_savepoint")
def _take_back(connection: Connection, _: str, __: None) -> None:
    noted = _noted(connection)
    del noted.rows[noted.marks.pop() :]
