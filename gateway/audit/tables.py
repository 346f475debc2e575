"""The audit log's records, the head of their chain, and what of it was sent to be anchored on chain."""

from __future__ import annotations

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table

ONLY_ROW = 1


class AuditRecord(Table):
    """One record. All texts are kept exactly as they were hashed; `chain.audit.encoding` says how.

    seq: 1, 2, 3, ... without gap. time: UTC, ISO 8601. request: ties together what one request did. details: a JSON
    object of strings. transactions: a JSON list of outbox ids. request_hash: of the body, as the idempotency key's.
    """

    __tablename__ = "audit_records"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    time: Mapped[str] = mapped_column(String(32))
    request: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(200), index=True)
    tenant: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(200), index=True)
    decision: Mapped[str] = mapped_column(String(100))
    details: Mapped[str] = mapped_column(Text)
    transactions: Mapped[str] = mapped_column(Text)
    request_hash: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Table):
    """The newest record's number and hash, in one row: whoever appends holds it until the commit."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String(64))


class AuditAnchoring(Table):
    """A head that was given to the outbox to be anchored. business_date: by number; 0 before any day was closed."""

    __tablename__ = "audit_anchorings"

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))
    business_date: Mapped[int] = mapped_column(Integer)
    time: Mapped[str] = mapped_column(String(32))
    transaction: Mapped[int] = mapped_column(Integer)
