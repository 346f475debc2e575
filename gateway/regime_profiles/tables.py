"""Names of profiles; the ledger knows only their hashes."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class RegimeNameRow(Table):
    """The name behind an id."""

    __tablename__ = "regime_names"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
