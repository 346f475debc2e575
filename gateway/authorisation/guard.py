"""Where authorisation is enforced: before the body of a request is read, for every route of the application.

In this order: who calls (401), whether what the path names is seen (404, the same as absent), whether the actor has the
route's permission (403), whether its second factor is fresh (401). What is decided is put on the request for the route:
`actor`, `sight`, `gate`. A route that the table doesn't list, or that this layer has not passed, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import anyio.to_thread
from fastapi import FastAPI, Request
from starlette._utils import get_route_path
from starlette.types import ASGIApp, Receive, Scope, Send

from chain.errors import LedgerError
from chain.ledger.roles import Role
from gateway.auth.actors import Actor
from gateway.auth.authenticate import MEMO, authenticate, recognise
from gateway.authorisation.decisions import granted, require_fresh_factor, require_sending
from gateway.authorisation.errors import RouteNotListed
from gateway.authorisation.gates import Gate, gates_of
from gateway.authorisation.objects import Objects, require
from gateway.authorisation.permissions import READ_ALL, Permission, table
from gateway.authorisation.sight import WHOLE, Sight, Whole, party_sight, sight_of
from gateway.look.sign_in import looking
from gateway.problems import refuse
from gateway.seat import Seat

_KEY: Final = "ledger.access"


@dataclass(frozen=True)
class Access:
    """What was decided about one request. permission: by which the actor may use the route."""

    gate: Gate
    actor: Actor
    sight: Sight
    permission: Permission
    values: Mapping[str, str]


class Guard:
    """The layer around the application's router."""

    def __init__(self, app: ASGIApp, owner: FastAPI) -> None:
        self._app = app
        self._seat: Seat = owner.state.seat
        self._gates = gates_of(owner.routes, table(), self._seat.role)
        self._objects = Objects(self._seat.database)
        member = self._seat.member()
        self._platform = member.root if member is not None and self._seat.role is Role.PLATFORM else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        found = self._gates.find(scope["method"], get_route_path(scope))
        if found is not None:
            gate, values = found
            scope.setdefault("state", {})["route"] = (gate.endpoint, values)  # for the audit log of what is refused
            scope["state"]["template"] = gate.path  # for logs, figures and traces
            try:
                scope[_KEY] = await self._admit(gate, values, scope)
            except LedgerError as error:
                if gate.rule is None or not gate.rule.page:
                    response = await anyio.to_thread.run_sync(refuse, Request(scope), error)
                    await response(scope, receive, send)
                    return
                scope[_KEY] = error  # a page says so itself
        await self._app(scope, receive, send)

    async def _admit(self, gate: Gate, values: Mapping[str, str], scope: Scope) -> Access | Gate:
        rule = gate.rule
        if rule is not None and rule.public:
            return gate
        actor = await self._actor(gate, scope)
        scope.setdefault("state", {})["actor"] = actor  # for the audit log, also of what is refused below
        if rule is None:
            raise RouteNotListed(method=gate.method, path=gate.path)
        sight = sight_of(actor, self._platform, reads_all=reads_all(actor.roles))
        if sight is None:
            sight = await anyio.to_thread.run_sync(self._look_up, actor, rule.kinds, values)
        elif not isinstance(sight, Whole) and not self._objects.remembers(sight, rule.kinds, values):
            await anyio.to_thread.run_sync(self._objects.require, sight, rule.kinds, values)
        permission = granted(gate, actor)
        require_sending(gate, self._seat.settings.seat)
        if permission.high_risk and rule.changes:
            require_fresh_factor(actor, datetime.now(UTC), self._seat.settings.step_up_seconds)
        return Access(gate, actor, sight, permission, values)

    async def _actor(self, gate: Gate, scope: Scope) -> Actor:
        if gate.rule is not None and gate.rule.page:
            return await anyio.to_thread.run_sync(looking, Request(scope), self._seat)
        if MEMO not in scope:
            await recognise(scope, self._seat.identity)
        return authenticate(Request(scope), self._seat)

    def _look_up(self, actor: Actor, kinds: Mapping[str, str], values: Mapping[str, str]) -> Sight:
        with self._seat.database.read() as session:
            sight = party_sight(session, actor)
            require(session, sight, kinds, values)
        return sight


@lru_cache(maxsize=1024)
def reads_all(roles: frozenset[str]) -> bool:
    """Whether one of the roles sees the whole ledger."""
    return READ_ALL in table().permissions_of(roles)


async def confirm(request: Request) -> None:
    """Runs before every route of the application: refuses what the guard has not passed as exactly this route."""
    passed = request.scope.get(_KEY)
    gate = passed.gate if isinstance(passed, Access) else passed
    if isinstance(gate, LedgerError):
        return  # a page, which asks `access` and shows the refusal
    if not isinstance(gate, Gate) or gate.endpoint is not request.scope.get("endpoint"):
        raise RouteNotListed(method=request.method, path=request.url.path)


def access(request: Request) -> Access:
    """What the guard decided about the request. Raises its refusal where the route is a page."""
    passed = request.scope.get(_KEY)
    if isinstance(passed, LedgerError):
        raise passed
    if not isinstance(passed, Access):
        raise RouteNotListed(method=request.method, path=request.url.path)
    return passed


__all__ = ["WHOLE", "Access", "Guard", "access", "confirm"]
