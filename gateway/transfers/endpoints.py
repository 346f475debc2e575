"""/v1/loans/{id}/transfers."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import KeyInProgress, KeyMissing, KeyReused, SeatNotAllowed
from gateway.loans.endpoints import LoanId
from gateway.orders import PreparedOrder
from gateway.problems import responses
from gateway.transactions.schemas import Accepted
from gateway.transfers import service
from gateway.transfers.schemas import TransferRequest, TransferTerms

router = APIRouter(tags=["positions"])
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed)


@router.post("/loans/{loan_id}/transfers:prepare", responses=responses())
def prepare_transfer(seat: SeatDep, _: Principal, loan_id: LoanId, body: TransferTerms) -> PreparedOrder:
    """The document that seller and buyer both sign. Changes nothing."""
    return service.prepare(seat, loan_id, body)


@router.post("/loans/{loan_id}/transfers", status_code=202, response_model=Accepted, responses=_CHANGE)
def transfer_position(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: TransferRequest) -> Response:
    """Any seat: move units, with what they have earned, from seller to buyer against the price."""
    return change.carry_out(body, lambda: service.plan_transfer(seat, loan_id, body))
