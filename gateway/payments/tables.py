"""Mandates that a seat was given."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Amount, Table


class MandateRow(Table):
    """A payer's signed mandate, by its digest."""

    __tablename__ = "mandates"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    loan: Mapped[str] = mapped_column(String(66), index=True)
    payer: Mapped[str] = mapped_column(String(42))
    limit: Mapped[int] = mapped_column(Amount)
    salt: Mapped[str] = mapped_column(String(66))
    valid_through: Mapped[date] = mapped_column(Date)
    signature: Mapped[str] = mapped_column(String(4200))
    created_at: Mapped[str] = mapped_column(String(32))
