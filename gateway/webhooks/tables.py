"""Subscriptions, how far each was delivered, and what could not be."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class WebhookRow(Table):
    """One subscription. `cursor`: number of the last event that was delivered, or given up.

    secrets: encrypted; the old one is good until `old_secret_until` (seconds since 1970). status: active, paused (by
    its owner), held (by a failed delivery), deleted. sight: of whoever made it, see `gateway.webhooks.sights`. turn:
    rises whenever its owner changes what is delivered, so that what was under way decides nothing; course: whenever its
    cursor was set, so that what was delivered before is not noted any more. attempts, next_at, problem: of the event
    behind the cursor, while it fails.
    """

    __tablename__ = "webhooks"
    __table_args__ = (Index("webhooks_by_tenant", "tenant", "seq"), Index("webhooks_by_status", "status"))

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant: Mapped[str] = mapped_column(String(100))
    principal: Mapped[str] = mapped_column(String(200))
    sight: Mapped[dict[str, Any]] = mapped_column(JSON)
    url: Mapped[str] = mapped_column(String(2000))
    types: Mapped[list[str]] = mapped_column(JSON)
    loan: Mapped[str | None] = mapped_column(String(66))
    state: Mapped[str] = mapped_column(String(10))
    on_failure: Mapped[str] = mapped_column(String(12))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[float] = mapped_column(Float(53))
    status: Mapped[str] = mapped_column(String(10))
    cursor: Mapped[int] = mapped_column(BigInteger)
    turn: Mapped[int] = mapped_column(Integer)
    course: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[float] = mapped_column(Float(53))
    problem: Mapped[str | None] = mapped_column(String(300))
    delivered: Mapped[int] = mapped_column(BigInteger)
    delivered_at: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[str] = mapped_column(String(32))


class DeadLetter(Table):
    """An event that a subscription's address did not take. status: dead, then asked (to be sent again)."""

    __tablename__ = "webhook_dead_letters"

    webhook: Mapped[int] = mapped_column(ForeignKey("webhooks.seq"), primary_key=True)
    event: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(String(8), index=True)
    attempts: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str] = mapped_column(String(300))
    at: Mapped[str] = mapped_column(String(32))
