"""Reads and writes of payment orders. Never commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.payout_instructions.tables import InstructionItemRow, InstructionRow, ItemState

WITHDRAWAL = "withdrawal:"


def get(session: Session, identifier: str) -> InstructionRow | None:
    """By the id that the API shows."""
    return session.scalar(select(InstructionRow).where(InstructionRow.id == identifier))


def unfinished(session: Session) -> Sequence[InstructionRow]:
    """Those whose payouts are being instructed on the ledger."""
    query = select(InstructionRow).where(InstructionRow.status == "instructing").order_by(InstructionRow.seq)
    return session.scalars(query).all()


def newest_first(session: Session, before: int | None, limit: int) -> Sequence[InstructionRow]:
    """Below the seq `before`."""
    query = select(InstructionRow)
    if before is not None:
        query = query.where(InstructionRow.seq < before)
    return session.scalars(query.order_by(InstructionRow.seq.desc()).limit(limit)).all()


def items(session: Session, instruction: int) -> Sequence[InstructionItemRow]:
    """Of an order, in its order."""
    query = select(InstructionItemRow).where(InstructionItemRow.instruction == instruction)
    return session.scalars(query.order_by(InstructionItemRow.number)).all()


def by_end_to_end_id(session: Session, end_to_end_id: str) -> Sequence[InstructionItemRow]:
    """Payouts ordered under that id."""
    query = select(InstructionItemRow).where(
        InstructionItemRow.end_to_end_id == end_to_end_id, InstructionItemRow.state != ItemState.FAILED
    )
    return session.scalars(query).all()


def ordered(session: Session, end_to_end_ids: Sequence[str]) -> set[str]:
    """Which of the ids are ordered already; a payout that the ledger refused to instruct may be ordered again."""
    query = select(InstructionItemRow.end_to_end_id).where(
        InstructionItemRow.end_to_end_id.in_(end_to_end_ids), InstructionItemRow.state != ItemState.FAILED
    )
    return set(session.scalars(query))
