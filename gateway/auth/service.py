"""Issues and recognises bearer tokens: 256 random bits, stored as SHA-256 only, so a stolen database opens nothing."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.auth.tables import Token
from gateway.database import now, open_database
from gateway.errors import TokenUnknown
from gateway.settings import load_settings

_PREFIX = "llt_"


def issue_token(state: Path, seat: str, principal: str) -> str:
    """Makes a new token for `principal` at `seat` and returns it; its previous one stops working at once."""
    database = open_database(load_settings(Path(state), seat))
    try:
        database.create_tables()
        with database.write() as session:
            return issue(session, principal)
    finally:
        database.close()


def issue(session: Session, principal: str) -> str:
    """The same within an open transaction."""
    token = _PREFIX + secrets.token_urlsafe(32)
    session.merge(Token(principal=principal, token_hash=_hash(token), created_at=now()))
    return token


def principal_of(session: Session, token: str) -> str:
    """The principal whose token it is. Raises TokenUnknown."""
    principal = session.scalar(select(Token.principal).where(Token.token_hash == _hash(token)))
    if principal is None:
        raise TokenUnknown()
    return principal


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
