"""/v1/repayments, /v1/repayments:batch and /v1/repayment-batches."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from gateway.access import LanguageDep, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import (
    CursorInvalid,
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    NotFound,
    RequestInvalid,
    RouteNotHere,
    SeatNotAllowed,
)
from gateway.fields import Hash
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.repayments import service
from gateway.repayments.errors import EntryBooked, StatementTaken
from gateway.repayments.schemas import Repayment, RepaymentBatch, RepaymentBatchRequest, RepaymentRequest
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["bank"])
Identifier = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_CHANGE = (KeyMissing, KeyReused, KeyInProgress, RouteNotHere, SeatNotAllowed, KeyNotAllowed, RequestInvalid)


@router.post(
    "/repayments",
    status_code=202,
    response_model=Accepted,
    responses=responses(*_CHANGE, NotFound, EntryBooked, StatementTaken),
)
async def book_repayment(change: ChangeDep, body: RepaymentRequest) -> Response:
    """Bank: book a repayment of a loan as it comes in, before its account statement."""
    # Called most of all routes: what the change knows is not asked for again, each dependency is resolved anew.
    return await change.accept(
        body, lambda session: service.plan_repayment(change.seat, session, body, change.principal)
    )


@router.post("/repayments:batch", status_code=202, response_model=Accepted, responses=responses(*_CHANGE))
def book_repayments(seat: SeatDep, change: ChangeDep, principal: Principal, body: RepaymentBatchRequest) -> Response:
    """Bank: book many repayments in few transactions; each item has a result of its own, none spoils another.

    `Prefer: wait=N` waits until every item has come to an end.
    """
    return change.carry_out(body, lambda: service.plan_batch(seat, body, principal))


@router.get("/repayments", responses=responses(RouteNotHere, CursorInvalid))
def list_repayments(
    seat: SeatDep,
    _: Principal,
    loan: Annotated[Hash | None, Query()] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Repayment]:
    """Newest first, of all loans or one."""
    return service.list_page(seat, loan, cursor, limit)


@router.get("/repayments/{repayment_id}", responses=responses(RouteNotHere, NotFound))
def get_repayment(seat: SeatDep, _: Principal, language: LanguageDep, repayment_id: Identifier) -> Repayment:
    """One repayment and what became of it."""
    return service.get(seat, repayment_id, language)


@router.get("/repayment-batches/{batch_id}", responses=responses(RouteNotHere, NotFound))
def get_repayment_batch(seat: SeatDep, _: Principal, language: LanguageDep, batch_id: Identifier) -> RepaymentBatch:
    """The repayments of one request, each with its result."""
    return service.get_batch(seat, batch_id, language)
