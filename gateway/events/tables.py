"""The event log's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class EventLog(Table):
    """One row: the log's name, made with the database and part of every event's id, and the number of the last event.

    Whoever publishes changes this row last before its commit, so that events get their numbers in the order in which
    their causes are committed.
    """

    __tablename__ = "event_log"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(16))
    last: Mapped[int] = mapped_column(BigInteger)


class EventRow(Table):
    """One event; never changed. `seq`: dense, in commit order. `data`: JSON text.

    block: of which the event speaks; a reorganisation that takes the block withdraws it. withdraws: seq of the event
    that this one withdraws; was_confirmed: whether that one had been confirmed.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("events_by_type", "type", "seq"),
        Index(
            "events_by_loan",
            "loan",
            "seq",
            sqlite_where=text("loan IS NOT NULL"),
            postgresql_where=text("loan IS NOT NULL"),
        ),
        Index(
            "events_by_block",
            "block",
            sqlite_where=text("block IS NOT NULL"),
            postgresql_where=text("block IS NOT NULL"),
        ),
        Index(
            "events_by_withdrawn",
            "withdraws",
            unique=True,
            sqlite_where=text("withdraws IS NOT NULL"),
            postgresql_where=text("withdraws IS NOT NULL"),
        ),
    )

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    type: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(120))
    loan: Mapped[str | None] = mapped_column(String(66))
    tenant: Mapped[str] = mapped_column(String(100))
    block: Mapped[int | None] = mapped_column(BigInteger)
    data: Mapped[str] = mapped_column(Text)
    withdraws: Mapped[int | None] = mapped_column(BigInteger)
    was_confirmed: Mapped[bool | None] = mapped_column(Boolean)
