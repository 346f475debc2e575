"""POST /v1/oauth/token: access tokens for machine clients (RFC 6749 4.4), and GET /v1/.well-known/jwks.json.

Answers and errors have OAuth's own form here, so that every OAuth library understands them. A client proves itself by
its secret (in the header or the form) or by its certificate (RFC 8705); a token asked for with a certificate is bound
to it.
"""

from __future__ import annotations

import base64
import binascii
import time
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from gateway.access import SeatDep
from gateway.auth import clients, sessions, throttle
from gateway.auth.identity import Identity
from gateway.auth.journal import note
from gateway.auth.peers import certificate_of, peer_address
from gateway.auth.schemas import PublicKeys
from gateway.auth.sessions import Opening
from gateway.auth.tables import AuthClient

router = APIRouter(tags=["access"])
_MOST_FIELDS: Final = 20
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string", "format": "password"},
                        "scope": {"type": "string", "description": "Fewer of the client's roles, by spaces."},
                    },
                },
                "example": {
                    "grant_type": "client_credentials",
                    "client_id": "core-banking",
                    "client_secret": "llc_...",
                },
            }
        },
    }
}
_REFUSAL: Final[dict[str, Any]] = {
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["error", "error_description"],
            "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
        },
        "example": {"error": "invalid_client", "error_description": "the client did not prove itself"},
    }
}
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "An access token.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["access_token", "token_type", "expires_in", "scope"],
                    "properties": {
                        "access_token": {"type": "string"},
                        "token_type": {"type": "string", "enum": ["Bearer"]},
                        "expires_in": {"type": "integer"},
                        "scope": {"type": "string"},
                    },
                },
                "example": {
                    "access_token": "eyJhbGciOiJFUzI1NiIs...",
                    "token_type": "Bearer",
                    "expires_in": 600,
                    "scope": "booking",
                },
            }
        },
    },
    400: {
        "description": "invalid_request, unsupported_grant_type or invalid_scope, as RFC 6749 5.2 has it.",
        "content": _REFUSAL,
    },
    401: {"description": "invalid_client, as RFC 6749 5.2 has it.", "content": _REFUSAL},
}


class OAuthRefusal(Exception):
    """A refusal in OAuth's form."""

    def __init__(self, error: str, description: str, status: int = 400, wait: int = 0) -> None:
        super().__init__(error)
        self.error = error
        self.description = description
        self.status = status
        self.wait = wait


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post("/oauth/token", openapi_extra=_FORM, responses=_ANSWERS, response_class=JSONResponse)
def issue_access_token(request: Request, seat: SeatDep, body: Annotated[bytes, Depends(_body)]) -> Response:
    """An access token for a machine client, for as many of its roles as `scope` names, else all."""
    try:
        form = _form(request, body)
        answer = _token(request, seat.identity, form)
    except OAuthRefusal as refused:
        headers = dict(_NO_STORE)
        if refused.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="loan-ledger"'
        if refused.wait:
            headers["Retry-After"] = str(refused.wait)
        return JSONResponse(
            {"error": refused.error, "error_description": refused.description}, refused.status, headers=headers
        )
    return JSONResponse(answer, headers=_NO_STORE)


@router.get("/.well-known/jwks.json")
def list_token_keys(seat: SeatDep, response: Response) -> PublicKeys:
    """The public keys with which others can verify this seat's access tokens."""
    response.headers["Cache-Control"] = "max-age=60"
    return PublicKeys(keys=[key.jwk() for key in seat.identity.keys.published()])


def _token(request: Request, identity: Identity, form: dict[str, str]) -> dict[str, object]:
    if "grant_type" not in form:
        raise OAuthRefusal("invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise OAuthRefusal("unsupported_grant_type", "grant_type must be client_credentials")
    name, secret = _credentials(request, form)
    peer = peer_address(request.scope, identity.settings)
    certificate = certificate_of(request.scope, identity.settings)
    counted = [throttle.account("client", name), throttle.address(peer)]
    now = int(time.time())
    # A secret has 256 random bits: nobody guesses it, so only the name's failures are slowed, not its successes.
    with identity.database.write() as session:
        client = clients.proved(session, name, secret, certificate)
        if client is None:
            wait = throttle.begin(session, counted, now)
            note(session, "sign-in", "session", refused="invalid_client", method="client", peer=peer)
        else:
            throttle.succeeded(session, counted[:1])
            return _answer(session, identity, client, form.get("scope"), certificate, peer, now)
    raise OAuthRefusal("invalid_client", "the client is not known, or did not prove itself", 401, wait)


def _answer(
    session: Session, identity: Identity, client: AuthClient, scope: str | None, certificate: str | None, peer: str,
    now: int,
) -> dict[str, object]:  # fmt: skip
    roles = set(client.roles)
    if scope is not None:
        asked = set(scope.split())
        if not asked or not asked <= roles:
            raise OAuthRefusal("invalid_scope", f"the client has the roles {' '.join(sorted(roles))}")
        roles = asked
    opening = Opening(
        principal=f"client:{client.id}",
        tenant=client.tenant,
        roles=roles,
        amr=("secret",) if client.certificate is None else ("mtls",),
        peer=peer,
        second_factor=False,
        certificate=certificate,
    )
    row = sessions.open_session(session, identity, opening, now)
    tokens = sessions.tokens_of(session, identity, row, now, refreshable=False)
    return {
        "access_token": tokens.access_token,
        "token_type": "Bearer",
        "expires_in": tokens.expires_in,
        "scope": " ".join(sorted(roles)),
    }


def _form(request: Request, body: bytes) -> dict[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthRefusal("invalid_request", "expected the content type application/x-www-form-urlencoded")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise OAuthRefusal("invalid_request", "the form can't be read") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthRefusal("invalid_request", "a field is given twice")
    return form


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str | None]:
    """client_secret_basic or client_secret_post, not both; the name alone for a client with a certificate."""
    header = request.headers.get("authorization")
    if header is None:
        return form.get("client_id", ""), form.get("client_secret")
    scheme, _, encoded = header.partition(" ")
    try:
        name, separator, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        scheme, name, separator, secret = "", "", "", ""
    if scheme.lower() != "basic" or not separator:
        raise OAuthRefusal("invalid_client", "the Authorization header is not Basic", 401)
    if "client_secret" in form or form.get("client_id", unquote_plus(name)) != unquote_plus(name):
        raise OAuthRefusal("invalid_request", "the client is named in two ways")
    return unquote_plus(name), unquote_plus(secret)
