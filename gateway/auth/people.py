"""People of a seat: how an administrator invites one, and how that person sets its own factors.

A person has a password with an authenticator app, or passkeys, or both. An invitation is a code that works once; who
takes it sets all factors anew, so it is the way back for somebody who has lost them too.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from gateway.auth import challenges, epoch, sessions, throttle, totp
from gateway.auth.actors import Actor
from gateway.auth.errors import InvitationUnknown, PrincipalExists, PrincipalUnknown
from gateway.auth.identity import Identity
from gateway.auth.journal import note
from gateway.auth.principals import fit_name, fit_roles, fit_tenant
from gateway.auth.reach import check_reach, reaches, reaches_all
from gateway.auth.secret_store import digest, random_token
from gateway.auth.tables import AuthPasskey, AuthPerson, AuthRecoveryCode

_PREFIX: Final = "lli_"
INVITATION_SECONDS: Final = 72 * 3600
_RECOVERY_CODES: Final = 10
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Invitation:
    """Shown once, to be handed over in person or through a channel that is trusted."""

    person: str
    code: str
    expires_at: int


@dataclass(frozen=True)
class Enrolment:
    """An invitation that is still open, and the authenticator secret that belongs to it."""

    person: str
    totp_secret: str


def create(
    session: Session, identity: Identity, by: Actor, name: str, tenant: str, roles: Iterable[str], known: frozenset[str]
) -> Invitation:
    """A new person, invited. Raises PrincipalUnfit, PrincipalExists."""
    check_reach(by, tenant)
    fit_name("person", name)
    if session.get(AuthPerson, name) is not None:
        raise PrincipalExists(kind="person", id=name)
    row = AuthPerson(
        id=name,
        tenant=fit_tenant("person", tenant),
        roles=fit_roles("person", roles, known),
        totp_step=totp.UNUSED,
        created_at=int(time.time()),
    )
    session.add(row)
    session.flush()
    note(session, "person.create", f"person:{name}", actor=by.id, tenant=tenant, roles=" ".join(row.roles))
    return invite(session, identity, by, name)


def get(session: Session, by: Actor, name: str) -> AuthPerson:
    """Raises PrincipalUnknown, also for a person of another tenant than the administrator's."""
    row = session.get(AuthPerson, name)
    if row is None or not reaches(by, row.tenant):
        raise PrincipalUnknown(kind="person", id=name)
    return row


def many(session: Session, by: Actor, after: str, limit: int) -> Sequence[AuthPerson]:
    """By name, those that the administrator reaches."""
    query = select(AuthPerson).where(AuthPerson.id > after).order_by(AuthPerson.id).limit(limit)
    return session.scalars(query if reaches_all(by) else query.where(AuthPerson.tenant == by.tenant)).all()


def factors(session: Session, row: AuthPerson) -> list[str]:
    """What the person has set: "password", "totp", "passkey"."""
    passkeys = session.scalar(select(func.count()).select_from(AuthPasskey).where(AuthPasskey.person == row.id))
    has = {"password": row.password is not None, "totp": row.totp is not None, "passkey": bool(passkeys)}
    return [name for name, given in has.items() if given]


def invite(session: Session, identity: Identity, by: Actor, name: str) -> Invitation:
    """A new invitation; earlier ones end. Raises PrincipalUnknown."""
    row = get(session, by, name)
    code = random_token(_PREFIX)
    now = int(time.time())
    sealed = identity.sealing.seal(totp.new_secret().encode(), f"invitation {name}")
    challenges.forget(session, "invitation", name)
    challenges.give(session, "invitation", code, now + INVITATION_SECONDS, now, subject=name, sealed=sealed)
    note(session, "person.invite", f"person:{name}", actor=by.id, tenant=row.tenant)
    return Invitation(name, code, now + INVITATION_SECONDS)


def enrolment(session: Session, identity: Identity, code: str) -> Enrolment:
    """What an open invitation offers. Raises InvitationUnknown."""
    found = challenges.look(session, "invitation", code, int(time.time()))
    if found is None or found.sealed is None:
        raise InvitationUnknown()
    return Enrolment(found.subject, identity.sealing.open(found.sealed, f"invitation {found.subject}").decode())


def begin_anew(session: Session, code: str) -> AuthPerson:
    """Takes the invitation: the person has no factor and no session any more. Raises InvitationUnknown.

    The caller sets the new factors in the same transaction, and settles after it.
    """
    now = int(time.time())
    taken = challenges.take(session, "invitation", code, now)
    row = None if taken is None else session.get(AuthPerson, taken.subject)
    if row is None or row.disabled_at is not None:
        raise InvitationUnknown()
    row.password = row.totp = None
    row.totp_step = totp.UNUSED
    session.execute(delete(AuthPasskey).where(AuthPasskey.person == row.id))
    session.flush()
    throttle.unlock(session, "person", row.id)
    sessions.end_all(session, f"person:{row.id}", "enrolled anew", now, actor=f"person:{row.id}")
    note(session, "person.enrol", f"person:{row.id}", actor=f"person:{row.id}", tenant=row.tenant)
    return row


def new_recovery_codes(session: Session, person: str) -> list[str]:
    """Ten codes, each of which stands once for the second factor; earlier ones end. Shown once."""
    session.execute(delete(AuthRecoveryCode).where(AuthRecoveryCode.person == person))
    codes = ["-".join(_letters(5) for _ in range(4)) for _ in range(_RECOVERY_CODES)]
    session.add_all([AuthRecoveryCode(hash=digest(code), person=person) for code in codes])
    session.flush()
    return codes


def use_recovery_code(session: Session, person: str, code: str, now: int) -> bool:
    """Whether it is one of the person's unused codes; if so it is used now."""
    done = session.execute(
        update(AuthRecoveryCode)
        .where(
            AuthRecoveryCode.hash == digest(code.strip().lower()),
            AuthRecoveryCode.person == person,
            AuthRecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def change(
    session: Session, by: Actor, name: str, *, roles: Iterable[str] | None = None, known: frozenset[str] = frozenset(),
    disabled: bool | None = None,
) -> AuthPerson:  # fmt: skip
    """Other roles, or no access any more; all sessions end. The caller settles."""
    row = get(session, by, name)
    now = int(time.time())
    if roles is not None:
        row.roles = fit_roles("person", roles, known)
        note(session, "person.roles", f"person:{name}", actor=by.id, tenant=row.tenant, roles=" ".join(row.roles))
    if disabled is not None:
        row.disabled_at = now if disabled else None
        challenges.forget(session, "invitation", name)
        action = "person.disable" if disabled else "person.enable"
        note(session, action, f"person:{name}", actor=by.id, tenant=row.tenant)
    session.flush()
    sessions.end_all(session, f"person:{name}", "its person was changed", now, actor=by.id)
    return row


def unlock(session: Session, by: Actor, name: str) -> None:
    """Lets a person who was locked out try again. Raises PrincipalUnknown."""
    row = get(session, by, name)
    throttle.unlock(session, "person", name)
    note(session, "person.unlock", f"person:{name}", actor=by.id, tenant=row.tenant)
    epoch.advance(session)


def _letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))
