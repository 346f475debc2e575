"""/v1/loans/{id}/payments, /mandates and /early-repayments."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from gateway.access import Fresh, Principal, SeatDep, SightDep
from gateway.changes import ChangeDep
from gateway.errors import (
    EarlyKindNotAgreed,
    KeyInProgress,
    KeyMissing,
    KeyReused,
    NotFound,
    RouteNotHere,
    SeatNotAllowed,
)
from gateway.fields import Hash
from gateway.loans.endpoints import LoanId
from gateway.loans.schemas import StepRequest
from gateway.orders import PreparedOrder
from gateway.payments import service
from gateway.payments.schemas import (
    EarlyRepaymentRequest,
    EarlyRepaymentResource,
    EarlyRepayments,
    EarlyRepaymentTerms,
    MandateRequest,
    MandateResource,
    Mandates,
    MandateTerms,
    PaymentRequest,
    PaymentTerms,
    RevocationRequest,
)
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["payments"])
MandateId = Annotated[Hash, Path(description="The mandate's digest.")]
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, NotFound)


@router.post("/loans/{loan_id}/payments:prepare", responses=responses())
def prepare_payment(seat: SeatDep, _: Principal, loan_id: LoanId, body: PaymentTerms) -> PreparedOrder:
    """The document that a payer signs to pay from its own custody tokens. Changes nothing."""
    return service.prepare_payment(seat, loan_id, body)


@router.post("/loans/{loan_id}/payments", status_code=202, response_model=Accepted, responses=_CHANGE)
def pay_loan(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: PaymentRequest) -> Response:
    """Any seat: pay the loan from a party's own custody tokens, on its signature."""
    return change.carry_out(body, lambda: service.plan_payment(seat, loan_id, body))


@router.post("/loans/{loan_id}/mandates:prepare", responses=responses())
def prepare_mandate(seat: SeatDep, _: Principal, loan_id: LoanId, body: MandateTerms) -> PreparedOrder:
    """The document that a payer signs. Changes nothing."""
    return service.prepare_mandate(seat, loan_id, body)


@router.post("/loans/{loan_id}/mandates", status_code=201, response_model=MandateResource, responses=_CHANGE)
def keep_mandate(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: MandateRequest) -> Response:
    """Any seat: keep a payer's mandate, to pay by it later."""
    return change.carry_out(body, lambda: service.plan_mandate(seat, loan_id, body))


@router.get("/loans/{loan_id}/mandates", responses=responses(), dependencies=[Fresh])
def list_mandates(seat: SeatDep, sight: SightDep, loan_id: LoanId) -> Mandates:
    """Mandates that this seat keeps for the loan; a party sees its own."""
    return service.mandates(seat, sight, loan_id)


@router.post("/loans/{loan_id}/mandates/{mandate_id}/pay", status_code=202, response_model=Accepted, responses=_CHANGE)
def pay_by_mandate(
    seat: SeatDep, change: ChangeDep, loan_id: LoanId, mandate_id: MandateId, body: StepRequest
) -> Response:
    """Any seat: pay what is due now, up to the mandate and the payer's balance."""
    return change.carry_out(body, lambda: service.plan_mandate_payment(seat, loan_id, mandate_id, body))


@router.post("/loans/{loan_id}/mandates/{mandate_id}/revocation:prepare", responses=responses(NotFound))
def prepare_revocation(seat: SeatDep, _: Principal, loan_id: LoanId, mandate_id: MandateId) -> PreparedOrder:
    """The document by whose signature the payer ends the mandate. Changes nothing."""
    return service.prepare_revocation(seat, loan_id, mandate_id)


@router.post(
    "/loans/{loan_id}/mandates/{mandate_id}/revoke", status_code=202, response_model=Accepted, responses=_CHANGE
)
def revoke_mandate(
    seat: SeatDep, change: ChangeDep, loan_id: LoanId, mandate_id: MandateId, body: RevocationRequest
) -> Response:
    """Any seat: end a mandate, on the payer's signature."""
    return change.carry_out(body, lambda: service.plan_revocation(seat, loan_id, mandate_id, body))


@router.post("/loans/{loan_id}/early-repayments:prepare", responses=responses())
def prepare_early_repayment(seat: SeatDep, _: Principal, loan_id: LoanId, body: EarlyRepaymentTerms) -> PreparedOrder:
    """The document that the borrower signs. Changes nothing."""
    return service.prepare_early(seat, loan_id, body)


@router.post(
    "/loans/{loan_id}/early-repayments",
    status_code=201,
    response_model=EarlyRepaymentResource,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, NotFound, EarlyKindNotAgreed),
)
def keep_early_repayment(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: EarlyRepaymentRequest) -> Response:
    """Bank: keep the borrower's order; the first receipt that suffices carries it out."""
    return change.carry_out(body, lambda: service.plan_early(seat, loan_id, body))


@router.get("/loans/{loan_id}/early-repayments", responses=responses(RouteNotHere))
def list_early_repayments(seat: SeatDep, sight: SightDep, loan_id: LoanId) -> EarlyRepayments:
    """Bank: orders kept for the loan, and what became of them; of parties, its borrower sees them."""
    return service.early_repayments(seat, sight, loan_id)
