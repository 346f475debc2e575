"""Closes days: first the attestation of the bank's balance, then, only if that succeeds, the day itself."""

from __future__ import annotations

from datetime import timedelta

from chain.ledger import calls
from chain.ledger.days import day_of
from chain.ledger.roles import Role
from gateway.account_statements import repository as statements
from gateway.account_statements.suspense import balance, waiting
from gateway.changes import Plan, link
from gateway.day_ends.schemas import DayEnd, DayEndRequest
from gateway.errors import DayEndNotReady
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedEvent
from gateway.pages import Page, page, text_cursor
from gateway.seat import Seat

_CLOSE_GAS = 200_000  # closeDay needs about a third; it is refused on chain if the attestation before it failed


def plan_day_end(seat: Seat, request: DayEndRequest) -> Plan:
    """Attests the last statement's closing balance and the suspense, then closes the days. Raises DayEndNotReady.

    Days without movement have no account statement of their own: they close together with `through`, on the last one.
    """
    seat.require(Role.BANK)
    seat.outbox.allow(("CustodyToken", "attest"), ("Calendar", "closeDay"))
    through = request.through
    with seat.database.read() as session:
        statement = statements.last(session)
        unfinished = statements.first_unfinished(session)
        suspense = balance(waiting(session, seat.heights.indexed))
    if unfinished is not None:
        raise DayEndNotReady(through=through, reason=f"account statement {unfinished.number} is still being posted")
    if statement is None:
        raise DayEndNotReady(through=through, reason="no account statement was posted yet")
    if statement.date > through:
        raise DayEndNotReady(through=through, reason=f"the account statement of {statement.date} is posted already")
    statement_hash = raw(statement.file_hash)
    chain = [
        calls.attest(through, statement_hash, booked=statement.closing, suspense=suspense, bank_items=0),
        calls.close_day(through, statement_hash),
    ]
    return Plan(link("day_end", through.isoformat(), "day-ends"), chain, chained=True, behind_gas=_CLOSE_GAS)


def plan_substitute(seat: Seat, request: DayEndRequest) -> Plan:
    """Closes days in a silent bank's place: the regulator alone, or this member's vote for it."""
    seat.outbox.allow(("Calendar", "closeDayInstead"))
    through = request.through
    return Plan(link("day_end", through.isoformat(), "day-ends"), [calls.close_day_instead(through)])


def plan_end_of_simulation(seat: Seat) -> Plan:
    """This member's vote to end simulated mode, for good."""
    seat.outbox.allow(("Calendar", "voteEndSimulation"))
    return Plan(link("simulation", "end", "day-ends"), [calls.end_simulation()])


def list_page(seat: Seat, cursor: str | None, limit: int) -> Page[DayEnd]:
    """Closed days, oldest first."""
    with seat.database.read() as session:
        rows = index.events(session, "DayClosed", text_cursor(cursor), limit + 1)
    return page(rows, limit, _show, lambda row: row.position)


def _show(event: IndexedEvent) -> DayEnd:
    through = day_of(int(event.values["through"]))
    return DayEnd(
        through=through,
        business_date=through + timedelta(days=1),
        statement_hash=event.values["statementHash"],
        block=event.block,
    )
