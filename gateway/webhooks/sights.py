"""What a subscription may be told, kept with it: what its maker saw of the seat."""

from __future__ import annotations

from typing import Any

from gateway.authorisation.sight import WHOLE, OfParty, OfPlatform, OfTenant, Sight


def kept(sight: Sight) -> dict[str, Any]:
    """A sight as JSON. A party's changes with its key, so parties have no webhooks."""
    match sight:
        case OfPlatform(root):
            return {"platform": root}
        case OfTenant(tenant):
            return {"tenant": tenant}
        case OfParty():
            raise ValueError("parties have no webhooks")
        case _:
            return {}


def sight_in(raw: dict[str, Any]) -> Sight:
    """The sight that `kept` gave."""
    if "platform" in raw:
        return OfPlatform(str(raw["platform"]))
    return OfTenant(str(raw["tenant"])) if "tenant" in raw else WHOLE
