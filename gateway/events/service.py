"""How the rest of the gateway publishes: an event exists exactly if the transaction that caused it was committed.

`publish` keeps the event with the caller's transaction. Right before its commit all its events are numbered and written
at once, under a lock on the log's row that the commit releases: numbers have no holes and become visible in their
order, so who reads by number misses none. Nothing is locked after that row, so publishing can't deadlock. What a
savepoint that is rolled back published is dropped with it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, Table, bindparam, event, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from gateway.auth.actors import SEAT_TENANT
from gateway.database import now
from gateway.events.tables import EventLog, EventRow
from gateway.events.types import WITHDRAWN

EVERYONE: Final = "*"
SEAT: Final = SEAT_TENANT

_KEPT: Final = "loan ledger events"
_LOG = cast(Table, EventLog.__table__)
_INSERT = insert(cast(Table, EventRow.__table__))
_ADVANCE = update(_LOG).where(_LOG.c.id == 1).values(last=_LOG.c.last + bindparam("count")).returning(_LOG.c.last)


@dataclass(frozen=True)
class Withdrawal:
    """Which event another one withdraws, and whether that one had been confirmed."""

    seq: int
    was_confirmed: bool


@dataclass(frozen=True)
class Pending:
    """An event that is published when its transaction commits."""

    type: str
    subject: str
    data: str
    tenant: str
    loan: str | None
    block: int | None
    withdraws: Withdrawal | None = None


@dataclass
class _Kept:
    """What a connection's running transaction published, and how much of it before each open savepoint."""

    pending: list[Pending] = field(default_factory=list)
    savepoints: list[int] = field(default_factory=list)


def publish(
    session: Session,
    type: str,
    subject: str,
    data: Mapping[str, Any],
    tenant: str = SEAT,
    *,
    loan: str | None = None,
    block: int | None = None,
) -> None:
    """Publishes an event with the caller's transaction, or not at all.

    type: one of `types.toml`. subject: what it is about, as a path such as `loans/0x...`. data: plain JSON that fits
    the type's schema. tenant: who may see it; EVERYONE for all. block: it is true only while the chain has this block.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    _keep(session, Pending(type, subject, text, tenant, loan, block))


def withdraw(session: Session, row: EventRow, *, was_confirmed: bool) -> None:
    """Publishes that `row` is not true any more; once for each event, however often it is asked for."""
    withdrawn = Withdrawal(row.seq, was_confirmed)
    _keep(session, Pending(row.type + WITHDRAWN, row.subject, row.data, row.tenant, row.loan, None, withdrawn))


def ensure_log(connection: Connection) -> None:
    """Makes the log's row if there is none."""
    row = {"id": 1, "name": secrets.token_hex(4), "last": 0}
    make = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    connection.execute(make(EventLog).values(row).on_conflict_do_nothing())


def log_name(session: Session) -> str | None:
    """The log's name; None while there is no log."""
    return session.scalar(select(EventLog.name).where(EventLog.id == 1))


def _keep(session: Session, pending: Pending) -> None:
    _kept(session.connection()).pending.append(pending)


def _number(connection: Connection) -> None:
    kept: _Kept | None = connection.info.pop(_KEPT, None)
    if kept is None or not kept.pending:
        return
    pending = kept.pending
    if any(one.withdraws is not None for one in pending):
        _advance(connection, 0)
        pending = _once(connection, pending)
    if not pending:
        return
    first = _advance(connection, len(pending)) - len(pending) + 1
    moment = now()
    connection.execute(_INSERT, [_row(seq, one, moment) for seq, one in enumerate(pending, first)])


def _row(seq: int, one: Pending, moment: str) -> dict[str, object]:
    withdrawn = one.withdraws
    return {
        "seq": seq,
        "at": moment,
        "type": one.type,
        "subject": one.subject,
        "loan": one.loan,
        "tenant": one.tenant,
        "block": one.block,
        "data": one.data,
        "withdraws": None if withdrawn is None else withdrawn.seq,
        "was_confirmed": None if withdrawn is None else withdrawn.was_confirmed,
    }


def _advance(connection: Connection, count: int) -> int:
    """Locks the log until the commit and takes `count` numbers; returns the last one given out."""
    last = connection.scalar(_ADVANCE, {"count": count})
    if last is None:
        ensure_log(connection)
        last = connection.scalar(_ADVANCE, {"count": count})
    return cast(int, last)


def _once(connection: Connection, pending: Sequence[Pending]) -> list[Pending]:
    """Without what would withdraw an event a second time. Needs the log's lock."""
    asked = [one.withdraws.seq for one in pending if one.withdraws is not None]
    done = set(connection.scalars(select(EventRow.withdraws).where(EventRow.withdraws.in_(asked))))
    kept = []
    for one in pending:
        if one.withdraws is None:
            kept.append(one)
        elif one.withdraws.seq not in done:
            done.add(one.withdraws.seq)
            kept.append(one)
    return kept


def _savepoint(connection: Connection, _: object) -> None:
    kept = _kept(connection)
    kept.savepoints.append(len(kept.pending))


def _released(connection: Connection, _: object, __: object) -> None:
    _kept(connection).savepoints.pop()


def _rolled_back_to(connection: Connection, _: object, __: object) -> None:
    kept = _kept(connection)
    del kept.pending[kept.savepoints.pop() :]


def _rolled_back(connection: Connection) -> None:
    if not connection.invalidated:  # a lost connection has taken its notes along
        connection.info.pop(_KEPT, None)


def _kept(connection: Connection) -> _Kept:
    kept: _Kept | None = connection.info.get(_KEPT)
    if kept is None:
        kept = connection.info[_KEPT] = _Kept()
    return kept


event.listen(Engine, "commit", _number)
event.listen(Engine, "savepoint", _savepoint)
event.listen(Engine, "rollback_savepoint", _rolled_back_to)
event.listen(Engine, "release_savepoint", _released)
event.listen(Engine, "rollback", _rolled_back)
