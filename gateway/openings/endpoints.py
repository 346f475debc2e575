"""/v1/loans/{id}/opening."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import KeyInProgress, KeyMissing, KeyReused, NotFound, SeatNotAllowed
from gateway.loans.endpoints import LoanId
from gateway.openings import service
from gateway.openings.schemas import OpeningRequest, OpeningTerms
from gateway.orders import PreparedOrder
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["loans"])
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, NotFound)


@router.post("/loans/{loan_id}/opening:prepare", responses=responses())
def prepare_opening(seat: SeatDep, _: Principal, loan_id: LoanId, body: OpeningTerms) -> PreparedOrder:
    """The document that borrower and lenders sign. Changes nothing."""
    return service.prepare(seat, loan_id, body)


@router.post("/loans/{loan_id}/opening", status_code=202, response_model=Accepted, responses=_CHANGE)
def open_running(
    seat: SeatDep, change: ChangeDep, principal: Principal, loan_id: LoanId, body: OpeningRequest
) -> Response:
    """Platform: keep the signed opening of a running loan.

    The bank approves its action (`POST /v1/foreign-approvals` at the bank's seat); then `POST /v1/proposals/{id}/send`.
    """
    return change.carry_out(body, lambda: service.plan_opening(seat, loan_id, body, principal))
