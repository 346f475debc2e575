"""Reads the audit log: all of it in its order, or a page of what is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.audit.encoding import LoggedRecord
from gateway.audit.tables import AuditAnchoring, AuditRecord
from gateway.outbox.tables import OutboxTransaction, Status

_COLUMNS = tuple(getattr(AuditRecord, field.name) for field in fields(LoggedRecord))
_AT_ONCE = 2000


@dataclass(frozen=True)
class Filter:
    """What is looked for; None: anything. since, until: from that moment on, before that one, UTC."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    request: str | None = None
    decision: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def everything(session: Session) -> Iterator[LoggedRecord]:
    """All records by `seq`, a few at a time."""
    query = select(*_COLUMNS).order_by(AuditRecord.seq).execution_options(yield_per=_AT_ONCE)
    for row in session.execute(query):
        yield LoggedRecord(*row)


def anchored_length(session: Session) -> int:
    """How many records the newest anchor covers whose transaction was mined; 0 if there is none."""
    query = select(func.max(AuditAnchoring.seq)).join(
        OutboxTransaction, OutboxTransaction.seq == AuditAnchoring.transaction
    )
    mined = OutboxTransaction.status.in_((Status.MINED, Status.FINAL))
    return session.scalar(query.where(mined, ~OutboxTransaction.reverted)) or 0


def some(session: Session, wanted: Filter, *, after: int | None, limit: int, newest_first: bool) -> list[LoggedRecord]:
    """Records that fit, beyond the `seq` `after` in the order asked for."""
    query = select(*_COLUMNS)
    for name in ("actor", "action", "subject", "request"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(getattr(AuditRecord, name) == value)
    if wanted.decision is not None:  # "refused" finds all refusals, "refused:<code>" those with that code
        query = query.where(AuditRecord.decision.startswith(wanted.decision, autoescape=True))
    if wanted.since is not None:
        query = query.where(AuditRecord.time >= wanted.since.isoformat(timespec="microseconds"))
    if wanted.until is not None:
        query = query.where(AuditRecord.time < wanted.until.isoformat(timespec="microseconds"))
    if after is not None:
        query = query.where(AuditRecord.seq < after if newest_first else AuditRecord.seq > after)
    order = AuditRecord.seq.desc() if newest_first else AuditRecord.seq
    return [LoggedRecord(*row) for row in session.execute(query.order_by(order).limit(limit))]
