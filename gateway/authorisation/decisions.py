"""Whether an actor may use a route now. Pure: knows the actor, the route and the time, and no object."""

from __future__ import annotations

from datetime import datetime, timedelta

from chain.ledger.roles import Role
from gateway.auth.actors import SEAT_TENANT, Actor
from gateway.authorisation.errors import OwnOrganisationOnly, PermissionMissing, RouteNotListed, StepUpRequired
from gateway.authorisation.gates import Gate
from gateway.authorisation.permissions import Permission
from gateway.errors import RouteNotHere


def granted(gate: Gate, actor: Actor) -> Permission:
    """The permission by which the actor may use the route.

    Raises RouteNotListed, PermissionMissing, and OwnOrganisationOnly for another tenant's actor.
    """
    if gate.rule is None:
        raise RouteNotListed(method=gate.method, path=gate.path)
    outside: Permission | None = None
    for permission, roles in gate.roles:
        if roles.isdisjoint(actor.roles):
            continue
        if permission.own_organisation and actor.tenant != SEAT_TENANT:
            outside = permission
            continue
        if actor.kind == "party" and gate.rule.changes and gate.rule.own is None and permission.name != "account.own":
            continue  # no party changes what isn't its own
        return permission
    if outside is not None:
        raise OwnOrganisationOnly(permission=outside.name, actor=actor.id, tenant=actor.tenant)
    named = " or ".join(permission.name for permission, _ in gate.roles)
    having = sorted(frozenset().union(*(roles for _, roles in gate.roles)))
    raise PermissionMissing(actor=actor.id, permission=named, roles=", ".join(having))


def require_sending(gate: Gate, seat: str) -> None:
    """Raises RouteNotHere where the route would send and the seat is an observer's."""
    if gate.silent:
        raise RouteNotHere(seat=seat, role=Role.OBSERVER.value, expected="a member's seat")


def require_fresh_factor(actor: Actor, now: datetime, max_age: int) -> None:
    """Raises StepUpRequired for a person whose second factor is older than `max_age` seconds, or was never proved.

    Operators' and clients' tokens have no second factor; what they may do is bound by their roles and limits. A party
    signs each order with its key.
    """
    if actor.kind != "person":
        return
    if actor.mfa_at is None or now - actor.mfa_at > timedelta(seconds=max_age):
        raise StepUpRequired(max_age=max_age)
