"""How people and parties sign in: password with a code, passkey, or a message signed by a party's key.

Each attempt is counted before it is checked, and a refusal says the same whatever was wrong. Slow work (argon2) is done
outside of transactions. What is refused is recorded too, without what was guessed.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.messages import encode_defunct
from sqlalchemy.orm import Session

from gateway.auth import challenges, epoch, passkeys, passwords, people, sessions, siwe, throttle, totp
from gateway.auth.actors import Actor
from gateway.auth.errors import (
    AuthError,
    ChallengeUnknown,
    MessageInvalid,
    PartyUnknown,
    SessionEnded,
    SignInBlocked,
    SignInRefused,
)
from gateway.auth.identity import Identity
from gateway.auth.journal import note
from gateway.auth.principals import party_standing
from gateway.auth.sessions import Opening, Tokens
from gateway.auth.tables import AuthPerson, AuthSession
from gateway.auth.throttle import Counted

_T = TypeVar("_T")
_NONCE_SECONDS: Final = 300
_STATEMENT: Final = "Sign in to the loan ledger with the key of your party. This sends no transaction."


@dataclass(frozen=True)
class Secrets:
    """A person's password with a code of the authenticator app, or with a recovery code."""

    password: str
    code: str | None = None
    recovery_code: str | None = None


@dataclass(frozen=True)
class Enrolled:
    """What a person gets who has set its factors; the recovery codes are shown once."""

    person: str
    tokens: Tokens
    recovery_codes: list[str]


def by_password(identity: Identity, name: str, given: Secrets, peer: str) -> Tokens:
    """Signs a person in. Raises SignInRefused, SignInBlocked."""
    return _password_session(
        identity, name, given, peer, lambda session, row, now: _tokens(session, identity, row, now)
    )


def page_by_password(identity: Identity, name: str, given: Secrets, peer: str) -> str:
    """The same for the pages; gives the cookie."""
    return _password_session(
        identity, name, given, peer, lambda session, row, _: sessions.add_holder(session, row.id, page=True)
    )


def by_passkey(identity: Identity, credential: dict[str, Any], peer: str) -> Tokens:
    """Signs the person in whose passkey has answered a challenge. Raises SignInRefused, ChallengeUnknown, ..."""
    return _passkey_session(identity, credential, peer, lambda session, row, now: _tokens(session, identity, row, now))


def page_by_passkey(identity: Identity, credential: dict[str, Any], peer: str) -> str:
    """The same for the pages; gives the cookie."""
    return _passkey_session(
        identity, credential, peer, lambda session, row, _: sessions.add_holder(session, row.id, page=True)
    )


def ethereum_message(identity: Identity, address: str, origin: str | None = None) -> str:
    """The message that the holder of `address` has to sign, with a nonce that works once. Raises MessageInvalid."""
    chosen = identity.origins[0] if origin is None else origin
    if chosen not in identity.origins:
        raise MessageInvalid(reason=f"'{chosen}' is no origin of this seat")
    nonce = secrets.token_hex(16)
    now = int(time.time())
    with identity.database.write() as session:
        challenges.give(session, "ethereum", nonce, now + _NONCE_SECONDS, now)
    moment = datetime.fromtimestamp(now, UTC)
    return siwe.SignInMessage(
        domain=urlsplit(chosen).netloc,
        address=address,
        statement=_STATEMENT,
        uri=chosen,
        chain_id=identity.chain_id,
        nonce=nonce,
        issued_at=moment,
        expiration_time=moment + timedelta(seconds=_NONCE_SECONDS),
    ).text()


