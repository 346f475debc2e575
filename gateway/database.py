"""The seat's database: SQLite in WAL mode, every commit on disk before it is answered.

`Database.read()` gives a snapshot, `Database.write()` one transaction that takes the write lock at its start, commits
at the end of the block and rolls back on any error. One process owns the file; threads share it through this class.
Knows no tables but the base they are declared on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, String, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000", "temp_store=MEMORY")


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


class Database:
    """One seat's database file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        self._engine = create_engine(
            f"sqlite:///{path}", connect_args={"check_same_thread": False, "timeout": 15}, pool_size=32, max_overflow=64
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        self._writer: Engine = self._engine.execution_options(write=True)
        self._lock = threading.Lock()

    def create_tables(self) -> None:
        """Creates what is missing; changes nothing that exists."""
        Table.metadata.create_all(self._writer)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot. Nothing written in it is kept."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back if it raises."""
        with self._lock, Session(self._writer, expire_on_commit=False) as session, session.begin():
            yield session

    def close(self) -> None:
        """Closes all connections; the write-ahead log is folded into the file."""
        self._engine.dispose()


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: `_begin` says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
