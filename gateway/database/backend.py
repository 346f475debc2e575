"""What SQLite and PostgreSQL do differently below `Database`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from sqlalchemy import Connection, Engine

from gateway.database.claims import Claims

Dialect = Literal["sqlite", "postgresql"]
# The write connection, held for the block; None while a write has it.
IdleWriter = Callable[[], AbstractContextManager[Connection | None]]


class Backend(Protocol):
    """One kind of database. Its methods raise the drivers' errors as they are."""

    @property
    def dialect(self) -> Dialect:
        """Which kind."""

    @property
    def name(self) -> str:
        """For messages: without secrets."""

    @property
    def reader(self) -> Engine:
        """Its transactions are snapshots."""

    @property
    def writer(self) -> Engine:
        """Not pooled."""

    @property
    def claims(self) -> Claims:
        """Of this process."""

    def check(self, connection: Connection) -> None:
        """Raises DatabaseUnsuitable if the gateway could not rely on the database."""

    def begin(self, connection: Connection) -> str:
        """Begins the one write transaction that all processes may have now; returns its name for `outcome`."""

    def outcome(self, transaction: str) -> bool | None:
        """Whether a transaction was committed whose connection was lost meanwhile; None if that can't be found out."""

    def watch(self, stop: threading.Event, idle: IdleWriter, changed: Callable[[], None]) -> None:
        """Calls `changed` after other processes' commits, until `stop` is set."""

    def close(self) -> None:
        """Closes all pooled connections."""