def by_ethereum(identity: Identity, text: str, signature: str, peer: str) -> Tokens:
    """Signs the party in whose key has signed a message of this seat.

    Raises MessageInvalid, ChallengeUnknown, SignInRefused, SignInBlocked, PartyUnknown.
    """
    message = siwe.parse(text)
    counted = [throttle.address(peer)]
    _count(identity, counted)
    now = int(time.time())
    try:
        origin = next((o for o in identity.origins if urlsplit(o).netloc == message.domain), None)
        siwe.check(message, origin or identity.origins[0], identity.chain_id, datetime.now(UTC))
        with identity.database.write() as session:
            taken = challenges.take(session, "ethereum", message.nonce, now)
        if taken is None:
            raise ChallengeUnknown()
        if _signer(text, signature) != message.address:
            raise SignInRefused()
        with identity.database.write() as session:
            standing = party_standing(session, message.address)
            if standing is None:
                raise PartyUnknown(address=message.address)
            throttle.succeeded(session, counted)
            opening = Opening(
                f"party:{message.address}", standing.tenant, standing.roles, ("swk",), peer, second_factor=False
            )
            row = sessions.open_session(session, identity, opening, now)
            return _tokens(session, identity, row, now)
    except AuthError as refused:
        _refused(identity, "ethereum", refused, peer)
        raise


def refresh(identity: Identity, token: str, peer: str) -> Tokens:
    """The next tokens of a session. Raises SessionEnded; a token that was used before ends the session."""
    with identity.database.write() as session:
        tokens = sessions.refresh(session, identity, token, int(time.time()))
        if tokens is None:
            note(session, "refresh", "session", refused=SessionEnded.code, peer=peer)
    if tokens is None:
        epoch.settle()
        raise SessionEnded(reason="its refresh token is not valid any more")
    return tokens


def step_up(
    identity: Identity, actor: Actor, code: str | None, credential: dict[str, Any] | None, peer: str
) -> datetime:
    """Proves a second factor anew for the session that asks; when that was. Raises SignInRefused, SignInBlocked, ..."""
    name = actor.id.partition(":")[2]
    if actor.kind != "person" or actor.session is None:
        raise SignInRefused()
    counted = [throttle.account("person", name)]
    _count(identity, counted)
    now = int(time.time())
    try:
        challenge = b"" if credential is None else passkeys.take_challenge(identity, "passkey", credential, now)
        with identity.database.write() as session:
            person = _active(session, name)
            row = session.get_one(AuthSession, actor.session)
            if row.ended_at is not None:
                raise SessionEnded(reason=row.ended_why or "ended")
            if credential is not None:
                fits = passkeys.proved(session, identity, credential, challenge, now) == name
            else:
                fits = code is not None and totp.use_code(session, identity.sealing, person, code, now)
            if not fits:
                raise SignInRefused()
            throttle.succeeded(session, counted)
            sessions.step_up(session, row, "hwk" if credential is not None else "otp", now)
    except AuthError as refused:
        _refused(identity, "step-up", refused, peer, actor=actor)
        raise
    epoch.settle()
    return datetime.fromtimestamp(now, UTC)


def enrol(
    identity: Identity, invitation: str, password: str | None, code: str | None, passkey: dict[str, Any] | None,
    peer: str,
) -> Enrolled:  # fmt: skip
    """Takes an invitation and sets the person's factors: a password with an app's code, or a passkey, or all of them.

    Raises InvitationUnknown, PasswordUnfit, SignInRefused, SignInBlocked.
    """
    _count(identity, counted := [throttle.address(peer)])
    with identity.database.read() as session:
        offered = people.enrolment(session, identity, invitation)
    now = int(time.time())
    step = totp.step_of(offered.totp_secret, code or "", now)
    if (password is None and passkey is None) or (password is not None and step is None):
        raise SignInRefused()
    hashed = None if password is None else passwords.hashed(password, offered.person)
    challenge = b""
    if passkey is not None:
        challenge = passkeys.take_challenge(identity, "register", passkey, now, offered.person)
    with identity.database.write() as session:
        person = people.begin_anew(session, invitation)
        if hashed is not None and step is not None:
            person.password = hashed
            person.totp = totp.sealed_secret(identity.sealing, person.id, offered.totp_secret)
            person.totp_step = step
        if passkey is not None:
            passkeys.register(session, identity, person.id, passkey, challenge, now)
        session.flush()
        throttle.succeeded(session, counted)
        codes = people.new_recovery_codes(session, person.id)
        row = _open(session, identity, person, ("pwd", "otp", "mfa") if hashed else ("hwk", "user", "mfa"), peer, now)
        enrolled = Enrolled(person.id, _tokens(session, identity, row, now), codes)
    epoch.settle()
    return enrolled


