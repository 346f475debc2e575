"""Reads and writes of proposals. Never commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.approvals.tables import ProposalRow


def by_id(session: Session, identifier: str) -> ProposalRow | None:
    """By the id that the API shows."""
    return session.scalar(select(ProposalRow).where(ProposalRow.id == identifier))


def newest_first(session: Session, before: int | None, limit: int, status: str | None) -> Sequence[ProposalRow]:
    """Below the seq `before`."""
    query = select(ProposalRow)
    if before is not None:
        query = query.where(ProposalRow.seq < before)
    if status is not None:
        query = query.where(ProposalRow.status == status)
    return session.scalars(query.order_by(ProposalRow.seq.desc()).limit(limit)).all()
