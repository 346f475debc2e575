"""Payment orders and their payouts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Amount, Table


class ItemState(StrEnum):
    """PENDING: nothing sent. SENT: `instruct` on its way. PROPOSED: for a second person. INSTRUCTED, FAILED: ends."""

    PENDING = "pending"
    SENT = "sent"
    PROPOSED = "proposed"
    INSTRUCTED = "instructed"
    FAILED = "failed"


class InstructionRow(Table):
    """A payment order. `status`: instructing, then instructed (the file may go to the bank) or failed."""

    __tablename__ = "payout_instructions"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(35), unique=True)
    file: Mapped[bytes] = mapped_column(LargeBinary)
    file_hash: Mapped[str] = mapped_column(String(66))
    total: Mapped[int] = mapped_column(Amount)
    requested_date: Mapped[date] = mapped_column(Date)
    status: Mapped[str] = mapped_column(String(12), index=True)
    principal: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[str] = mapped_column(String(32))


class InstructionItemRow(Table):
    """One payout. `target`: a loan's id, or `withdrawal:` and a withdrawal's."""

    __tablename__ = "payout_instruction_items"

    instruction: Mapped[int] = mapped_column(ForeignKey("payout_instructions.seq"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    end_to_end_id: Mapped[str] = mapped_column(String(35), index=True)
    target: Mapped[str] = mapped_column(String(80), index=True)
    amount: Mapped[int] = mapped_column(Amount)
    payee: Mapped[str] = mapped_column(String(42))
    state: Mapped[str] = mapped_column(String(12))
    transaction: Mapped[int | None] = mapped_column(Integer)
    proposal: Mapped[str | None] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