def _passkey_session(
    identity: Identity, credential: dict[str, Any], peer: str, finish: Callable[[Session, AuthSession, int], _T]
) -> _T:
    counted = [throttle.address(peer)]
    _count(identity, counted)
    now = int(time.time())
    try:
        challenge = passkeys.take_challenge(identity, "passkey", credential, now)
        with identity.database.write() as session:
            person = _active(session, passkeys.proved(session, identity, credential, challenge, now))
            throttle.succeeded(session, counted)
            return finish(session, _open(session, identity, person, ("hwk", "user", "mfa"), peer, now), now)
    except AuthError as refused:
        _refused(identity, "passkey", refused, peer)
        raise


def _password_session(
    identity: Identity, name: str, given: Secrets, peer: str, finish: Callable[[Session, AuthSession, int], _T]
) -> _T:
    counted = [throttle.account("person", name), throttle.address(peer)]
    _count(identity, counted)
    with identity.database.read() as session:
        person = session.get(AuthPerson, name)
        known = None if person is None or person.disabled_at is not None else person.password
    fits = passwords.fits(given.password, known)
    now = int(time.time())
    try:
        with identity.database.write() as session:
            row = session.get(AuthPerson, name) if fits else None
            # Looked at again: it may have been disabled, or enrolled anew, meanwhile.
            if row is None or row.disabled_at is not None or row.password != known:
                raise SignInRefused()
            if given.recovery_code is not None:
                proved, method = people.use_recovery_code(session, name, given.recovery_code, now), "rcv"
            else:
                proved, method = totp.use_code(session, identity.sealing, row, given.code or "", now), "otp"
            if not proved:
                raise SignInRefused()
            throttle.succeeded(session, counted)
            return finish(session, _open(session, identity, row, ("pwd", method, "mfa"), peer, now), now)
    except AuthError as refused:
        _refused(identity, "password", refused, peer)
        raise


def _count(identity: Identity, counted: list[Counted]) -> None:
    with identity.database.write() as session:
        wait = throttle.begin(session, counted, int(time.time()))
        if wait:
            note(session, "sign-in", "session", refused=SignInBlocked.code, seconds=str(wait))
    if wait:
        raise SignInBlocked(seconds=wait)


def _active(session: Session, name: str) -> AuthPerson:
    person = session.get(AuthPerson, name)
    if person is None or person.disabled_at is not None:
        raise SignInRefused()
    return person


def _open(
    session: Session, identity: Identity, person: AuthPerson, amr: tuple[str, ...], peer: str, now: int
) -> AuthSession:
    opening = Opening(f"person:{person.id}", person.tenant, person.roles, amr, peer, second_factor=True)
    return sessions.open_session(session, identity, opening, now)


def _tokens(session: Session, identity: Identity, row: AuthSession, now: int) -> Tokens:
    return sessions.tokens_of(session, identity, row, now, refreshable=True)


def _refused(identity: Identity, method: str, error: AuthError, peer: str, actor: Actor | None = None) -> None:
    with identity.database.write() as session:
        if actor is None:
            note(session, "sign-in", "session", refused=error.code, method=method, peer=peer)
        else:
            note(session, "step-up", f"session:{actor.session}", actor=actor.id, tenant=actor.tenant,
                 refused=error.code, peer=peer)  # fmt: skip


def _signer(text: str, signature: str) -> str | None:
    """Whose key signed the message (EIP-191); None if nobody's did."""
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=signature))
    except Exception:  # the library raises of many kinds for bytes that are no signature
        return None
