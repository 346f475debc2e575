"""Account statements and their entries, with what became of each."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Amount, Table


class Posting(StrEnum):
    """What became of an entry. PENDING: nothing sent yet. SENT: its transaction is on its way. The others are ends.

    PROPOSED: waits for a second person. UNPLACED: belongs to nobody, to be taken into suspense on the ledger. POSTED:
    on the ledger. SUSPENSE: in suspense there (a credit), or left open (a debit). CLEARED: suspense that went back.
    OFFSET: a payout and its return in one statement. SKIPPED: not booked by the bank.
    """

    PENDING = "pending"
    SENT = "sent"
    PROPOSED = "proposed"
    UNPLACED = "unplaced"
    POSTED = "posted"
    SUSPENSE = "suspense"
    CLEARED = "cleared"
    OFFSET = "offset"
    SKIPPED = "skipped"


OPEN = (Posting.PENDING, Posting.SENT, Posting.PROPOSED, Posting.UNPLACED)


class StatementRow(Table):
    """An account statement that was taken in. `status`: posting, then posted."""

    __tablename__ = "account_statements"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    statement_id: Mapped[str] = mapped_column(String(100))
    date: Mapped[date] = mapped_column(Date, unique=True)
    opening: Mapped[int] = mapped_column(Amount)
    closing: Mapped[int] = mapped_column(Amount)
    file_hash: Mapped[str] = mapped_column(String(66))
    file: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str] = mapped_column(String(10), index=True)
    principal: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[str] = mapped_column(String(32))
    posted_at: Mapped[str | None] = mapped_column(String(32))


class EarlyOrderRow(Table):
    """A borrower's signed order for an early repayment, kept until a receipt carries it out or its last day passes.

    status: open, used, expired. entry: the statement entry that carried it out.
    """

    __tablename__ = "early_orders"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    loan: Mapped[str] = mapped_column(String(66), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    salt: Mapped[str] = mapped_column(String(66))
    valid_through: Mapped[date] = mapped_column(Date)
    signature: Mapped[str] = mapped_column(String(4200))
    status: Mapped[str] = mapped_column(String(10))
    statement: Mapped[int | None] = mapped_column(Integer)
    entry: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[str] = mapped_column(String(32))


class StatementEntryRow(Table):
    """One entry. `meaning`: what classification made of it; `target`: loan, subject or withdrawal it is for.

    transaction: outbox seq. suspending: that transaction takes it into suspense. proposal: what waits for a second
    person. split: how often its batch was halved. detail: why it is in suspense.
    """

    __tablename__ = "account_statement_entries"
    __table_args__ = (Index("entries_by_reference", "servicer_reference"), Index("entries_by_posting", "posting"))

    statement: Mapped[int] = mapped_column(Integer, primary_key=True)
    entry: Mapped[int] = mapped_column(Integer, primary_key=True)
    servicer_reference: Mapped[str] = mapped_column(String(100))
    booked: Mapped[bool] = mapped_column(Boolean)
    amount: Mapped[int] = mapped_column(Amount)
    credit: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(10))
    value_date: Mapped[date] = mapped_column(Date)
    counterparty: Mapped[dict[str, Any]] = mapped_column(JSON)
    end_to_end_id: Mapped[str | None] = mapped_column(String(100))
    original_reference: Mapped[str | None] = mapped_column(String(100))
    meaning: Mapped[str] = mapped_column(String(20))
    target: Mapped[str | None] = mapped_column(String(100))
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    posting: Mapped[str] = mapped_column(String(10))
    transaction: Mapped[int | None] = mapped_column(Integer)
    suspending: Mapped[bool] = mapped_column(Boolean, default=False)
    proposal: Mapped[str | None] = mapped_column(String(40))
    split: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
