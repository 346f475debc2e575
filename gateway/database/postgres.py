"""PostgreSQL: one database on a server, shared by all gateway processes of a seat on any machine.

Writes of all processes go one after the other, as in SQLite, by an advisory lock that each write transaction holds:
what a write has read stands until it is committed. Reads are snapshots and wait for nobody.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import structlog
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.database.backend import Dialect, IdleWriter
from gateway.database.claims import Claims, ServerClaims
from gateway.database.errors import DatabaseUnsuitable

log = structlog.get_logger()

_CHANNEL = "loan_ledger"
_WRITERS = 0x10A  # name of the advisory lock; it holds within one database
_IDLE_SECONDS = 1.0  # a pooled connection that rested longer is tried before it is used
_OUTCOME_SECONDS = 5.0
_RECONNECT_SECONDS = 0.5
_LISTEN_SECONDS = 0.5  # so long a stop may take
_TIMEOUTS = "-c lock_timeout=15s -c statement_timeout=60s -c idle_in_transaction_session_timeout={idle}"
_BEGIN = text(f"SELECT pg_advisory_xact_lock({_WRITERS}), pg_notify('{_CHANNEL}', :me), pg_current_xact_id()::text")
_CHECK = text(
    "SELECT current_setting('server_version_num')::int AS version, pg_encoding_to_char(encoding) AS encoding,"
    " datlocprovider::text AS provider, datcollate AS collation FROM pg_database WHERE datname = current_database()"
)
_OLDEST = 150_000
_BY_BYTES = ("C", "POSIX", "C.UTF-8", "C.UTF8", "C.utf8")
_OUTCOME = text("SELECT pg_xact_status(CAST(:transaction AS xid8))")


class PostgresBackend:
    """A database on a PostgreSQL server, 15 or newer."""

    dialect: Dialect = "postgresql"

    def __init__(self, url: URL, connections: int = 16) -> None:
        self.name = f"{url.database} at {url.host or 'the local socket'}"
        self._me = uuid4().hex
        # A process that stalls within a transaction loses it after `idle`: others don't wait for it for ever.
        self.reader: Engine = create_engine(
            url, connect_args=_arguments("60s"), pool_size=connections, max_overflow=2 * connections, pool_timeout=15
        ).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self.writer: Engine = create_engine(
            url, connect_args=_arguments("10s"), poolclass=NullPool, isolation_level="READ COMMITTED"
        )
        self.claims: Claims = ServerClaims(self.writer)
        event.listen(self.reader, "checkin", _rests)
        event.listen(self.reader, "checkout", self._try_rested)

    def check(self, connection: Connection) -> None:
        """Its texts must sort by their bytes, as SQLite's do: lists are continued by the order of texts."""
        found = connection.execute(_CHECK).one()
        if found.version < _OLDEST:
            raise DatabaseUnsuitable(
                name=self.name, reason=f"its server is PostgreSQL {found.version // 10_000}", remedy="Use 15 or newer."
            )
        if found.encoding != "UTF8" or found.provider == "i" or found.collation not in _BY_BYTES:
            raise DatabaseUnsuitable(
                name=self.name,
                reason=f"its texts are {found.encoding}, sorted as in {found.collation}, not by their bytes",
                remedy="Make it with: CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';",
            )

    def begin(self, connection: Connection) -> str:
        """Waits for the writers' lock."""
        connection.begin()
        return str(connection.execute(_BEGIN, {"me": self._me}).one()[2])

    def outcome(self, transaction: str) -> bool | None:
        """Asks the server, which remembers."""
        end = time.monotonic() + _OUTCOME_SECONDS
        while time.monotonic() < end:
            try:
                with self.writer.connect() as connection:
                    status = connection.scalar(_OUTCOME, {"transaction": transaction})
            except DBAPIError:
                status = None
            if status in ("committed", "aborted"):
                return bool(status == "committed")
            time.sleep(0.1)
        return None

    def watch(self, stop: threading.Event, idle: IdleWriter, changed: Callable[[], None]) -> None:
        """Listens on a connection of its own; after it was lost, something is taken to have changed."""
        while not stop.is_set():
            try:
                with self.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
                    changed()
                    self._listen(connection.connection.driver_connection, stop, changed)
            except (DBAPIError, psycopg.Error) as lost:
                log.warning("database not heard", reason=type(lost).__name__)
                stop.wait(_RECONNECT_SECONDS)

    def _listen(self, driver: Any, stop: threading.Event, changed: Callable[[], None]) -> None:
        while not stop.is_set():
            for note in driver.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                if note.payload != self._me:
                    changed()

    def close(self) -> None:
        """Closes the pool."""
        self.claims.close()
        self.reader.dispose()
        self.writer.dispose()

    def _try_rested(self, connection: Any, record: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - record.info.get("rested", 0.0) < _IDLE_SECONDS:
            return
        try:
            self.reader.dialect.do_ping(connection)
        except self.reader.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error


def _rests(_: Any, record: ConnectionPoolEntry) -> None:
    record.info["rested"] = time.monotonic()


def _arguments(idle: str) -> dict[str, object]:
    return {
        "application_name": "loan-ledger",
        "connect_timeout": 5,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 5,
        "options": _TIMEOUTS.format(idle=idle),
    }
