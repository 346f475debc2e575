"""Reads a seat's transactions for its callers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.authorisation import sight as see
from gateway.authorisation.sight import Sight
from gateway.outbox.tables import OutboxTransaction


def newest_first(
    session: Session, sight: Sight, *, before: int | None, limit: int, status: str | None, loan: str | None
) -> Sequence[OutboxTransaction]:
    """Transactions below the `seq` `before` that are seen, newest first."""
    query = select(OutboxTransaction).where(see.transactions(sight))
    if before is not None:
        query = query.where(OutboxTransaction.seq < before)
    if status is not None:
        query = query.where(OutboxTransaction.status == status)
    if loan is not None:
        query = query.where(OutboxTransaction.loan == loan)
    return session.scalars(query.order_by(OutboxTransaction.seq.desc()).limit(limit)).all()


def by_id(session: Session, sight: Sight, identifier: str) -> OutboxTransaction | None:
    """By the id that the API shows, if it is seen."""
    query = select(OutboxTransaction).where(OutboxTransaction.id == identifier, see.transactions(sight))
    return session.scalar(query)
