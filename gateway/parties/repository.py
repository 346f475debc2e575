"""Reads and writes of the bank's party records."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gateway.parties.tables import PartyRecord


def conflicting(session: Session, reference: str, address: str, subject: str) -> PartyRecord | None:
    """A record that already has one of them."""
    query = select(PartyRecord).where(
        or_(PartyRecord.reference == reference, PartyRecord.address == address, PartyRecord.subject == subject)
    )
    return session.scalar(query.limit(1))


def by_reference(session: Session, reference: str) -> PartyRecord | None:
    """By the platform's number."""
    return session.get(PartyRecord, reference)


def by_address(session: Session, address: str) -> PartyRecord | None:
    """By signing address."""
    return session.scalar(select(PartyRecord).where(PartyRecord.address == address))


def by_subject(session: Session, subject: str) -> PartyRecord | None:
    """By subject id."""
    return session.scalar(select(PartyRecord).where(PartyRecord.subject == subject))


def by_deposit_reference(session: Session, reference: str) -> Sequence[PartyRecord]:
    """All with that deposit reference; more than one only by an improbable collision."""
    return session.scalars(select(PartyRecord).where(PartyRecord.deposit_reference == reference)).all()


def after(session: Session, reference: str, limit: int) -> Sequence[PartyRecord]:
    """By reference, above `reference`."""
    query = select(PartyRecord).where(PartyRecord.reference > reference)
    return session.scalars(query.order_by(PartyRecord.reference).limit(limit)).all()
