"""One seat's database as all its threads use it: snapshots, transactions, group commit, and wake-ups.

Holds, on SQLite and on PostgreSQL alike: a read sees one moment; writes of all processes happen one after the other, so
what a write has read stands until its commit; a commit is on disk before it is answered. Do nothing slow in a write:
everybody waits for it. What the database refuses for itself is a DatabaseUnavailable, DatabaseBusy or CommitUnknown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from gateway.database.backend import Backend, Dialect
from gateway.database.claims import Claims
from gateway.database.errors import DatabaseBusy, typed
from gateway.database.group import Committer
from gateway.database.place import backend_at
from gateway.database.tables import Table
from gateway.database.writer import Writer

log = structlog.get_logger()
_T = TypeVar("_T")


class Database:
    """One seat's database. `place`: a file's path, or the URL of a PostgreSQL database."""

    def __init__(self, place: str | Path, password: str | None = None) -> None:
        self._backend: Backend = backend_at(place, password)
        self._writer = Writer(self._backend)
        self._committer = Committer(self._writer)
        self._callbacks: list[Callable[[], None]] = []
        self._watcher: threading.Thread | None = None
        self._closed = threading.Event()

    @classmethod
    def open(cls, place: str | Path, password: str | None = None) -> Database:
        """The database at `place`. Raises DatabaseUrlInvalid, DatabaseUnsuitable, DatabaseUnavailable."""
        database = cls(place, password)
        try:
            with database.read() as session:
                database._backend.check(session.connection())
        except BaseException:
            database.close()
            raise
        return database

    @property
    def dialect(self) -> Dialect:
        """Which kind of database it is."""
        return self._backend.dialect

    @property
    def name(self) -> str:
        """For messages: without secrets."""
        return self._backend.name

    @property
    def claims(self) -> Claims:
        """Names of which one process at a time has hold."""
        return self._backend.claims

    def create_tables(self) -> None:
        """Creates what is missing of the tables that are declared by now, for tests; a seat's come from migrations."""
        with self._writer.transaction() as connection:
            Table.metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A consistent snapshot. Nothing written in it is kept."""
        try:
            with Session(self._backend.reader, expire_on_commit=False) as session:
                yield session
        except DBAPIError as error:
            raise typed(error) or error from error
        except PoolTimeout as error:
            raise DatabaseBusy(reason="all connections are in use") from error

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction: committed when the block ends, rolled back if it raises."""
        try:
            with (
                self._writer.transaction() as connection,
                Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
            ):
                yield session
                session.flush()
        except DBAPIError as error:
            raise typed(error) or error from error

    def grouped(self, work: Callable[[Session], _T]) -> _T:
        """Runs `work` in a savepoint of a transaction shared with other threads' works; returns after the commit.

        An error of `work` undoes only what it did, and is raised here. It runs in another thread, with this thread's
        context, and may run twice: it must do nothing beyond its session. Costs a fraction of a `write` under load.
        """
        self._writer.refuse_nested()
        return self._committer.submit(work).result()

    def submit(self, work: Callable[[Session], _T]) -> Future[_T]:
        """The same without waiting, for an event loop (`asyncio.wrap_future`)."""
        return self._committer.submit(work)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Has `callback` called soon after other processes commit, from a thread of its own; never for own commits.

        Several commits may give one call, and a lost connection gives one too: look what changed. It must be quick.
        """
        self._callbacks.append(callback)
        if self._watcher is None:
            with self._writer.transaction():
                pass  # opens the write connection
            self._watcher = threading.Thread(target=self._watch, name="database changes", daemon=True)
            self._watcher.start()

    def close(self) -> None:
        """Ends its threads after what was submitted, and closes all connections."""
        if self._closed.is_set():
            return
        self._closed.set()
        self._committer.close()
        if self._watcher is not None:
            self._watcher.join(timeout=5)
        self._writer.close()
        self._backend.close()

    def _watch(self) -> None:
        self._backend.watch(self._closed, self._writer.idle, self._changed)

    def _changed(self) -> None:
        for callback in self._callbacks:
            try:
                callback()
            except Exception:
                log.exception("wake-up failed")
