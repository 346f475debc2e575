"""Who may sign in at all, and with which roles now: machine clients and people of the seat, parties of the ledger."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from gateway.auth.actors import PARTY_ROLES, ActorKind
from gateway.auth.errors import PrincipalUnfit
from gateway.auth.tables import AuthClient, AuthPerson
from gateway.indexer import repository as index

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,58}[a-z0-9])?")
_TENANT: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,98}[A-Za-z0-9.])?")


@dataclass(frozen=True)
class Standing:
    """What a principal is now. address: of a party only."""

    kind: ActorKind
    tenant: str
    roles: frozenset[str]
    address: str | None = None


def standing(session: Session, principal: str) -> Standing | None:
    """What "client:<id>", "person:<id>" or "party:<address>" is now; None if it may not call (any more)."""
    kind, _, name = principal.partition(":")
    if kind == "party":
        return party_standing(session, name)
    row: AuthClient | AuthPerson | None = None
    if kind == "client":
        row = session.get(AuthClient, name)
    elif kind == "person":
        row = session.get(AuthPerson, name)
    if row is None or row.disabled_at is not None:
        return None
    return Standing("client" if kind == "client" else "person", row.tenant, frozenset(row.roles))


def party_standing(session: Session, address: str) -> Standing | None:
    """The party that the address stands for now; None for an address that was never registered or was replaced."""
    subject = index.subject_of(session, address)
    if subject is None or index.account_of(session, subject) != address:
        return None
    return Standing("party", f"party:{address}", PARTY_ROLES, address)


def fit_name(kind: str, name: str) -> str:
    """The name as an id. Raises PrincipalUnfit."""
    if not _NAME.fullmatch(name):
        raise PrincipalUnfit(kind=kind, reason=f"'{name}' is no name: 1 to 60 of a-z, 0-9, and . _ @ + - inside")
    return name


def fit_tenant(kind: str, tenant: str) -> str:
    """The tenant's name. Raises PrincipalUnfit."""
    if not _TENANT.fullmatch(tenant):
        raise PrincipalUnfit(kind=kind, reason=f"'{tenant}' is no organisation's name")
    return tenant


def fit_roles(kind: str, roles: Iterable[str], known: frozenset[str]) -> list[str]:
    """The roles in order, each once. Raises PrincipalUnfit for a role that is not known or is a party's."""
    wanted = sorted(set(roles))
    for role in wanted:
        if role not in known or role in PARTY_ROLES:
            names = ", ".join(sorted(known - PARTY_ROLES))
            raise PrincipalUnfit(kind=kind, reason=f"there is no role '{role}'; expected some of {names}")
    if not wanted:
        raise PrincipalUnfit(kind=kind, reason="it has no role")
    return wanted
