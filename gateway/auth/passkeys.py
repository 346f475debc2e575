"""Passkeys (WebAuthn): a key that a person's device keeps and uses only after the person has unlocked it.

The challenge works once, the origin and the relying party must be the seat's, the device must have verified its user,
and a sign count that doesn't grow shows a copied key.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from gateway.auth import challenges
from gateway.auth.errors import ChallengeUnknown, SignInRefused
from gateway.auth.identity import Identity
from gateway.auth.tables import AuthPasskey

_CHALLENGE_SECONDS: Final = 300
_BROKEN: Final = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def registration_options(session: Session, identity: Identity, person: str, now: int) -> dict[str, Any]:
    """What the person's browser is asked in order to make a passkey."""
    challenge = _give(session, "register", now, person)
    known = session.scalars(select(AuthPasskey.id).where(AuthPasskey.person == person)).all()
    options = generate_registration_options(
        rp_id=relying_party(identity),
        rp_name=f"Loan ledger {identity.settings.seat}",
        user_id=person.encode(),
        user_name=person,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(key)) for key in known],
    )
    return dict(json.loads(options_to_json(options)))


def register(
    session: Session, identity: Identity, person: str, credential: dict[str, Any], challenge: bytes, now: int
) -> AuthPasskey:
    """Keeps the passkey that the person's browser has made. Raises SignInRefused."""
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(identity),
            expected_origin=list(identity.origins),
            require_user_verification=True,
        )
    except _BROKEN:
        raise SignInRefused() from None
    key = bytes_to_base64url(verified.credential_id)
    if len(key) > 400 or session.get(AuthPasskey, key) is not None:
        raise SignInRefused()
    row = AuthPasskey(
        id=key,
        person=person,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def sign_in_options(session: Session, identity: Identity, now: int) -> dict[str, Any]:
    """What any browser is asked in order to sign in; the device offers its own passkeys, so no name is needed."""
    options = generate_authentication_options(
        rp_id=relying_party(identity),
        challenge=_give(session, "passkey", now, ""),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(json.loads(options_to_json(options)))


def proved(session: Session, identity: Identity, credential: dict[str, Any], challenge: bytes, now: int) -> str:
    """The person whose passkey has answered the challenge. Raises SignInRefused."""
    key = credential.get("id")
    row = session.get(AuthPasskey, key) if isinstance(key, str) else None
    if row is None:
        raise SignInRefused()
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(identity),
            expected_origin=list(identity.origins),
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except _BROKEN:
        raise SignInRefused() from None
    done = session.execute(
        update(AuthPasskey)
        .where(AuthPasskey.id == row.id, AuthPasskey.sign_count == row.sign_count)
        .values(sign_count=verified.new_sign_count)
        .execution_options(synchronize_session=False)
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise SignInRefused()
    return row.person


def take_challenge(
    identity: Identity, kind: challenges.Kind, credential: dict[str, Any], now: int, subject: str = ""
) -> bytes:
    """The challenge that the answer is for, used up now whether the answer is right or not. Raises ChallengeUnknown."""
    try:
        said = json.loads(base64url_to_bytes(credential["response"]["clientDataJSON"]))["challenge"]
        with identity.database.write() as session:
            taken = challenges.take(session, kind, said, now)
    except _BROKEN:
        raise ChallengeUnknown() from None
    if taken is None or taken.subject != subject:
        raise ChallengeUnknown()
    return base64url_to_bytes(said)


def relying_party(identity: Identity) -> str:
    """The host of the first origin."""
    return urlsplit(identity.origins[0]).hostname or "localhost"


def _give(session: Session, kind: challenges.Kind, now: int, subject: str) -> bytes:
    challenge = secrets.token_bytes(32)
    challenges.give(session, kind, bytes_to_base64url(challenge), now + _CHALLENGE_SECONDS, now, subject=subject)
    return challenge
