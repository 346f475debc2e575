"""/v1/loans/{id}/drawdowns."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import AccessDep, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.drawdowns import service
from gateway.drawdowns.schemas import DrawdownRequest, DrawdownTerms
from gateway.errors import KeyInProgress, KeyMissing, KeyReused, NotFound, SeatNotAllowed
from gateway.loans.endpoints import LoanId
from gateway.loans.schemas import StepRequest
from gateway.orders import PreparedOrder
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["loans"])
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, NotFound)


@router.post("/loans/{loan_id}/drawdowns:prepare", responses=responses())
def prepare_drawdown(seat: SeatDep, _: Principal, loan_id: LoanId, body: DrawdownTerms) -> PreparedOrder:
    """The document that the borrower signs for a later tranche. Changes nothing."""
    return service.prepare(seat, loan_id, body)


@router.post("/loans/{loan_id}/drawdowns", status_code=202, response_model=Accepted, responses=_CHANGE)
def draw_tranche(
    seat: SeatDep, access: AccessDep, change: ChangeDep, loan_id: LoanId, body: DrawdownRequest
) -> Response:
    """Platform: ask the bank to pay a later tranche out, on the borrower's signature.

    Above the seat's limit a second person approves, unless the borrower itself asks.
    """
    return change.carry_out(body, lambda: service.plan_draw(seat, access, loan_id, body))


@router.post("/loans/{loan_id}/close-drawing", status_code=202, response_model=Accepted, responses=_CHANGE)
def close_drawing(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Platform, later any seat: give what was not drawn back to the lenders."""
    return change.carry_out(body, lambda: service.plan_closing(seat, loan_id, body))
