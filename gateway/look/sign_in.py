"""Who looks: a person's session, or the seat's opaque token, in a cookie that scripts and other sites can't use.

A person's cookie is a random value of its own, good for these pages only and worth as long as its session. Signing out
ends the session, not just the cookie. A form that another site sends is refused.
"""

from __future__ import annotations

import time
from typing import Final

from fastapi import Request, Response

from gateway.auth import epoch, sessions
from gateway.auth.actors import Actor
from gateway.auth.errors import SignInRefused
from gateway.auth.opaque import principal_of
from gateway.seat import Seat

COOKIE: Final = "ledger_look"
_MAX_AGE: Final = 12 * 3600
_SAME_SITE: Final = ("same-origin", "none")


def looking(request: Request, seat: Seat) -> Actor:
    """Who looks, and with which roles. Raises TokenUnknown, SessionEnded."""
    return seat.identity.actor_of_page(request.cookies.get(COOKIE, ""))


def known(seat: Seat, token: str) -> str:
    """The principal whose opaque token it is. Raises TokenUnknown."""
    with seat.database.read() as session:
        return principal_of(session, token)


def refuse_other_sites(request: Request, seat: Seat) -> None:
    """Raises SignInRefused for a form that the browser says was sent by another site's page."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        refused = site not in _SAME_SITE
    else:
        own = origin in seat.identity.origins or (origin or "").partition("://")[2] == request.headers.get("host")
        refused = origin is not None and not own
    if refused:
        raise SignInRefused()


def remember(response: Response, request: Request, seat: Seat, token: str) -> None:
    """Keeps the session for half a day, for this host's own pages; over TLS only, if that is how they are opened."""
    secure = request.url.scheme == "https" or seat.identity.origins[0].startswith("https://")
    response.set_cookie(COOKIE, token, max_age=_MAX_AGE, path="/look", httponly=True, samesite="strict", secure=secure)


def forget(response: Response) -> None:
    """Ends the session in this browser."""
    response.delete_cookie(COOKIE, path="/look", httponly=True, samesite="strict")


def end(request: Request, seat: Seat) -> None:
    """Ends the session of a person's cookie, everywhere; does nothing for an opaque token."""
    with seat.database.write() as session:
        row = sessions.of_page(session, request.cookies.get(COOKIE, ""))
        if row is not None:
            sessions.end(session, row, "signed out", int(time.time()), actor=row.principal)
    epoch.settle()
