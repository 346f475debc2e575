"""The one connection through which a process writes, one transaction after the other, each waiting for its turn.

A lost connection is opened again by the next write. When it is lost during a commit, the database is asked what became
of the transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from gateway.database.backend import Backend
from gateway.database.errors import CommitUnknown, typed
from gateway.database.turn import Turn

log = structlog.get_logger()


class Writer:
    """All of a process's writes."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._turn = Turn()
        self._connection: Connection | None = None
        self._owner = 0

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back if it raises.

        Raises DatabaseUnavailable or DatabaseBusy if it can't begin or be committed, CommitUnknown, and RuntimeError
        within another write of the same thread, which would wait for itself.
        """
        self.refuse_nested()
        with self._turn.taken():
            self._owner = threading.get_ident()
            try:
                connection, name = self._begin()
                try:
                    yield connection
                except BaseException:
                    self._undo(connection)
                    raise
                self._commit(connection, name)
            finally:
                self._owner = 0

    def refuse_nested(self) -> None:
        """Raises RuntimeError if this thread is within a write."""
        if self._owner == threading.get_ident():
            raise RuntimeError("a write within a write of the same thread would wait for itself")

    @contextmanager
    def idle(self) -> Iterator[Connection | None]:
        """The open connection, held for the block; None if a write has it or it isn't open."""
        if not self._turn.try_take():
            yield None
            return
        try:
            yield self._connection
        finally:
            self._turn.give_back()

    def close(self) -> None:
        """Closes the connection after the writes that wait."""
        with self._turn.taken():
            self._drop()

    def _begin(self) -> tuple[Connection, str]:
        fresh = self._connection is None
        try:
            if self._connection is None:
                self._connection = self._backend.writer.connect()
            return self._connection, self._backend.begin(self._connection)
        except DBAPIError as error:
            self._drop()
            unavailable = typed(error)
            if unavailable is None:
                raise
            if error.connection_invalidated and not fresh:
                return self._begin()  # it was lost since the last write, and nothing was done on it yet
            raise unavailable from error

    def _commit(self, connection: Connection, name: str) -> None:
        transaction = connection.get_transaction()
        assert transaction is not None, "a write never ends its transaction itself"
        try:
            transaction.commit()
        except DBAPIError as error:
            lost = error.connection_invalidated
            self._drop()
            if lost:
                committed = self._backend.outcome(name)
                if committed is None:
                    raise CommitUnknown() from error
                if committed:
                    return
            unavailable = typed(error)
            if unavailable is None:  # one of the statements that a commit runs was refused
                raise
            raise unavailable from error
        except BaseException:  # of those who listen to commits; the transaction ends with its connection
            self._drop()
            raise

    def _undo(self, connection: Connection) -> None:
        transaction = connection.get_transaction()
        try:
            if transaction is not None:
                transaction.rollback()
        except DBAPIError:
            self._drop()  # the database rolls back what has lost its connection
        if connection.invalidated:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except SQLAlchemyError as error:  # it is given up in any case
            log.warning("database connection not closed", reason=type(error).__name__)
