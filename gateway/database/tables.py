"""What every table of a seat is declared on, and the column types that SQLite and PostgreSQL must agree about.

Knows no tables but their base.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Table(DeclarativeBase):
    """Base of all tables of a seat."""


class Amount(TypeDecorator[int]):
    """Integers of any size, minor units above all: SQLite's end at 2^63, so the digits are stored as text."""

    impl = String(80)
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: object) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: object) -> int | None:
        return None if value is None else int(value)


def now() -> str:
    """The current time, UTC, ISO 8601 with microseconds: for display and logs, never for arithmetic with money."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
