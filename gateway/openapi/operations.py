"""The gateway's operations with all that its code says of them: what they may refuse, what they send to the ledger.

Errors come from three places: the code that a route reaches, what its declaration names beside, and the custom errors
of the contract functions that it sends. What work behind a request sends later (the bank's desk) counts as sent by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from chain.errors import LedgerError
from chain.ledger.roles import Role, allowed
from gateway.account_statements.desk import Desk
from gateway.approvals import actions
from gateway.auth.rate_limits import RateLimits
from gateway.authorisation.guard import Guard
from gateway.authorisation.permissions import table
from gateway.errors import RequestInvalid, RequestTooLarge
from gateway.intake.bodies import BoundedBodies
from gateway.openapi.reach import dependencies, reached
from gateway.openapi.reverts import kept

Function = tuple[str, str]
SENDING_SEATS: Final = tuple(role for role in Role if role is not Role.OBSERVER)

# Work behind a request, which sends for it but does not answer it.
_BEHIND: Final[Mapping[str, tuple[Callable[..., Any], ...]]] = {
    "post_account_statement": (Desk.step,),
    "instruct_payouts": (Desk.step,),
}
# Calls that only the code's data decides: an action is approved, and withdrawn, whatever it is.
_BUILT_LATER: Final = frozenset({"approve_proposal", "send_proposal", "get_proposal"})


@dataclass(frozen=True)
class Operation:
    """One method of one path. codes: of all errors that it may answer. functions: of the contracts, that it sends.

    permissions: of which the caller's roles must give one. public: anybody may ask.
    """

    id: str
    method: str
    path: str
    codes: frozenset[str]
    functions: frozenset[Function]
    permissions: tuple[str, ...]
    public: bool

    @property
    def seats(self) -> tuple[Role, ...]:
        """Who may send what it sends; nobody in particular if it sends nothing."""
        return tuple(r for r in SENDING_SEATS if any(allowed(r, *function) for function in self.functions))


def operations(app: FastAPI) -> Iterator[Operation]:
    """Those of `app` that its document shows."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            yield _operation(route)


def _operation(route: Any) -> Operation:
    starts = tuple(dependencies(route.dependant))
    if route.name in _BUILT_LATER:
        starts = (*starts, *actions.builders().values())
    named = actions.builders()
    found = reached(*starts, named=named)
    functions = found.calls | reached(*_BEHIND.get(route.name, ()), named=named).calls
    codes = {error.code for error in found.errors} | _declared(route.responses)
    (method,) = route.methods
    rule = table().rules.get((method, route.path_format))
    public = rule is None or rule.public
    if route.path_format.startswith("/v1/"):
        codes |= {RequestInvalid.code, LedgerError.code} | _around(public=public)
        if method not in ("GET", "DELETE"):
            codes.add(RequestTooLarge.code)
    answered = functions if route.name not in _BEHIND else found.calls
    codes |= {code for function in answered for code in kept().get(".".join(function), ())}
    permissions = () if rule is None else tuple(permission.name for permission in rule.permissions)
    return Operation(route.name, method, route.path_format, frozenset(codes), frozenset(functions), permissions, public)


@cache
def _around(*, public: bool) -> frozenset[str]:
    """Codes of what stands before every route: bounds, limits and, unless anybody may, the guard."""
    limits = {error.code for error in reached(*_methods(RateLimits)).errors}
    bounds = {error.code for error in reached(*_methods(BoundedBodies)).errors}
    guard = {error.code for error in reached(*_methods(Guard)).errors}
    return frozenset(bounds | (limits - guard if public else limits | guard))


def _methods(kind: type) -> list[Callable[..., Any]]:
    return [found for found in vars(kind).values() if callable(found)]


def _declared(responses: Mapping[int | str, Mapping[str, Any]]) -> set[str]:
    return {code for response in responses.values() for code in response.get("x-codes", ())}


@cache
def of_all() -> tuple[Operation, ...]:
    """The operations of every gateway."""
    from gateway.app import routes_only  # noqa: PLC0415 - the application has its document from here

    return tuple(operations(routes_only()))
