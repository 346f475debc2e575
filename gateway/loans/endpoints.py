"""/v1/loans."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from chain.ledger.errors import TermsInvalid
from chain.model.terms import EarlyKind
from gateway.access import AccessDep, Fresh, Principal, SeatDep, SightDep
from gateway.changes import ChangeDep
from gateway.errors import (
    CustomTableUnknown,
    EarlyKindNotAgreed,
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    LoanUnreadable,
    NotFound,
    SeatNotAllowed,
)
from gateway.fields import Address, Hash
from gateway.loans import figures, service, views
from gateway.loans.figures_schemas import Arrears, Payoff
from gateway.loans.schemas import (
    CancelRequest,
    FeeClaimRequest,
    HistoryEntryResource,
    LendersRequest,
    Loan,
    LoanDocuments,
    Positions,
    Prepared,
    PreparedSubscriptions,
    PrepareRequest,
    ProposeRequest,
    Schedule,
    StateName,
    StepRequest,
    SubscriptionsPrepareRequest,
    SubscriptionsRequest,
)
from gateway.loans.terms_schemas import EarlyName
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["loans"])
LoanId = Annotated[Hash, Path(description="The loan's id, the digest of its terms.")]
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, KeyNotAllowed)
On = Annotated[date | None, Query(description="The business date if left out.")]


@router.post("/loans:prepare", responses=responses(SeatNotAllowed, TermsInvalid))
def prepare_loan(seat: SeatDep, _: Principal, body: PrepareRequest) -> Prepared:
    """Platform: the document that the borrower signs, and the loan's id. Changes nothing."""
    return service.prepare(seat, body.terms)


@router.post("/loans", status_code=202, response_model=Accepted, responses=_CHANGE)
def propose_loan(seat: SeatDep, change: ChangeDep, body: ProposeRequest) -> Response:
    """Platform: propose a loan with the borrower's signature."""
    return change.carry_out(body, lambda: service.plan_proposal(seat, body))


@router.get("/loans", responses=responses(), dependencies=[Fresh])
def list_loans(
    seat: SeatDep,
    sight: SightDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    state: StateName | None = None,
    number: Annotated[str | None, Query(max_length=100)] = None,
    borrower: Address | None = None,
) -> Page[Loan]:
    """In the order in which they were proposed."""
    return views.list_loans(seat, sight, cursor, limit, state, number, borrower)


@router.get("/loans/{loan_id}", responses=responses(NotFound, LoanUnreadable), dependencies=[Fresh])
def get_loan(seat: SeatDep, _: Principal, loan_id: LoanId) -> Loan:
    """One loan from this seat's own index."""
    return views.get_loan(seat, loan_id)


@router.get("/loans/{loan_id}/history", responses=responses(NotFound), dependencies=[Fresh])
def get_loan_history(
    seat: SeatDep, _: Principal, loan_id: LoanId, limit: Limit = 100, cursor: Cursor = None
) -> Page[HistoryEntryResource]:
    """The loan's history chain in order."""
    return views.history(seat, loan_id, cursor, limit)


@router.get("/loans/{loan_id}/schedule", responses=responses(NotFound, LoanUnreadable), dependencies=[Fresh])
def get_loan_schedule(seat: SeatDep, _: Principal, loan_id: LoanId) -> Schedule:
    """Recomputed from terms and start, with what is paid."""
    return views.schedule(seat, loan_id)


@router.get("/loans/{loan_id}/arrears", responses=responses(NotFound), dependencies=[Fresh])
def get_loan_arrears(seat: SeatDep, _: Principal, loan_id: LoanId, on: On = None) -> Arrears:
    """What is due, overdue and owed in penalty interest on a day, and how many days past due the loan is."""
    return figures.arrears(seat, loan_id, on)


@router.get("/loans/{loan_id}/payoff", responses=responses(NotFound, EarlyKindNotAgreed), dependencies=[Fresh])
def get_loan_payoff(seat: SeatDep, _: Principal, loan_id: LoanId, on: On = None, kind: EarlyName = "TOTAL") -> Payoff:
    """What an early repayment takes on a day, to the cent."""
    return figures.payoff_quote(seat, loan_id, on, EarlyKind[kind])


