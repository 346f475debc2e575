"""Publishes working days at the regulator's seat and shows what is published."""

from __future__ import annotations

from datetime import date, timedelta

from chain.ledger import calls
from chain.ledger.days import day_of
from gateway.changes import Plan, link
from gateway.errors import NotFound
from gateway.indexer import repository as index
from gateway.loans.working_days import payable_by
from gateway.seat import Seat
from gateway.working_days.schemas import PayableBy, Publication, WorkingDays, WorkingDaysRequest


def plan_publication(seat: Seat, calendar: int, request: WorkingDaysRequest) -> Plan:
    """Publishes the days that follow on those published before; the first publication founds the calendar."""
    seat.outbox.allow(("WorkingDays", "publish"))
    closed = frozenset(request.closed)
    days = (request.through - request.start).days + 1
    bits = [request.start + timedelta(days=number) in closed for number in range(days)]
    return Plan(
        link("working_days", str(calendar), "working-days"),
        [calls.publish_working_days(calendar, request.start, bits)],
    )


def get(seat: Seat, calendar: int) -> WorkingDays:
    """What is published. Raises NotFound."""
    with seat.database.read() as session:
        events = [
            event for event in index.events(session, "WorkingDaysPublished", limit=10_000) if event.key == str(calendar)
        ]
    if not events:
        raise NotFound(resource="working-day calendar", id=calendar)
    return WorkingDays(
        calendar=calendar,
        publications=[
            Publication(
                start=day_of(int(event.values["from"])),
                through=day_of(int(event.values["through"])),
                version=int(event.values["version"]),
                block=event.block,
            )
            for event in events
        ],
    )


def payable(seat: Seat, calendar: int, day: date) -> PayableBy:
    """Raises NotFound for a calendar that was never published."""
    if calendar:
        get(seat, calendar)
    return PayableBy(calendar=calendar, day=day, payable_by=payable_by(seat, calendar, day))
