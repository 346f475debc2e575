"""/v1/loans/{id}/reversals and /insertions."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.corrections import service
from gateway.corrections.schemas import InsertionRequest, ReversalRequest
from gateway.errors import (
    CorrectionImpossible,
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    NotFound,
    RouteNotHere,
)
from gateway.loans.endpoints import LoanId
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["corrections"])
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, KeyNotAllowed, NotFound, CorrectionImpossible)


@router.post("/loans/{loan_id}/reversals", status_code=202, response_model=Accepted, responses=_CHANGE)
def propose_reversal(
    seat: SeatDep, change: ChangeDep, principal: Principal, loan_id: LoanId, body: ReversalRequest
) -> Response:
    """Bank: propose to reverse a payment by a booked debit; a second person approves."""
    return change.carry_out(body, lambda: service.plan_reversal(seat, loan_id, body, principal))


@router.post("/loans/{loan_id}/insertions", status_code=202, response_model=Accepted, responses=_CHANGE)
def propose_insertion(
    seat: SeatDep, change: ChangeDep, principal: Principal, loan_id: LoanId, body: InsertionRequest
) -> Response:
    """Bank: propose to put booked credits of earlier value dates in; a second person approves."""
    return change.carry_out(body, lambda: service.plan_insertion(seat, loan_id, body, principal))
