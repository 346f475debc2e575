"""Releases: calls by which money leaves. Above the seat's limit one waits until another person has approved it.

The limit is `four_eyes_above` of the settings. What waits is a proposal like any other: its exact request and call are
kept and shown with their hashes, it is built anew when it is looked at, and it is approved as it was shown. It lapses
with the business date on which it was made, or a day of real time later. Below the limit the call is sent at once; what
the ledger or a key's own limits ask for besides is theirs to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain.ledger.amounts import Argument, place_of
from chain.ledger.calls import Call
from gateway.approvals.actions import build
from gateway.approvals.service import plan_proposal
from gateway.authorisation.conditions import require_factor_for_release
from gateway.authorisation.guard import Access
from gateway.changes import Plan
from gateway.seat import Seat
from gateway.transactions.schemas import ResourceLink


def send_or_propose(
    seat: Seat, access: Access, kind: str, request: Mapping[str, Any], resource: ResourceLink, loan: str | None
) -> Plan:
    """Sends what `kind` builds from the request, or has it wait for another person.

    A party's own signed order never waits: the bank, which pays it, has a second person of its own. Raises what is
    wrong with the request, and StepUpRequired.
    """
    with seat.database.read() as session:
        operation = build(seat, session, kind, request)
    limit = seat.settings.four_eyes_above
    amount = amount_of(operation.call)
    if limit is None or amount <= limit or access.actor.kind == "party":
        return Plan(resource, [operation.call])
    require_factor_for_release(seat.settings, access.actor, amount)
    return plan_proposal(seat, kind, request, access.actor.id, loan, lapses=True)


def amount_of(call: Call) -> int:
    """The money that the call names, minor units; 0 if it names none."""
    place = place_of(call.contract, call.function)
    return place.read(call.args) if isinstance(place, Argument) else 0
