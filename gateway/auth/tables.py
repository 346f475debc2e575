"""Bearer tokens, hashed."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class Token(Table):
    """One principal's token; issuing again replaces it."""

    __tablename__ = "tokens"

    principal: Mapped[str] = mapped_column(String(100), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[str] = mapped_column(String(32))
