"""Whom an administrator may see and change: all at the seat's own organisation, else only its own tenant."""

from __future__ import annotations

from gateway.auth.actors import SEAT_TENANT, Actor
from gateway.auth.errors import PrincipalUnfit


def reaches_all(by: Actor) -> bool:
    """Whether it is an administrator of the seat itself."""
    return by.tenant == SEAT_TENANT


def reaches(by: Actor, tenant: str) -> bool:
    """Whether it may see who belongs to `tenant`."""
    return reaches_all(by) or by.tenant == tenant


def check_reach(by: Actor, tenant: str) -> None:
    """Raises PrincipalUnfit if it may not make anybody for `tenant`."""
    if not reaches(by, tenant):
        raise PrincipalUnfit(kind="principal", reason=f"you administer '{by.tenant}' only")
