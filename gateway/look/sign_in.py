"""Who looks: a person signs in with the seat's bearer token, kept in a cookie that scripts and other sites can't use.

The cookie carries the token itself, so a token that is issued anew signs its old sessions out at once.
"""

from __future__ import annotations

from fastapi import Request, Response

from gateway.auth.actors import Actor
from gateway.auth.service import principal_of
from gateway.seat import Seat

COOKIE = "ledger_look"
_MAX_AGE = 12 * 3600


def looking(request: Request, seat: Seat) -> Actor:
    """Who looks, and with which roles. Raises TokenUnknown."""
    return seat.identity.actor_of(request.cookies.get(COOKIE, ""))


def known(seat: Seat, token: str) -> str:
    """The principal whose token it is. Raises TokenUnknown."""
    with seat.database.read() as session:
        return principal_of(session, token)


def remember(response: Response, request: Request, token: str) -> None:
    """Keeps the session for half a day, for this host's own pages only."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=_MAX_AGE, path="/look", httponly=True, samesite="strict", secure=secure)


def forget(response: Response) -> None:
    """Ends the session in this browser."""
    response.delete_cookie(COOKIE, path="/look", httponly=True, samesite="strict")
