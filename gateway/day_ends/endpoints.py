"""/v1/day-ends."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Fresh, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.day_ends import service
from gateway.day_ends.schemas import DayEnd, DayEndRequest
from gateway.errors import DayEndNotReady, KeyInProgress, KeyMissing, KeyReused, RouteNotHere, SeatNotAllowed
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["bank"])


@router.post(
    "/day-ends",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, SeatNotAllowed, DayEndNotReady),
)
def close_day(seat: SeatDep, change: ChangeDep, body: DayEndRequest) -> Response:
    """Bank: attest the day's balance and close the day; the business date moves on."""
    return change.carry_out(body, lambda: service.plan_day_end(seat, body))


@router.get("/day-ends", responses=responses(), dependencies=[Fresh])
def list_day_ends(seat: SeatDep, _: Principal, limit: Limit = 50, cursor: Cursor = None) -> Page[DayEnd]:
    """Closed days, oldest first."""
    return service.list_page(seat, cursor, limit)


@router.post(
    "/day-ends/instead",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed),
)
def close_day_instead(seat: SeatDep, change: ChangeDep, body: DayEndRequest) -> Response:
    """Close days in a silent bank's place: the regulator alone, members by vote. Never past the local date."""
    return change.carry_out(body, lambda: service.plan_substitute(seat, body))


@router.post(
    "/day-ends/end-simulation",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed),
)
def vote_end_of_simulation(seat: SeatDep, change: ChangeDep) -> Response:
    """Any seat: this member's vote to end simulated mode; once more than half have voted it ends for good."""
    return change.carry_out(None, lambda: service.plan_end_of_simulation(seat))
