"""What the bank knows of parties. No other seat has rows here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class PartyRecord(Table):
    """A party that the bank has identified for one platform, with the bank account that it pays from and is paid to."""

    __tablename__ = "party_records"

    reference: Mapped[str] = mapped_column(String(100), primary_key=True)
    platform: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(42), unique=True)
    subject: Mapped[str] = mapped_column(String(66), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    identity: Mapped[dict[str, Any]] = mapped_column(JSON)
    account_number: Mapped[str] = mapped_column(String(34))
    account_name: Mapped[str] = mapped_column(String(140))
    deposit_reference: Mapped[str] = mapped_column(String(25), index=True)
    created_at: Mapped[str] = mapped_column(String(32))
