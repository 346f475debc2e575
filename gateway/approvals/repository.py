"""Reads and writes of proposals. Never commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from gateway.approvals.tables import ProposalRow
from gateway.authorisation import sight as see
from gateway.authorisation.sight import Sight
from gateway.database import now
from gateway.indexer.tables import IndexedEvent

_DAY_ENDS = ("DayClosed", "DayClosedInstead")


def by_id(session: Session, identifier: str) -> ProposalRow | None:
    """By the id that the API shows."""
    return session.scalar(select(ProposalRow).where(ProposalRow.id == identifier))


def newest_first(
    session: Session, sight: Sight, before: int | None, limit: int, status: str | None
) -> Sequence[ProposalRow]:
    """Those that are seen, below the seq `before`."""
    query = select(ProposalRow).where(see.proposals(sight))
    if before is not None:
        query = query.where(ProposalRow.seq < before)
    if status is not None:
        query = query.where(ProposalRow.status == status)
    if status == "proposed":
        query = query.where(_standing(session))
    return session.scalars(query.order_by(ProposalRow.seq.desc()).limit(limit)).all()


def last_day_end(session: Session) -> str:
    """Position of the last day-end that the index has; '' before the first."""
    query = select(func.max(IndexedEvent.position)).where(IndexedEvent.event.in_(_DAY_ENDS))
    return session.scalar(query) or ""


def lapsed(session: Session, row: ProposalRow) -> str | None:
    """Why a proposal that nobody decided has lapsed; None if it stands."""
    if row.status != "proposed" or row.lapses_at is None:
        return None
    if row.lapses_at <= now():
        return f"it stood until {row.lapses_at}"
    return "its business date has ended" if (row.lapses_after or "") < last_day_end(session) else None


def _standing(session: Session) -> ColumnElement[bool]:
    current = and_(ProposalRow.lapses_at > now(), ProposalRow.lapses_after >= last_day_end(session))
    return or_(ProposalRow.lapses_at.is_(None), current)
