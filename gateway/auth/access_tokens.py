"""Access tokens: short-lived JWTs (RFC 9068) that this seat signs with ES256 and nobody else's keys open.

The algorithm is that of the key, never of the token; the type, issuer and audience must be exactly this seat's; a token
that brings its own key, or points to one, is refused. What a token says of roles is for others to read: this seat asks
its database.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any, Final

import jwt

from gateway.auth.errors import TokenInvalid
from gateway.auth.token_keys import TokenKeys

_ALGORITHM: Final = "ES256"
_TYPE: Final = "at+jwt"
_HEADER: Final = {"alg", "typ", "kid"}
_REQUIRED: Final = ["iss", "aud", "exp", "nbf", "iat", "jti", "sid", "sub"]
_LEEWAY: Final = 5
_LONGEST: Final = 4096


@dataclass(frozen=True)
class Grant:
    """What a token says: for whom, of which session, until when (seconds since 1970).

    certificate: the only one with which it may be used, SHA-256, base64url.
    """

    subject: str
    session: str
    tenant: str
    roles: tuple[str, ...]
    amr: tuple[str, ...]
    auth_time: int
    expires_at: int
    certificate: str | None = None


@dataclass(frozen=True)
class Claims:
    """What is taken from a token that was verified."""

    subject: str
    session: str
    expires_at: int
    certificate: str | None


class AccessTokens:
    """Makes and verifies the tokens of one seat."""

    def __init__(self, keys: TokenKeys, issuer: str, audience: str) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience

    def make(self, grant: Grant, now: int) -> str:
        """A signed token."""
        key = self._keys.signing()
        claims: dict[str, Any] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": grant.subject,
            "exp": grant.expires_at,
            "nbf": now,
            "iat": now,
            "jti": secrets.token_urlsafe(16),
            "sid": grant.session,
            "tenant": grant.tenant,
            "roles": list(grant.roles),
            "amr": list(grant.amr),
            "auth_time": grant.auth_time,
        }
        if grant.certificate is not None:
            claims["cnf"] = {"x5t#S256": grant.certificate}
        return jwt.encode(claims, key.private, algorithm=_ALGORITHM, headers={"kid": key.id, "typ": _TYPE})

    def verify(self, token: str) -> Claims:
        """The claims of a token that this seat signed and that is valid now. Raises TokenInvalid."""
        if len(token) > _LONGEST:
            raise TokenInvalid(reason="it is too long")
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise TokenInvalid(reason="it is no signed token") from None
        if set(header) != _HEADER or header["alg"] != _ALGORITHM or str(header["typ"]).lower() != _TYPE:
            raise TokenInvalid(reason="its header is not one of this seat's")
        key = self._keys.find(str(header["kid"]))
        if key is None:
            raise TokenInvalid(reason="its key is not known here")
        try:
            found = jwt.decode(
                token,
                key.private.public_key(),
                algorithms=[_ALGORITHM],
                issuer=self._issuer,
                audience=self._audience,
                leeway=_LEEWAY,
                options={"require": _REQUIRED, "strict_aud": True},
            )
        except jwt.ExpiredSignatureError:
            raise TokenInvalid(reason="it has expired") from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise TokenInvalid(reason=_REASONS.get(type(error), "its signature or form is wrong")) from None
        return _claims(found)


_REASONS: Final[dict[type[Exception], str]] = {
    jwt.InvalidAudienceError: "it is for another audience",
    jwt.InvalidIssuerError: "another issuer made it",
    jwt.ImmatureSignatureError: "it is not valid yet",
    jwt.MissingRequiredClaimError: "a claim is missing",
}


def _claims(found: dict[str, Any]) -> Claims:
    subject, session, expires = found["sub"], found["sid"], found["exp"]
    confirmation = found.get("cnf")
    if not isinstance(subject, str) or not isinstance(session, str) or not isinstance(expires, int):
        raise TokenInvalid(reason="a claim has the wrong form")
    if confirmation is None:
        return Claims(subject, session, expires, None)
    thumbprint = confirmation.get("x5t#S256") if isinstance(confirmation, dict) else None
    if not isinstance(thumbprint, str):
        raise TokenInvalid(reason="its confirmation is of a kind not known here")
    return Claims(subject, session, expires, thumbprint)
