"""SQLite in WAL mode: one file of one machine, shared by the threads and processes of a seat."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.database.backend import Dialect, IdleWriter
from gateway.database.claims import Claims, FileClaims

_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000", "temp_store=MEMORY")
_POLL_SECONDS = 0.02


class SqliteBackend:
    """A database file, made if it is missing, readable by its owner only."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600, exist_ok=True)
        self.name = path.name
        url = f"sqlite:///{path}"
        arguments = {"check_same_thread": False, "timeout": 15}
        self.reader: Engine = create_engine(url, connect_args=arguments, pool_size=32, max_overflow=64)
        self.writer: Engine = create_engine(url, connect_args=arguments, poolclass=NullPool)
        self.claims: Claims = FileClaims(path.with_name(path.name + ".claims"))
        for engine in (self.reader, self.writer):
            event.listen(engine, "connect", _configure)
        event.listen(self.reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
        event.listen(self.writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))

    def check(self, connection: Connection) -> None:
        """A file is made as it has to be."""

    def begin(self, connection: Connection) -> str:
        """Takes the file's write lock."""
        connection.begin()
        return ""

    def outcome(self, transaction: str) -> bool | None:
        """A commit that fails was not made."""
        return False

    def watch(self, stop: threading.Event, idle: IdleWriter, changed: Callable[[], None]) -> None:
        """Compares the file's version as the write connection sees it, which its own commits leave as it is."""
        seen = None
        while not stop.wait(_POLL_SECONDS):
            with idle() as connection:
                if connection is None:
                    continue
                driver = connection.connection.driver_connection
                assert driver is not None, "the write connection is open"
                version = driver.execute("PRAGMA data_version").fetchone()
            if seen is not None and version != seen:
                changed()
            seen = version

    def close(self) -> None:
        """The write-ahead log is folded into the file with the last connection."""
        self.claims.close()
        self.reader.dispose()
        self.writer.dispose()


def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: the engines' "begin" says which kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
