"""/v1/working-days."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Response

from gateway.access import Fresh, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import KeyInProgress, KeyMissing, KeyReused, NotFound, SeatNotAllowed
from gateway.problems import responses
from gateway.transactions.schemas import Accepted
from gateway.working_days import service
from gateway.working_days.schemas import PayableBy, WorkingDays, WorkingDaysRequest

router = APIRouter(tags=["working days"])
CalendarNumber = Annotated[int, Path(ge=0, le=65535, description="The calendar's number, as terms name it.")]


@router.post(
    "/working-days/{calendar}",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed),
)
def publish_working_days(
    seat: SeatDep, change: ChangeDep, calendar: CalendarNumber, body: WorkingDaysRequest
) -> Response:
    """Regulator: publish the next days of a calendar. What is published never changes."""
    return change.carry_out(body, lambda: service.plan_publication(seat, calendar, body))


@router.get("/working-days/{calendar}", responses=responses(NotFound), dependencies=[Fresh])
def get_working_days(seat: SeatDep, _: Principal, calendar: CalendarNumber) -> WorkingDays:
    """What is published of a calendar."""
    return service.get(seat, calendar)


@router.get("/working-days/{calendar}/{day}", responses=responses(NotFound), dependencies=[Fresh])
def get_payable_by(
    seat: SeatDep, _: Principal, calendar: CalendarNumber, day: Annotated[date, Path(ge=date(1970, 1, 1))]
) -> PayableBy:
    """The first working day at or after a day."""
    return service.payable(seat, calendar, day)
