"""How what is remembered in memory stays exact: one number in the database that every revocation raises.

A process trusts its memory only while the number is what it was when it remembered, and asks for the number at most
every WINDOW seconds. Who revokes waits a little longer than that after the commit (`settle`) before it answers. So once
a revocation is answered no process of the database lets its bearer in, at the cost of ten reads a second.
"""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.auth.tables import AuthEpoch
from gateway.database import Database

WINDOW: Final = 0.1
_SETTLE: Final = WINDOW + 0.01
_ROW: Final = 1
_READ: Final = select(AuthEpoch.number).where(AuthEpoch.id == _ROW)


class Epoch:
    """The number as this process knows it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = -1
        self._trusted_until = 0.0

    def fresh(self) -> bool:
        """Whether `current` answers without reading."""
        return time.monotonic() < self._trusted_until

    def current(self) -> int:
        """The number, at most WINDOW seconds old."""
        if not self.fresh():
            began = time.monotonic()
            with self._database.read() as session:
                self.saw(read(session), began)
        return self._known

    @property
    def known(self) -> int:
        """The number that was read last."""
        return self._known

    def saw(self, number: int, began: float) -> None:
        """Takes over what was read in a snapshot that was opened after `began` (monotonic seconds)."""
        self._known = max(self._known, number)
        self._trusted_until = max(self._trusted_until, began + WINDOW)


def read(session: Session) -> int:
    """The number; 0 before the first revocation."""
    return session.connection().scalar(_READ) or 0  # not by the mapper, which costs as much as the read


def advance(session: Session) -> None:
    """Raises the number with the caller's transaction. The caller calls `settle` after its commit."""
    if _raise(session):
        return
    try:
        with session.begin_nested():
            session.add(AuthEpoch(id=_ROW, number=1))
    except IntegrityError:  # another process was first
        _raise(session)


def settle() -> None:
    """Waits until no process trusts a number from before."""
    time.sleep(_SETTLE)


def _raise(session: Session) -> bool:
    done = session.execute(update(AuthEpoch).where(AuthEpoch.id == _ROW).values(number=AuthEpoch.number + 1))
    return bool(done.rowcount)  # type: ignore[attr-defined]
