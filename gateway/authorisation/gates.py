"""From a request's method and path to what its route asks of the caller, without asking the router.

Worked out once from the application's routes, in the router's order: a fixed path by one look-up, a template among
those of the same method and length. The router decides in the end which function runs; `guard.confirm` compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, compile_path

from chain.ledger.roles import Role
from gateway.authorisation.permissions import Permission, Rule, Table


@dataclass(frozen=True)
class Gate:
    """One route with what is precomputed for it.

    rule: None if the table doesn't list the route. roles: for each permission that opens it, who has it.
    silent: the route sends transactions and this seat, an observer's, sends none.
    """

    method: str
    path: str
    endpoint: Callable[..., Any] | None
    rule: Rule | None
    roles: tuple[tuple[Permission, frozenset[str]], ...] = ()
    silent: bool = False


@dataclass(frozen=True)
class Gates:
    """All routes of an application."""

    fixed: Mapping[tuple[str, str], Gate]
    templates: Mapping[tuple[str, int], tuple[tuple[re.Pattern[str], Gate], ...]]

    def find(self, method: str, path: str) -> tuple[Gate, Mapping[str, str]] | None:
        """The gate of a request and what its path names; None if no route has that method and path."""
        gate = self.fixed.get((method, path))
        if gate is not None:
            return gate, {}
        for pattern, candidate in self.templates.get((method, path.count("/")), ()):
            found = pattern.match(path)
            if found is not None:
                return candidate, found.groupdict()
        return None

    def all(self) -> tuple[Gate, ...]:
        """Every gate, each method of a route by itself."""
        return (*self.fixed.values(), *(gate for found in self.templates.values() for _, gate in found))


def gates_of(routes: Iterable[BaseRoute], table: Table, seat: Role) -> Gates:
    """The gates of an application's routes at a seat of that role."""
    fixed: dict[tuple[str, str], Gate] = {}
    templates: dict[tuple[str, int], list[tuple[re.Pattern[str], Gate]]] = {}
    for context in iter_route_contexts(list(routes)):
        path = context.path_format
        if path is None or context.path is None:
            continue
        for method in sorted(context.methods or ()):
            gate = _gate(method, path, context.endpoint, table, seat)
            if "{" not in path:
                fixed.setdefault((method, path), gate)
            else:
                pattern, _, _ = compile_path(context.path)
                templates.setdefault((method, path.count("/")), []).append((pattern, gate))
    return Gates(fixed, {key: tuple(found) for key, found in templates.items()})


def _gate(method: str, path: str, endpoint: Callable[..., Any] | None, table: Table, seat: Role) -> Gate:
    rule = table.rules.get(("GET" if method == "HEAD" else method, path))
    if rule is None:
        return Gate(method, path, endpoint, None)
    roles = tuple((permission, frozenset(table.roles_with(permission.name))) for permission in rule.permissions)
    return Gate(method, path, endpoint, rule, roles, rule.sends and seat is Role.OBSERVER)
