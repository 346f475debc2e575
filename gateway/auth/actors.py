"""Who calls, as every other part of the gateway sees it: one value, whatever the way of signing in.

Knows no request, no database and no permission; `gateway.authorisation` says what an actor may do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

ActorKind = Literal["operator", "client", "person", "party"]

SEAT_TENANT: Final = "seat"
ADMIN: Final = "admin"
PARTY_ROLES: Final = frozenset({"borrower", "lender"})


@dataclass(frozen=True)
class Actor:
    """One caller.

    id: "operator:<principal>", "client:<id>", "person:<id>" or "party:<checksum address>". tenant: the organisation
    whose objects it works on; SEAT_TENANT is the seat's own; a party is its own tenant ("party:<checksum address>").
    roles: as `gateway/authorisation/permissions.toml` names them. session: what can be revoked. mfa_at: when it last
    proved a second factor, UTC. address: of a party only.
    """

    id: str
    kind: ActorKind
    tenant: str
    roles: frozenset[str]
    session: str | None = None
    mfa_at: datetime | None = None
    address: str | None = None


def operator(principal: str) -> Actor:
    """Who holds an opaque token that was made in the seat's folder: it may do all that the seat may."""
    return Actor(f"operator:{principal}", "operator", SEAT_TENANT, frozenset({ADMIN}))
