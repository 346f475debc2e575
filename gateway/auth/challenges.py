"""Things given out that may come back once: invitations, nonces, passkeys' challenges. Kept as hashes.

Taking one deletes it, so of several callers with the same one exactly one gets it.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.auth.secret_store import digest
from gateway.auth.tables import AuthChallenge

Kind = Literal["invitation", "ethereum", "passkey", "register"]


def give(
    session: Session, kind: Kind, value: str, expires_at: int, now: int, subject: str = "", sealed: bytes | None = None
) -> None:
    """Remembers `value` until it is taken or expires. Throws away what has expired."""
    session.execute(delete(AuthChallenge).where(AuthChallenge.expires_at < now))
    session.add(
        AuthChallenge(hash=digest(value), kind=kind, subject=subject, sealed=sealed, expires_at=expires_at)
    )  # fmt: skip
    session.flush()


def look(session: Session, kind: Kind, value: str, now: int) -> AuthChallenge | None:
    """What was given, still to be taken; None if it wasn't given, was taken or has expired."""
    return session.scalar(
        select(AuthChallenge).where(
            AuthChallenge.hash == digest(value), AuthChallenge.kind == kind, AuthChallenge.expires_at >= now
        )
    )


def take(session: Session, kind: Kind, value: str, now: int) -> AuthChallenge | None:
    """As `look`, and gone afterwards for everybody."""
    found = look(session, kind, value, now)
    if found is None:
        return None
    session.expunge(found)
    done = session.execute(delete(AuthChallenge).where(AuthChallenge.hash == found.hash))
    return found if done.rowcount else None  # type: ignore[attr-defined]


def forget(session: Session, kind: Kind, subject: str) -> None:
    """Takes back all that was given to the subject."""
    session.execute(delete(AuthChallenge).where(AuthChallenge.kind == kind, AuthChallenge.subject == subject))
