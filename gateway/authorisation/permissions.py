"""The table of roles, permissions and routes, as `permissions.toml` has it. Pure; read once, checked when it is read.

A name that the file uses and does not declare is an error at start, never a permission that nobody or everybody has.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

PUBLIC: Final = "public"
READ_ALL: Final = "ledger.read_all"
OPEN, OWN_ORGANISATION = "open", "own_organisation"
OBJECT_KINDS: Final = frozenset(
    {"loan", "document", "transaction", "proposal", "withdrawal", "mandate", "party", "tenant", OPEN, OWN_ORGANISATION}
)
_FILE = Path(__file__).with_name("permissions.toml")
_READING = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Permission:
    """One thing to do. The flags are explained in `permissions.toml`; `en`, `zh`: what it allows."""

    name: str
    en: str
    zh: str
    own_organisation: bool = False
    high_risk: bool = False
    release: bool = False
    sends: bool = False


@dataclass(frozen=True)
class Role:
    """What somebody is here to do. `permissions`: all of them, '*' resolved."""

    name: str
    en: str
    zh: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Rule:
    """What one route asks of its caller. `permissions`: any of them; none at all for a public route.

    `kinds`: what its path parameters name. amount, own: see `permissions.toml`.
    """

    method: str
    path: str
    permissions: tuple[Permission, ...]
    kinds: Mapping[str, str]
    amount: str | None = None
    own: str | None = None

    @property
    def public(self) -> bool:
        """Whether anybody may call it."""
        return not self.permissions

    @property
    def page(self) -> bool:
        """Whether a person's browser asks, and is answered with a page."""
        return self.path == "/look" or self.path.startswith("/look/")

    @property
    def changes(self) -> bool:
        """Whether it may change something: all but reading and preparing documents to sign."""
        return self.method not in _READING and not self.path.endswith(":prepare")

    @property
    def sends(self) -> bool:
        """Whether it ends in a transaction."""
        return self.changes and any(permission.sends for permission in self.permissions)


@dataclass(frozen=True)
class Table:
    """All of it."""

    roles: Mapping[str, Role]
    permissions: Mapping[str, Permission]
    parameters: Mapping[str, str]
    rules: Mapping[tuple[str, str], Rule]

    def roles_with(self, permission: str) -> tuple[str, ...]:
        """Names of the roles that have the permission."""
        return tuple(role.name for role in self.roles.values() if permission in role.permissions)

    def permissions_of(self, roles: frozenset[str]) -> frozenset[str]:
        """All that any of the roles gives; a role that the table doesn't know gives nothing."""
        return frozenset().union(*(self.roles[name].permissions for name in roles if name in self.roles))


class TableInvalid(ValueError):
    """The file contradicts itself; the gateway does not start with it."""


@cache
def table() -> Table:
    """The table that the gateway enforces. Raises TableInvalid."""
    return parse(tomllib.loads(_FILE.read_text(encoding="utf-8")))


def parse(document: Mapping[str, Any]) -> Table:
    """A table from its TOML. Raises TableInvalid."""
    permissions = {name: Permission(name=name, **given) for name, given in document["permissions"].items()}
    roles = {name: _role(name, given, permissions) for name, given in document["roles"].items()}
    parameters: dict[str, str] = dict(document["parameters"])
    for name, kind in parameters.items():
        if kind not in OBJECT_KINDS:
            raise TableInvalid(f"parameters.{name}: there is no kind {kind!r}")
    rules = {}
    for route, given in document["routes"].items():
        method, _, path = route.partition(" ")
        rules[method, path] = _rule(method, path, given, permissions, parameters)
    return Table(roles, permissions, parameters, rules)


def _role(name: str, given: Mapping[str, Any], permissions: Mapping[str, Permission]) -> Role:
    named = frozenset(permissions) if given["permissions"] == ["*"] else frozenset(given["permissions"])
    if unknown := named - set(permissions):
        raise TableInvalid(f"roles.{name}: there is no permission {sorted(unknown)}")
    return Role(name, given["en"], given["zh"], named)


def _rule(
    method: str,
    path: str,
    given: Mapping[str, Any],
    permissions: Mapping[str, Permission],
    parameters: Mapping[str, str],
) -> Rule:
    named = [given["permission"]] if isinstance(given["permission"], str) else list(given["permission"])
    if unknown := set(given) - {"permission", "amount", "own"}:
        raise TableInvalid(f"routes {method} {path}: {sorted(unknown)} means nothing")
    if unknown := set(named) - set(permissions) - {PUBLIC}:
        raise TableInvalid(f"routes {method} {path}: there is no permission {sorted(unknown)}")
    if PUBLIC in named:
        return Rule(method, path, (), {})
    kinds = {}
    for parameter in parameters_of(path):
        if parameter not in parameters:
            raise TableInvalid(f"routes {method} {path}: nothing says what {parameter!r} names")
        kinds[parameter] = parameters[parameter]
    chosen = tuple(permissions[name] for name in named)
    if OWN_ORGANISATION in kinds.values() and not all(permission.own_organisation for permission in chosen):
        raise TableInvalid(f"routes {method} {path}: it names rows of the seat's own organisation, and is open to all")
    return Rule(method, path, chosen, kinds, given.get("amount"), given.get("own"))


def parameters_of(path: str) -> tuple[str, ...]:
    """The names in a path template."""
    return tuple(part.split("}")[0].split(":")[0] for part in path.split("{")[1:])
