"""How often somebody may call: a moving window per principal and route, before the body is read or the route runs.

Routes are counted by their template, however deeply their router is nested, so that other ids in the path are no other
route; what no route has is counted together. Who isn't signed in is counted by address, and at the sign-in routes
everybody is. Counted per process: behind two gateways of one seat a caller may have twice as much. Health checks are
free.
"""

from __future__ import annotations

import math
import time
from typing import Final

from fastapi import FastAPI, Request
from limits import RateLimitItem, parse
from limits.strategies import MovingWindowRateLimiter
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.auth.actors import Actor
from gateway.auth.authenticate import recognise
from gateway.auth.errors import TooManyRequests
from gateway.auth.peers import peer_address, peer_key
from gateway.auth.rate_window import MemoryWindow
from gateway.authorisation.gates import Gates, gates_of
from gateway.authorisation.permissions import table
from gateway.problems import refuse
from gateway.seat import Seat

SIGN_IN_ROUTES: Final = frozenset(
    {
        "/v1/oauth/token",
        "/v1/sessions:password",
        "/v1/sessions:passkey-options",
        "/v1/sessions:passkey",
        "/v1/sessions:ethereum-message",
        "/v1/sessions:ethereum",
        "/v1/sessions:refresh",
        "/v1/sessions:step-up",
        "/v1/enrolments:prepare",
        "/v1/enrolments",
    }
)
_SIGN_IN_PAGES: Final = ("/look/sign-in", "/look/enrol")
_FREE: Final = frozenset({"/health/live", "/health/ready"})
_UNKNOWN: Final = "unknown routes"


class RateLimits:
    """The layer around authorisation."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self._app = app
        seat: Seat = owner.state.seat
        settings = seat.settings
        self._identity = seat.identity
        self._settings = settings
        self._gates: Gates = gates_of(owner.routes, table(), seat.role)
        self._limiter = MovingWindowRateLimiter(MemoryWindow())
        self._client = parse(settings.auth_rate_client)
        self._person = parse(settings.auth_rate_person)
        self._anonymous = parse(settings.auth_rate_anonymous)
        self._sign_in = parse(settings.auth_rate_sign_in)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _FREE:
            await self._app(scope, receive, send)
            return
        found = self._gates.find(scope["method"], get_route_path(scope))
        route = _UNKNOWN if found is None else found[0].path
        actor = await recognise(scope, self._identity)
        item, who = self._limit(scope, route, actor)
        method = scope["method"] if found is not None else ""
        if self._limiter.hit(item, who, method, route):
            await self._app(scope, receive, send)
            return
        reset = self._limiter.get_window_stats(item, who, method, route).reset_time
        seconds = max(1, math.ceil(reset - time.time()))
        response = refuse(Request(scope), TooManyRequests(limit=str(item), route=route, seconds=seconds))
        response.headers["Retry-After"] = str(seconds)
        response.headers["RateLimit-Policy"] = f'"route";q={item.amount};w={item.get_expiry()}'
        response.headers["RateLimit"] = f'"route";r=0;t={seconds}'
        await response(scope, receive, send)

    def _limit(self, scope: Scope, route: str, actor: Actor | None) -> tuple[RateLimitItem, str]:
        if route in SIGN_IN_ROUTES or (route in _SIGN_IN_PAGES and scope["method"] == "POST"):
            return self._sign_in, self._peer(scope)
        if actor is None:
            return self._anonymous, self._peer(scope)
        return (self._client if actor.kind in ("client", "operator") else self._person), actor.id

    def _peer(self, scope: Scope) -> str:
        return f"address:{peer_key(peer_address(scope, self._settings))}"
