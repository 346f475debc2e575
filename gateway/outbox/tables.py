"""Transactions to send and what was signed for them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class Status(StrEnum):
    """Where a transaction stands. FINAL and FAILED are ends; REPLACED is an attempt whose nonce went to another one."""

    QUEUED = "queued"
    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    FAILED = "failed"
    REPLACED = "replaced"


ENDS = (Status.FINAL, Status.FAILED)
IN_FLIGHT = (Status.SIGNED, Status.SENT)
OPEN = (Status.QUEUED, *IN_FLIGHT)
OF_TENANTS = text("tenant <> 'seat'")
_OF_TENANTS = Index("outbox_by_tenant", "tenant", "seq", sqlite_where=OF_TENANTS, postgresql_where=OF_TENANTS)


class OutboxTransaction(Table):
    """One call to send exactly once. `seq` orders them; `id` is what the API shows; `loan` is the lane.

    `after`: seq of the transaction that must have succeeded first. `behind_gas`: gas to allow when it is sent right
    behind `after`, unmined and so unsimulated; only for calls that the contract itself refuses if `after` fails.
    `sender`: address of the key that signs it; each key has nonces of its own. `hash`, `nonce`: of the newest attempt.
    `tenant`: whose actor asked for it. `reverted`: mined with status 0; the reason is in `error`.
    """

    __tablename__ = "outbox_transactions"
    __table_args__ = (
        Index("outbox_by_status", "status", "sender", "seq"),
        Index("outbox_by_loan", "loan", "seq"),
        Index("outbox_by_lane", "loan", "status", "seq"),
        Index("outbox_by_nonce", "sender", "nonce"),
        _OF_TENANTS,
    )

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(10), default=Status.QUEUED)
    contract: Mapped[str] = mapped_column(String(40))
    function: Mapped[str] = mapped_column(String(40))
    sender: Mapped[str] = mapped_column(String(42))
    to: Mapped[str] = mapped_column(String(42))
    data: Mapped[str] = mapped_column(Text)
    loan: Mapped[str | None] = mapped_column(String(66))
    after: Mapped[int | None] = mapped_column(Integer)
    behind_gas: Mapped[int | None] = mapped_column(Integer)
    principal: Mapped[str] = mapped_column(String(100))
    tenant: Mapped[str] = mapped_column(String(100), default="seat", server_default="seat")
    created_at: Mapped[str] = mapped_column(String(32))
    updated_at: Mapped[str] = mapped_column(String(32))
    nonce: Mapped[int | None] = mapped_column(Integer)
    hash: Mapped[str | None] = mapped_column(String(66))
    block: Mapped[int | None] = mapped_column(Integer)
    block_hash: Mapped[str | None] = mapped_column(String(66))
    gas_used: Mapped[int | None] = mapped_column(Integer)
    reverted: Mapped[bool] = mapped_column(Boolean, default=False)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    waiting_for: Mapped[str | None] = mapped_column(String(400))


class Attempt(Table):
    """A signed raw transaction. Several for one call only if its price was raised or its nonce was taken by another."""

    __tablename__ = "outbox_attempts"

    hash: Mapped[str] = mapped_column(String(66), primary_key=True)
    transaction: Mapped[int] = mapped_column(ForeignKey("outbox_transactions.seq"), index=True)
    nonce: Mapped[int] = mapped_column(Integer)
    raw: Mapped[str] = mapped_column(Text)
    gas: Mapped[int] = mapped_column(Integer)
    fees: Mapped[dict[str, int]] = mapped_column(JSON)
    created_at: Mapped[str] = mapped_column(String(32))
    replaced: Mapped[bool] = mapped_column(Boolean, default=False)
