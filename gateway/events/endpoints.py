"""GET /v1/events, /v1/events/stream and /v1/event-types."""

from __future__ import annotations

import json
from typing import Annotated

import anyio.to_thread
from anyio import CapacityLimiter
from fastapi import APIRouter, Depends, Header, Query, Request, Response

from chain.errors import Language
from gateway.access import ActorDep, LanguageDep, Principal, SeatDep, SightDep
from gateway.auth.actors import Actor
from gateway.auth.authenticate import bearer_token
from gateway.auth.errors import SessionEnded
from gateway.auth.identity import Identity
from gateway.auth.peers import certificate_of
from gateway.errors import CursorInvalid
from gateway.events import repository
from gateway.events.errors import EventOfOtherLog, EventTypeUnknown, TooManyStreams
from gateway.events.hub import EventHub
from gateway.events.reading import chosen_types, event_id, number_of, wire
from gateway.events.repository import Selection
from gateway.events.schemas import Event, EventPage, EventTypeList, EventTypeResource, State
from gateway.events.stream import EventStream, Pace
from gateway.events.types import event_types
from gateway.pages import Limit
from gateway.problems import responses

router = APIRouter(tags=["events"])

_START, _NOW = "start", "now"
_TEXT = {"type": "string", "description": "`id`, `event` (the type) and `data` (the event as JSON) of each."}
After = Annotated[
    str | None,
    Query(max_length=60, description="An event's id: what came after it. Or `start`, or `now`.", examples=["start"]),
]
Types = Annotated[
    list[str] | None, Query(alias="type", max_length=40, description="Only these types; `payment.*` for a whole group.")
]
Loan = Annotated[str | None, Query(pattern=r"^0x[0-9a-f]{64}$", description="Only events of this loan.")]
StateQuery = Annotated[
    State,
    Query(
        description="`recorded`: as soon as the seat learned it, later withdrawn if a reorganisation takes its block. "
        "`confirmed`: in the same order, but not before the engine's rule confirms it."
    ),
]


async def get_hub(request: Request) -> EventHub:
    """The events of this process."""
    hub: EventHub = request.app.state.events
    return hub


HubDep = Annotated[EventHub, Depends(get_hub)]


async def selected(
    sight: SightDep, types: Types = None, loan: Loan = None, state: StateQuery = "recorded"
) -> Selection:
    """What is asked for, of what the caller may see. Raises EventTypeUnknown."""
    return Selection(chosen_types(types or ()), loan, sight, state == "confirmed")


SelectionDep = Annotated[Selection, Depends(selected)]


@router.get("/events", responses=responses(CursorInvalid, EventOfOtherLog, EventTypeUnknown))
def list_events(
    seat: SeatDep, hub: HubDep, selection: SelectionDep, after: After = None, limit: Limit = 50
) -> EventPage:
    """Events above a cursor, oldest first; without a cursor from the first one on.

    `next_cursor` leads on for ever: asked again later, it gives what has happened since.
    """
    with seat.database.read() as session:
        reach = repository.reach(session, selection)
        if after == _NOW:
            return EventPage(items=[], next_cursor=event_id(hub.log, reach))
        begin = 0 if after in (None, _START) else number_of(after or "", hub.log)
        rows = repository.page(session, begin, limit, selection)
    end = rows[-1].seq if len(rows) == limit else max(reach, begin)
    shown = [Event(**json.loads(wire(row, hub.log))) for row in rows]
    return EventPage(items=shown, next_cursor=event_id(hub.log, end))


@router.get(
    "/events/stream",
    response_class=Response,
    responses=responses(CursorInvalid, EventOfOtherLog, EventTypeUnknown, TooManyStreams)
    | {200: {"description": "Events, one after the other.", "content": {"text/event-stream": {"schema": _TEXT}}}},
)
async def stream_events(
    request: Request,
    seat: SeatDep,
    hub: HubDep,
    actor: ActorDep,
    selection: SelectionDep,
    after: After = None,
    last_event_id: Annotated[
        str | None, Header(max_length=60, description="The last event seen; the stream goes on behind it.")
    ] = None,
) -> Response:
    """Server-sent events: those above the cursor, then each new one as it comes about; without a cursor from now on.

    A client that comes back with `Last-Event-ID` misses nothing. One that takes nothing for a while is cut off.
    """
    tail = hub.tail(confirmed=selection.confirmed)
    position = last_event_id or after or _NOW
    known = {_NOW: await tail.end_of_log(), _START: 0}
    begin = known[position] if position in known else number_of(position, hub.log)
    hub.admit()
    settings = seat.settings.events
    pace = Pace(settings.heartbeat_seconds, settings.stall_seconds, settings.check_seconds)

    async def may_read() -> None:
        await _still_reads(seat.identity, request, actor, hub.askers)

    return EventStream(tail, hub.log, selection, begin, pace, hub.closing, may_read, hub.leave)


@router.get("/event-types", responses=responses())
def list_event_types(_: Principal, language: LanguageDep) -> EventTypeList:
    """Every type of event, what it means, and the schema of its data."""
    return _types(language)


async def _still_reads(identity: Identity, request: Request, actor: Actor, askers: CapacityLimiter) -> None:
    """Raises what `authenticate` would now, or SessionEnded if the token's owner may other things than before."""
    token, certificate = bearer_token(request.scope), certificate_of(request.scope, identity.settings)
    now = identity.recall(token, certificate)
    if now is None:
        now = await anyio.to_thread.run_sync(identity.actor_of, token, certificate, limiter=askers)
    if (now.id, now.tenant, now.roles) != (actor.id, actor.tenant, actor.roles):
        raise SessionEnded(reason="withdrawn")


def _types(language: Language) -> EventTypeList:
    found = sorted(event_types().by_name.values(), key=lambda kind: kind.name)
    return EventTypeList(
        items=[
            EventTypeResource(
                type=kind.name,
                description=kind.words[language],
                of_blocks=kind.of_blocks or kind.name == "ledger.confirmed",
                data_schema=kind.schema,
            )
            for kind in found
        ]
    )
