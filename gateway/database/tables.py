"""What every table of a seat is declared on, and the column types that SQLite and PostgreSQL must agree about.

Knows no tables but their base.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator


class Table(DeclarativeBase):
    """Base of all tables of a seat. Its integers hold 64 bits on both databases, as SQLite's always do."""

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        for column in cls.__table__.columns:
            if type(column.type) is Integer:
                column.type = Integer().with_variant(BigInteger(), "postgresql")


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
