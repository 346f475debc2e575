"""Sessions: what a sign-in opens, how it is kept alive, proved anew and ended.

Functions here work within the caller's write transaction; whoever ends or changes a session calls `epoch.settle` after
the commit, before answering. Moments are seconds since 1970.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from gateway.auth import epoch
from gateway.auth.access_tokens import Grant
from gateway.auth.errors import AuthError
from gateway.auth.identity import PAGE_PREFIX, Identity
from gateway.auth.journal import note
from gateway.auth.peers import base64url
from gateway.auth.secret_store import digest, random_token
from gateway.auth.tables import AuthRefreshToken, AuthSession

_REFRESH: Final = "llr_"
_KEPT: Final = 30 * 86400


@dataclass(frozen=True)
class Opening:
    """Who signs in, how, and from where. certificate: SHA-256 hex of the one that the tokens shall be bound to."""

    principal: str
    tenant: str
    roles: Iterable[str]
    amr: tuple[str, ...]
    peer: str
    second_factor: bool
    certificate: str | None = None


@dataclass(frozen=True)
class Tokens:
    """What is answered to a sign-in."""

    session: str
    access_token: str
    expires_in: int
    roles: tuple[str, ...]
    refresh_token: str | None


def open_session(session: Session, identity: Identity, opening: Opening, now: int) -> AuthSession:
    """A new session, recorded."""
    settings = identity.settings
    kind = opening.principal.partition(":")[0]
    ends_at = now + (settings.auth_token_seconds if kind == "client" else settings.auth_session_seconds)
    row = AuthSession(
        id="ses_" + secrets.token_urlsafe(18).replace("-", "0").replace("_", "1"),
        principal=opening.principal,
        kind=kind,
        tenant=opening.tenant,
        roles=sorted(opening.roles),
        amr=" ".join(opening.amr),
        certificate=opening.certificate,
        peer=opening.peer,
        created_at=now,
        mfa_at=now if opening.second_factor else None,
        idle_until=ends_at if kind == "client" else min(ends_at, now + settings.auth_idle_seconds),
        ends_at=ends_at,
    )
    old = select(AuthSession.id).where(AuthSession.ends_at < now - _KEPT)
    session.execute(delete(AuthRefreshToken).where(AuthRefreshToken.session.in_(old)))
    session.execute(delete(AuthSession).where(AuthSession.ends_at < now - _KEPT))
    session.add(row)
    session.flush()
    note(
        session, "sign-in", f"session:{row.id}", actor=row.principal, tenant=row.tenant,
        method=row.amr, peer=row.peer, roles=" ".join(row.roles),
    )  # fmt: skip
    return row


def tokens_of(session: Session, identity: Identity, row: AuthSession, now: int, *, refreshable: bool) -> Tokens:
    """An access token of the session, and the refresh token that gives the next one."""
    expires_at = min(now + identity.settings.auth_token_seconds, row.ends_at)
    grant = Grant(
        subject=row.principal,
        session=row.id,
        tenant=row.tenant,
        roles=tuple(row.roles),
        amr=tuple(row.amr.split()),
        auth_time=row.created_at,
        expires_at=expires_at,
        certificate=None if row.certificate is None else base64url(row.certificate),
    )
    refresh = add_holder(session, row.id, page=False) if refreshable else None
    return Tokens(row.id, identity.tokens.make(grant, now), expires_at - now, grant.roles, refresh)


def add_holder(session: Session, session_id: str, *, page: bool) -> str:
    """A refresh token of the session, or the cookie of its pages."""
    token = random_token(PAGE_PREFIX if page else _REFRESH)
    session.add(AuthRefreshToken(hash=digest(token), session=session_id, page=page))
    session.flush()
    return token


def refresh(session: Session, identity: Identity, token: str, now: int) -> Tokens | None:
    """The next tokens for a refresh token, which is used up; None if it may not be.

    One that was used before was stolen, by whoever came first or second: its session ends (the caller settles).
    """
    held = session.get(AuthRefreshToken, digest(token))
    if held is None or held.page:
        return None
    row = session.get_one(AuthSession, held.session)
    used = session.execute(
        update(AuthRefreshToken)
        .where(AuthRefreshToken.hash == held.hash, AuthRefreshToken.used_at.is_(None))
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        end(session, row, "refresh token used twice", now)
        return None
    standing = _standing_of(session, identity, row)
    if not standing:
        return None
    row.idle_until = min(row.ends_at, now + identity.settings.auth_idle_seconds)
    session.flush()
    return tokens_of(session, identity, row, now, refreshable=True)


def of_page(session: Session, token: str) -> AuthSession | None:
    """The session whose cookie it is."""
    held = session.get(AuthRefreshToken, digest(token))
    return None if held is None or not held.page else session.get(AuthSession, held.session)


def end(session: Session, row: AuthSession, why: str, now: int, *, actor: str = "gateway") -> None:
    """Ends the session; nothing that it gave out works any longer."""
    if row.ended_at is not None:
        return
    row.ended_at = now
    row.ended_why = why
    epoch.advance(session)
    note(session, "revoke", f"session:{row.id}", actor=actor, tenant=row.tenant, principal=row.principal, reason=why)


def end_all(session: Session, principal: str, why: str, now: int, *, actor: str) -> int:
    """Ends every session of the principal; how many those were. What it holds is looked up anew in any case."""
    rows = session.scalars(
        select(AuthSession).where(
            AuthSession.principal == principal, AuthSession.ended_at.is_(None), AuthSession.ends_at > now
        )
    ).all()
    for row in rows:
        end(session, row, why, now, actor=actor)
    epoch.advance(session)
    return len(rows)


def step_up(session: Session, row: AuthSession, amr: str, now: int) -> None:
    """The session's holder has proved a second factor just now."""
    row.mfa_at = now
    row.amr = " ".join(dict.fromkeys([*row.amr.split(), amr, "mfa"]))
    epoch.advance(session)
    note(session, "step-up", f"session:{row.id}", actor=row.principal, tenant=row.tenant, method=amr)


def _standing_of(session: Session, identity: Identity, row: AuthSession) -> bool:
    try:
        identity.actor_of_session(session, row)
    except AuthError:
        return False
    return True