@router.get("/loans/{loan_id}/positions", responses=responses(NotFound, LoanUnreadable), dependencies=[Fresh])
def get_loan_positions(seat: SeatDep, _: Principal, loan_id: LoanId) -> Positions:
    """What each lender holds and can claim."""
    return views.positions(seat, loan_id)


@router.get("/loans/{loan_id}/documents", responses=responses(NotFound, LoanUnreadable), dependencies=[Fresh])
def get_loan_documents(seat: SeatDep, _: Principal, loan_id: LoanId) -> LoanDocuments:
    """Documents committed to the loan."""
    return views.documents(seat, loan_id)


@router.post("/loans/{loan_id}/subscriptions:prepare", responses=responses())
def prepare_subscriptions(
    seat: SeatDep, _: Principal, loan_id: LoanId, body: SubscriptionsPrepareRequest
) -> PreparedSubscriptions:
    """The documents that lenders sign. Changes nothing."""
    return service.prepare_subscriptions(seat, loan_id, body)


@router.post("/loans/{loan_id}/subscriptions", status_code=202, response_model=Accepted, responses=_CHANGE)
def take_subscriptions(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: SubscriptionsRequest) -> Response:
    """Any seat: take lenders' signed subscriptions into escrow."""
    return change.carry_out(body, lambda: service.plan_subscriptions(seat, loan_id, body))


@router.post("/loans/{loan_id}/cancel", status_code=202, response_model=Accepted, responses=_CHANGE)
def cancel_loan(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: CancelRequest) -> Response:
    """Platform: end the loan before disbursement is requested."""
    return change.carry_out(body, lambda: service.plan_cancellation(seat, loan_id, body))


@router.post("/loans/{loan_id}/expire", status_code=202, response_model=Accepted, responses=_CHANGE)
def expire_loan(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Any seat: end a loan not funded by its deadline."""
    return change.carry_out(body, lambda: service.plan_expiry(seat, loan_id, body))


@router.post("/loans/{loan_id}/refund", status_code=202, response_model=Accepted, responses=_CHANGE)
def refund_loan(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: LendersRequest) -> Response:
    """Any seat: give subscriptions of a cancelled or expired loan back."""
    return change.carry_out(body, lambda: service.plan_refund(seat, loan_id, body))


@router.post(
    "/loans/{loan_id}/disburse",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, NotFound, CustomTableUnknown),
)
def disburse_loan(seat: SeatDep, access: AccessDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Platform: ask the bank to pay the first tranche out; above the seat's limit a second person approves."""
    return change.carry_out(body, lambda: service.plan_disbursement(seat, access, loan_id, body))


@router.post("/loans/{loan_id}/claim", status_code=202, response_model=Accepted, responses=_CHANGE)
def claim_earnings(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: LendersRequest) -> Response:
    """Any seat: pay lenders what their units have earned."""
    return change.carry_out(body, lambda: service.plan_claim(seat, loan_id, body))


@router.post("/loans/{loan_id}/claim-fees", status_code=202, response_model=Accepted, responses=_CHANGE)
def claim_fees(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: FeeClaimRequest) -> Response:
    """Any seat: pay a payee of fees what was collected for it."""
    return change.carry_out(body, lambda: service.plan_fee_claim(seat, loan_id, body))


@router.post("/loans/{loan_id}/release-overpayment", status_code=202, response_model=Accepted, responses=_CHANGE)
def release_overpayment(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Any seat: pay the borrower what it overpaid, once the loan is closed."""
    return change.carry_out(body, lambda: service.plan_overpayment_release(seat, loan_id, body))


@router.post("/loans/{loan_id}/close", status_code=202, response_model=Accepted, responses=_CHANGE)
def close_loan(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Any seat: close a repaid loan once its reversal window has passed."""
    return change.carry_out(body, lambda: service.plan_close(seat, loan_id, body))


@router.post("/loans/{loan_id}/sweep-dust", status_code=202, response_model=Accepted, responses=_CHANGE)
def sweep_dust(seat: SeatDep, change: ChangeDep, loan_id: LoanId, body: StepRequest) -> Response:
    """Any seat: move a closed loan's dust to the platform's risk reserve."""
    return change.carry_out(body, lambda: service.plan_dust(seat, loan_id, body))
