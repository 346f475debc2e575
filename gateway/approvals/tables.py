"""Operations that wait for a second person, and what became of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class ProposalRow(Table):
    """An operation as it was proposed. `request` is what it is built from, anew each time it is looked at.

    status: proposed, then approved or withdrawn. approval, operation: outbox seqs of the two transactions; approval is
    None where the ledger asks for one key only. lapses_at: when it lapses at the latest, None if it never does;
    lapses_after: position of the last day-end at the time, with the next it lapses.
    """

    __tablename__ = "proposals"
    __table_args__ = (Index("proposals_by_status", "status", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    kind: Mapped[str] = mapped_column(String(30))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    loan: Mapped[str | None] = mapped_column(String(66), index=True)
    status: Mapped[str] = mapped_column(String(12))
    proposer: Mapped[str] = mapped_column(String(100))
    approver: Mapped[str | None] = mapped_column(String(100))
    action: Mapped[str | None] = mapped_column(String(66))
    approval: Mapped[int | None] = mapped_column(Integer)
    operation: Mapped[int | None] = mapped_column(Integer)
    lapses_at: Mapped[str | None] = mapped_column(String(32))
    lapses_after: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[str] = mapped_column(String(32))
    decided_at: Mapped[str | None] = mapped_column(String(32))
