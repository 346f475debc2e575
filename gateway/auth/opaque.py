"""The seat's own opaque tokens: 256 random bits, stored as SHA-256 only, so a stolen database opens nothing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.auth import epoch
from gateway.auth.secret_store import digest, random_token
from gateway.auth.tables import Token
from gateway.database import now
from gateway.errors import TokenUnknown

OPAQUE_PREFIX: Final = "llt_"


def issue(session: Session, principal: str) -> str:
    """A new token; the principal's previous one ends with the transaction, everywhere after `epoch.settle`."""
    token = random_token(OPAQUE_PREFIX)
    session.merge(Token(principal=principal, token_hash=digest(token), created_at=now()))
    epoch.advance(session)
    return token


def withdraw(session: Session, principal: str) -> bool:
    """Ends the principal's token; whether it had one."""
    done = session.execute(delete(Token).where(Token.principal == principal))
    epoch.advance(session)
    return bool(done.rowcount)  # type: ignore[attr-defined]


def principal_of(session: Session, token: str) -> str:
    """The principal whose token it is. Raises TokenUnknown."""
    principal = session.scalar(select(Token.principal).where(Token.token_hash == digest(token)))
    if principal is None:
        raise TokenUnknown()
    return principal
