"""Machine clients of organisations: who they are, their secrets, and how one proves that it is one.

A secret is 256 random bits of which only the hash is kept; a client has at most two, so that it can change one for the
other without a pause. A client with a certificate proves itself by that alone.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.auth import sessions
from gateway.auth.actors import Actor
from gateway.auth.errors import PrincipalExists, PrincipalUnfit, PrincipalUnknown, SecretSlotsFull
from gateway.auth.journal import note
from gateway.auth.principals import fit_name, fit_roles, fit_tenant
from gateway.auth.reach import check_reach, reaches, reaches_all
from gateway.auth.secret_store import digest, random_token
from gateway.auth.tables import AuthClient, AuthClientSecret

_PREFIX: Final = "llc_"
_SECRETS: Final = 2
_NOBODYS: Final = digest("no client has this secret")
_HEX: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class NewSecret:
    """Shown once. label: its first characters, by which it is retired."""

    client: str
    secret: str
    label: str


def create(
    session: Session, by: Actor, name: str, tenant: str, roles: Iterable[str], known: frozenset[str],
    certificate: str | None = None,
) -> NewSecret | None:  # fmt: skip
    """A new client with its first secret; without a secret if it has a certificate (SHA-256 hex).

    Raises PrincipalUnfit, PrincipalExists.
    """
    check_reach(by, tenant)
    fit_name("client", name)
    if session.get(AuthClient, name) is not None:
        raise PrincipalExists(kind="client", id=name)
    row = AuthClient(
        id=name,
        tenant=fit_tenant("client", tenant),
        roles=fit_roles("client", roles, known),
        certificate=None if certificate is None else fit_certificate(certificate),
        created_at=int(time.time()),
    )
    session.add(row)
    session.flush()
    note(session, "client.create", f"client:{name}", actor=by.id, tenant=tenant, roles=" ".join(row.roles))
    return None if row.certificate is not None else add_secret(session, by, name)


def get(session: Session, by: Actor, name: str) -> AuthClient:
    """Raises PrincipalUnknown, also for a client of another tenant than the administrator's."""
    row = session.get(AuthClient, name)
    if row is None or not reaches(by, row.tenant):
        raise PrincipalUnknown(kind="client", id=name)
    return row


def many(session: Session, by: Actor, after: str, limit: int) -> Sequence[AuthClient]:
    """By name, those that the administrator reaches."""
    query = select(AuthClient).where(AuthClient.id > after).order_by(AuthClient.id).limit(limit)
    return session.scalars(query if reaches_all(by) else query.where(AuthClient.tenant == by.tenant)).all()


def labels(session: Session, name: str) -> list[str]:
    """First characters of the client's secrets, older first."""
    query = select(AuthClientSecret).where(AuthClientSecret.client == name).order_by(AuthClientSecret.created_at)
    return [row.label for row in session.scalars(query)]


def add_secret(session: Session, by: Actor, name: str) -> NewSecret:
    """A further secret. Raises SecretSlotsFull if there are two, PrincipalUnfit for a client with a certificate."""
    row = get(session, by, name)
    if row.certificate is not None:
        raise PrincipalUnfit(kind="client", reason="it proves itself by its certificate")
    if len(labels(session, name)) >= _SECRETS:
        raise SecretSlotsFull(id=name)
    secret = random_token(_PREFIX)
    label = secret[:10]
    session.add(AuthClientSecret(hash=digest(secret), client=name, label=label, created_at=int(time.time())))
    session.flush()
    note(session, "client.secret", f"client:{name}", actor=by.id, tenant=row.tenant, label=label)
    return NewSecret(name, secret, label)


def retire_secret(session: Session, by: Actor, name: str, label: str) -> None:
    """Ends a secret and, as it may have been stolen, what the client has open. Raises PrincipalUnknown."""
    row = get(session, by, name)
    done = session.execute(
        delete(AuthClientSecret).where(AuthClientSecret.client == name, AuthClientSecret.label == label)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise PrincipalUnknown(kind="secret", id=label)
    note(session, "client.retire-secret", f"client:{name}", actor=by.id, tenant=row.tenant, label=label)
    sessions.end_all(session, f"client:{name}", "secret retired", int(time.time()), actor=by.id)


def change(
    session: Session, by: Actor, name: str, *, roles: Iterable[str] | None = None, known: frozenset[str] = frozenset(),
    disabled: bool | None = None,
) -> AuthClient:  # fmt: skip
    """Other roles, or no access any more; all that is open ends. The caller settles."""
    row = get(session, by, name)
    now = int(time.time())
    if roles is not None:
        row.roles = fit_roles("client", roles, known)
        note(session, "client.roles", f"client:{name}", actor=by.id, tenant=row.tenant, roles=" ".join(row.roles))
    if disabled is not None:
        row.disabled_at = now if disabled else None
        action = "client.disable" if disabled else "client.enable"
        note(session, action, f"client:{name}", actor=by.id, tenant=row.tenant)
    session.flush()
    sessions.end_all(session, f"client:{name}", "its client was changed", now, actor=by.id)
    return row


def proved(session: Session, name: str, secret: str | None, certificate: str | None) -> AuthClient | None:
    """The client, if the secret or the certificate (SHA-256 hex) is its own and it may call."""
    row = session.get(AuthClient, name)
    given = digest(secret or "")
    known = [_NOBODYS]
    if row is not None:
        known += session.scalars(select(AuthClientSecret.hash).where(AuthClientSecret.client == name)).all()
    fits = [hmac.compare_digest(given, one) for one in known]
    if row is None or row.disabled_at is not None:
        return None
    if row.certificate is not None:
        return row if certificate is not None and hmac.compare_digest(row.certificate, certificate) else None
    return row if any(fits[1:]) else None


def fit_certificate(thumbprint: str) -> str:
    """SHA-256 of a certificate as hex, with or without colons. Raises PrincipalUnfit."""
    text = thumbprint.replace(":", "").lower()
    if len(text) != 64 or not set(text) <= _HEX:
        raise PrincipalUnfit(kind="client", reason="the certificate's SHA-256 has 64 hex digits")
    return text
