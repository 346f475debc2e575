"""Repayments as they were booked, with what became of each."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Amount, Table


class RepaymentStatus(StrEnum):
    """What became of a repayment. SENT: its transaction is on its way. PROPOSED: waits for a second person.

    POSTED, FAILED: ends. STATED: the account statement has its entry now, and says what becomes of it.
    """

    SENT = "sent"
    PROPOSED = "proposed"
    POSTED = "posted"
    FAILED = "failed"
    STATED = "stated"


class RepaymentRow(Table):
    """One repayment of a loan by a booked bank entry. batch, item: the request it came with; a single one has its own.

    transaction: outbox seq; `batched` items share theirs. split: how often its chunk was halved.
    """

    __tablename__ = "repayments"
    __table_args__ = (
        Index("repayments_by_batch", "batch", "item"),
        Index("repayments_by_status", "status", "seq"),
        Index("repayments_by_transaction", "transaction"),
        Index("repayments_by_loan", "loan", "seq"),
        # A bank entry counts once; one that failed may be booked again.
        Index(
            "repayments_by_entry", "statement", "entry", unique=True,
            sqlite_where=text("status <> 'failed'"), postgresql_where=text("status <> 'failed'"),
        ),
    )  # fmt: skip

    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    batch: Mapped[str] = mapped_column(String(40))
    item: Mapped[int] = mapped_column(Integer)
    loan: Mapped[str] = mapped_column(String(66))
    expected_length: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(Amount)
    value_date: Mapped[date] = mapped_column(Date)
    statement: Mapped[int] = mapped_column(Integer)
    entry: Mapped[int] = mapped_column(Integer)
    servicer_reference: Mapped[str] = mapped_column(String(100))
    status: Mapped[str] = mapped_column(String(10))
    transaction: Mapped[int | None] = mapped_column(Integer)
    proposal: Mapped[str | None] = mapped_column(String(40))
    split: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    principal: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[str] = mapped_column(String(32))
