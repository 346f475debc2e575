"""What a change may hold: own orders, amounts, hours, and a fresh second factor for releases. Checked in one place.

`Change.carry_out` asks for every change, with the body as it was read. Where the body has amounts and addresses is said
by the route's line in `permissions.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from chain.bank.amounts import minor_from_text, text_from_minor
from gateway.auth.actors import Actor
from gateway.authorisation.decisions import require_fresh_factor
from gateway.authorisation.errors import AmountAboveLimit, OrderOfAnother, OutsideHours
from gateway.authorisation.guard import Access
from gateway.authorisation.permissions import Rule
from gateway.authorisation.sight import OfParty
from gateway.database import Database
from gateway.indexer import repository as index
from gateway.settings import SeatSettings

_BORROWER: Final = "loan.borrower"
_PATH: Final = "path"  # what the path names is the party's own, or it would not have been seen


def check(database: Database, settings: SeatSettings, access: Access, body: Mapping[str, Any]) -> None:
    """Raises OrderOfAnother, AmountAboveLimit, OutsideHours, StepUpRequired."""
    rule = access.gate.rule
    assert rule is not None, "the guard lets nobody through to a route that isn't listed"
    if isinstance(access.sight, OfParty) and rule.own is not None:
        _own(database, access, access.sight, rule.own, body)
    if settings.working_hours:
        _hours(settings, access.actor, datetime.now(UTC))
    limit = limit_of(settings, access.actor)
    if limit is None:
        return
    amount = amount_of(rule, body)
    if amount is not None and amount > limit:
        raise AmountAboveLimit(amount=text_from_minor(amount), actor=access.actor.id, limit=text_from_minor(limit))


def require_factor_for_release(settings: SeatSettings, actor: Actor, amount: int) -> None:
    """Raises StepUpRequired for a person who releases more than the limit with an old second factor."""
    if settings.four_eyes_above is not None and amount > settings.four_eyes_above:
        require_fresh_factor(actor, datetime.now(UTC), settings.step_up_seconds)


def amount_of(rule: Rule, body: Mapping[str, Any]) -> int | None:
    """The change's amount, minor units, the sum if it has several; None if the route has none."""
    if rule.amount is None:
        return None
    return sum(minor_from_text(found["amount"]) for found in values_at(body, rule.amount))


def limit_of(settings: SeatSettings, actor: Actor) -> int | None:
    """The largest amount of one change: the actor's own limit, or the largest of its roles; None if one has none."""
    limits = settings.amount_limits
    if not limits:
        return None
    if actor.id in limits:
        return limits[actor.id]
    if not actor.roles or not all(role in limits for role in actor.roles):
        return None
    return max(limits[role] for role in actor.roles)


def values_at(body: Mapping[str, Any], path: str) -> list[Any]:
    """What stands in the body at `a.b` or, once for each item, at `items[].a`; nothing where a part is missing."""
    found: list[Any] = [body]
    for name in path.split("."):
        key, many = name.removesuffix("[]"), name.endswith("[]")
        inner = [item[key] for item in found if isinstance(item, Mapping) and item.get(key) is not None]
        found = [part for items in inner for part in items] if many else inner
    return found


def _own(database: Database, access: Access, sight: OfParty, field: str, body: Mapping[str, Any]) -> None:
    if field == _PATH:
        return
    if field == _BORROWER:
        with database.read() as session:
            loan = index.loan(session, access.values["loan_id"].lower())
        given = [] if loan is None else [loan.borrower]
    else:
        named = values_at(body, field)
        given = [address for value in named for address in (value if isinstance(value, list) else [value])]
    if not given or any(address not in sight.addresses for address in given):
        expected = " or ".join(sorted(sight.addresses)) or "the address of a registered party"
        shown = ", ".join(str(address) for address in given) or "left out"
        raise OrderOfAnother(actor=access.actor.id, field=field, expected=expected, given=shown)


def _hours(settings: SeatSettings, actor: Actor, now: datetime) -> None:
    windows = settings.working_hours
    named = [windows[actor.id]] if actor.id in windows else [windows[role] for role in actor.roles if role in windows]
    if not named or (actor.id not in windows and len(named) < len(actor.roles)):
        return  # a role without hours works at any time
    if not any(window.contain(now) for window in named):
        text = " or ".join(str(window) for window in named)
        raise OutsideHours(actor=actor.id, window=text, now=now.isoformat(timespec="minutes"))
