"""/v1/audit: the seat's audit log, for its auditors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from chain.ledger import reads
from gateway.access import Principal, SeatDep
from gateway.audit import repository, service
from gateway.audit.repository import Filter
from gateway.audit.schemas import AuditHeadShown, AuditRecordShown, shown
from gateway.pages import Cursor, Limit, Page, number_cursor, page
from gateway.problems import responses

router = APIRouter(tags=["audit"])
Text = Annotated[str | None, Query(max_length=200)]
Moment = Annotated[datetime | None, Query(description="ISO 8601; UTC if it names no zone.")]


@router.get("/audit", responses=responses())
def list_audit_records(
    seat: SeatDep,
    _: Principal,
    limit: Limit = 50,
    cursor: Cursor = None,
    order: Literal["oldest_first", "newest_first"] = "oldest_first",
    actor: Text = None,
    action: Text = None,
    subject: Text = None,
    request_id: Text = None,
    decision: Annotated[str | None, Query(max_length=100, description="Or how it begins, such as `refused`.")] = None,
    since: Moment = None,
    until: Moment = None,
) -> Page[AuditRecordShown]:
    """What was done and refused at this seat, by whom, and with which transactions."""
    wanted = Filter(actor, action, subject, request_id, decision, _utc(since), _utc(until))
    after, newest_first = number_cursor(cursor), order == "newest_first"
    with seat.database.read() as session:
        rows = repository.some(session, wanted, after=after, limit=limit + 1, newest_first=newest_first)
    return page(rows, limit, shown, lambda row: row.seq)


@router.get("/audit/head", responses=responses())
def get_audit_head(seat: SeatDep, _: Principal) -> AuditHeadShown:
    """How long the log is, and how far it is anchored on chain."""
    with seat.database.read() as session:
        length, head = service.head(session)
    member = seat.member()
    anchor = None
    if member is not None:
        anchor = seat.node.ledger.read(reads.audit_anchor(member.number, seat.settings.seat))
    anchored = anchor is not None and anchor.length > 0
    return AuditHeadShown(
        length=length,
        head=head,
        anchored_length=anchor.length if anchor is not None else 0,
        anchored_head=anchor.head.hex() if anchor is not None and anchored else None,
        anchored_on=anchor.business_date if anchor is not None and anchored else None,
        anchored_block=anchor.block if anchor is not None and anchored else None,
    )


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
