"""Names of which one holder at a time has hold, over all threads and processes, and that nobody keeps by dying.

Cheap, and for politeness only: what must hold even where a claim was lost is held by what a write finds stored. On
SQLite they are locks on bytes of a file beside the database, on PostgreSQL locks of a connection.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import threading
from pathlib import Path
from typing import Protocol

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from gateway.database.errors import DatabaseUnavailable, typed


class Claims(Protocol):
    """Claims of this process."""

    def take(self, name: str) -> bool:
        """Whether the claim is now held; False if another process holds it. Raises DatabaseUnavailable."""

    def give(self, name: str) -> None:
        """Ends a claim that was taken."""

    def close(self) -> None:
        """Ends all."""


class FileClaims:
    """Claims among processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, name: str) -> bool:
        """One byte of the file stands for the name; whichever ends, the process or the claim, frees it."""
        try:
            self._lock(name, fcntl.F_WRLCK)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def give(self, name: str) -> None:
        """Frees the byte."""
        self._lock(name, fcntl.F_UNLCK)

    def close(self) -> None:
        """Frees all bytes."""
        os.close(self._file)

    def _lock(self, name: str, kind: int) -> None:
        # Locks of the open file, not of the process: two databases opened in one process exclude each other too.
        asked = struct.pack("hhqqi4x", kind, os.SEEK_SET, _number(name), 1, 0)
        fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, asked)


class ServerClaims:
    """Claims among all processes of a PostgreSQL database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        self._connection: Connection | None = None

    def take(self, name: str) -> bool:
        """Asks for an advisory lock; a connection that was lost since is opened again."""
        with self._guard:
            try:
                return self._ask("SELECT pg_try_advisory_lock(%s)", name)
            except (psycopg.Error, DBAPIError):
                self._drop()
            try:
                return self._ask("SELECT pg_try_advisory_lock(%s)", name)
            except DBAPIError as error:
                self._drop()
                raise typed(error) or error from error
            except psycopg.Error as error:
                self._drop()
                raise DatabaseUnavailable(reason=type(error).__name__) from error

    def give(self, name: str) -> None:
        """Gives the lock back; the server has done it already if the connection was lost."""
        with self._guard:
            try:
                if self._connection is not None:
                    self._ask("SELECT pg_advisory_unlock(%s)", name)
            except (psycopg.Error, DBAPIError):
                self._drop()

    def close(self) -> None:
        """Closes the connection, and with it all claims end."""
        with self._guard:
            self._drop()

    def _ask(self, question: str, name: str) -> bool:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        driver = self._connection.connection.driver_connection
        assert driver is not None, "the connection is open"
        return bool(driver.execute(question, (_number(name),)).fetchone()[0])

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.invalidate()
            finally:
                connection.close()


def _number(name: str) -> int:
    """A number between 2^61 and 2^62 that no other name is likely to have."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 3 | 1 << 61
