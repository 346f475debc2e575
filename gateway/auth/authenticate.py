"""Who sends this request: the one door through which every route and page learns it.

Remembers its answer on the request, so that asking twice costs nothing. A token that is bound to a certificate is only
taken with it.
"""

from __future__ import annotations

from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.types import Scope

from chain.errors import LedgerError
from gateway.auth.actors import Actor
from gateway.auth.identity import Identity
from gateway.auth.peers import certificate_of
from gateway.errors import TokenMissing
from gateway.seat import Seat

MEMO: Final = "ledger.actor"


def authenticate(request: HTTPConnection, seat: Seat) -> Actor:
    """The actor whose bearer token the request carries.

    Raises TokenMissing, TokenUnknown, TokenInvalid, SessionEnded, CertificateNeeded.
    """
    known = request.scope.get(MEMO)
    if isinstance(known, Actor):
        return known
    if isinstance(known, LedgerError):
        raise known
    identity = seat.identity
    actor = identity.actor_of(bearer_token(request.scope), certificate_of(request.scope, identity.settings))
    request.scope[MEMO] = actor
    return actor


async def recognise(scope: Scope, identity: Identity) -> Actor | None:
    """As `authenticate`, for the event loop, which it never keeps waiting; None for a caller who is not known.

    `authenticate` will give the same answer to this request, or raise why there is none.
    """
    try:
        token = bearer_token(scope)
        certificate = certificate_of(scope, identity.settings)
        actor = identity.recall(token, certificate)
        if actor is None:
            actor = await run_in_threadpool(identity.actor_of, token, certificate)
    except LedgerError as refused:
        if refused.status < 500:
            scope[MEMO] = refused
        return None
    scope[MEMO] = actor
    return actor


def bearer_token(scope: Scope) -> str:
    """The token of the Authorization header. Raises TokenMissing."""
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    scheme, _, token = (found[0].decode("latin-1") if len(found) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing()
    return token.strip()
