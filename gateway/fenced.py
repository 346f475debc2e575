"""A seat's database for one duty: every write holds only while the duty's lease does.

For parts that write in many places and know of no lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.leases import Lease

_T = TypeVar("_T")


class FencedDatabase:
    """Reads as the database does; writes raise LeaseLost, with nothing stored, once the lease is lost."""

    def __init__(self, database: Database, lease: Lease) -> None:
        self._database = database
        self._lease = lease
        self.dialect = database.dialect

    def read(self) -> AbstractContextManager[Session]:
        """See `Database.read`."""
        return self._database.read()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """See `Database.write`."""
        with self._database.write() as session:
            self._lease.assert_held(session)
            yield session

    def grouped(self, work: Callable[[Session], _T]) -> _T:
        """See `Database.grouped`."""

        def fenced(session: Session) -> _T:
            self._lease.assert_held(session)
            return work(session)

        return self._database.grouped(fenced)
