"""Who sends this request: the one door through which every route and page learns it.

Remembers its answer on the request, so that asking twice costs nothing.
"""

from __future__ import annotations

from typing import Final

from starlette.requests import HTTPConnection

from gateway.auth.actors import Actor, operator
from gateway.auth.service import principal_of
from gateway.errors import TokenMissing
from gateway.seat import Seat

_MEMO: Final = "ledger.actor"


def authenticate(request: HTTPConnection, seat: Seat) -> Actor:
    """The actor whose bearer token the request carries. Raises TokenMissing or TokenUnknown."""
    known = request.scope.get(_MEMO)
    if isinstance(known, Actor):
        return known
    actor = actor_of(bearer_token(request), seat)
    request.scope[_MEMO] = actor
    return actor


def actor_of(token: str, seat: Seat) -> Actor:
    """The actor whose token it is. Raises TokenUnknown."""
    with seat.database.read() as session:
        return operator(principal_of(session, token))


def bearer_token(request: HTTPConnection) -> str:
    """The token of the Authorization header. Raises TokenMissing."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenMissing()
    return token.strip()
