"""Slows guessing down: failed sign-ins in a row, of one account and from one address, block it for a growing time.

An attempt is counted before it is checked, so that many at once don't get more tries than one after another. Accounts
that don't exist are counted like those that do. After LOCKED failures an account stays closed until it is unlocked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gateway.auth.peers import peer_key
from gateway.auth.secret_store import digest
from gateway.auth.tables import AuthAttempts

LOCKED: Final = 100
_FREE: Final = 5
_ADDRESS_FREE: Final = 20
_SHORTEST: Final = 5
_LONGEST: Final = 900
_NEVER: Final = 2**53
_FORGOTTEN: Final = 86400


@dataclass(frozen=True)
class Counted:
    """What an attempt is counted under. free: tries before the first wait. locks: whether it may close for good."""

    key: str
    free: int
    locks: bool


def account(kind: str, name: str) -> Counted:
    """The attempts on one account."""
    return Counted(digest(f"{kind} {name.lower()}"), _FREE, True)


def address(peer: str) -> Counted:
    """The attempts from one address."""
    return Counted(digest(f"address {peer_key(peer)}"), _ADDRESS_FREE, False)


def begin(session: Session, counted: Sequence[Counted], now: int) -> int:
    """Counts one attempt under each; or, if one of them is blocked, gives the seconds to wait and counts nothing."""
    session.execute(delete(AuthAttempts).where(AuthAttempts.last_at < now - _FORGOTTEN, AuthAttempts.failures < LOCKED))
    rows = [_row(session, item.key, now) for item in sorted(counted, key=lambda item: item.key)]
    wait = max(row.blocked_until - now for row in rows)
    if wait > 0:
        return min(wait, _FORGOTTEN)
    for item in counted:
        row = next(row for row in rows if row.key == item.key)
        row.failures += 1
        row.last_at = now
        row.blocked_until = _NEVER if item.locks and row.failures >= LOCKED else now + pause(row.failures, item.free)
    session.flush()
    return 0


def pause(failures: int, free: int) -> int:
    """Seconds to wait after so many failures in a row: none, then 5, 10, 20 ... 900."""
    return 0 if failures < free else min(_SHORTEST * 2 ** min(failures - free, 20), _LONGEST)


def succeeded(session: Session, counted: Sequence[Counted]) -> None:
    """Forgets the failures of an account that has signed in. Those of its address fade by themselves."""
    session.execute(delete(AuthAttempts).where(AuthAttempts.key.in_([item.key for item in counted if item.locks])))
    others = [item.key for item in counted if not item.locks]
    for row in session.scalars(select(AuthAttempts).where(AuthAttempts.key.in_(others)).with_for_update()):
        row.failures = max(0, row.failures - 1)
        row.blocked_until = 0


def unlock(session: Session, kind: str, name: str) -> None:
    """Opens an account again."""
    session.execute(delete(AuthAttempts).where(AuthAttempts.key == account(kind, name).key))


def _row(session: Session, key: str, now: int) -> AuthAttempts:
    wanted = select(AuthAttempts).where(AuthAttempts.key == key).with_for_update()
    row = session.scalar(wanted)
    if row is None:
        try:
            with session.begin_nested():
                session.add(AuthAttempts(key=key, failures=0, blocked_until=0, last_at=now))
        except IntegrityError:  # another attempt at the same moment
            session.expire_all()
        row = session.scalars(wanted).one()
    return row
