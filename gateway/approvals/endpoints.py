"""/v1/proposals and /v1/approvals."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response

from gateway.access import Fresh, LanguageDep, Principal, SeatDep, SightDep
from gateway.approvals import service
from gateway.approvals.schemas import (
    ApprovalRequest,
    ForeignActionRequest,
    ForeignApprovalRequest,
    OnLedger,
    Proposal,
    ShownAction,
)
from gateway.changes import ChangeDep
from gateway.errors import (
    ApprovalByProposer,
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    NotFound,
    ProposalDecided,
    ProposalMoved,
)
from gateway.fields import Hash
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["approvals"])
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, KeyNotAllowed, NotFound, ProposalDecided)
_WITHDRAW = responses(KeyMissing, KeyReused, KeyInProgress, KeyNotAllowed)
_APPROVE = responses(
    KeyMissing, KeyReused, KeyInProgress, KeyNotAllowed, NotFound, ProposalDecided, ApprovalByProposer, ProposalMoved
)


@router.get("/proposals", responses=responses())
def list_proposals(
    seat: SeatDep,
    sight: SightDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: Literal["proposed", "approved", "withdrawn"] | None = None,
) -> Page[Proposal]:
    """Operations of this seat that need, or got, a second person; newest first."""
    return service.list_page(seat, sight, cursor, limit, status)


@router.get("/proposals/{proposal_id}", responses=responses(NotFound), dependencies=[Fresh])
def get_proposal(seat: SeatDep, _: Principal, language: LanguageDep, proposal_id: Id) -> Proposal:
    """What would be sent now, in words, figures and arguments; its `action` is what an approver approves."""
    return service.get(seat, proposal_id, language)


@router.post("/approvals", status_code=202, response_model=Accepted, responses=_APPROVE)
def approve_proposal(
    seat: SeatDep, change: ChangeDep, principal: Principal, sight: SightDep, body: ApprovalRequest
) -> Response:
    """Another person than the proposer: approve a proposal as it was shown; the operation is sent right after."""
    return change.carry_out(body, lambda: service.plan_approval(seat, body, principal, sight))


@router.get("/approvals", responses=responses(), dependencies=[Fresh])
def list_approvals(seat: SeatDep, _: Principal, limit: Limit = 50, cursor: Cursor = None) -> Page[OnLedger]:
    """Approvals on the ledger, of all members, oldest first."""
    return service.on_ledger(seat, cursor, limit)


@router.post("/proposals/{proposal_id}/withdraw", status_code=202, response_model=Accepted, responses=_CHANGE)
def withdraw_proposal(seat: SeatDep, change: ChangeDep, proposal_id: Id) -> Response:
    """Take a proposal back that nobody has approved."""
    return change.carry_out(None, lambda: service.plan_withdrawal(seat, proposal_id))


@router.post("/proposals/{proposal_id}/send", status_code=202, response_model=Accepted, responses=_CHANGE)
def send_proposal(seat: SeatDep, change: ChangeDep, proposal_id: Id) -> Response:
    """Send an operation that another organisation has approved on the ledger, such as the opening of a running loan."""
    return change.carry_out(None, lambda: service.plan_sending(seat, proposal_id))


@router.post("/approvals:prepare", responses=responses())
def show_foreign_action(seat: SeatDep, _: Principal, body: ForeignActionRequest) -> ShownAction:
    """A call that another seat wants to send, in readable form. Changes nothing."""
    return service.show_foreign(seat, body)


@router.post("/foreign-approvals", status_code=202, response_model=Accepted, responses=_APPROVE)
def approve_foreign_action(seat: SeatDep, change: ChangeDep, body: ForeignApprovalRequest) -> Response:
    """Approve a call that another seat will send, as it was shown."""
    return change.carry_out(body, lambda: service.plan_foreign_approval(seat, body))


@router.post("/approvals/{action}/withdraw", status_code=202, response_model=Accepted, responses=_WITHDRAW)
def withdraw_approval(
    seat: SeatDep,
    change: ChangeDep,
    action: Annotated[Hash, Path(description="What was approved: hash of exactly one call.")],
) -> Response:
    """Any seat: take this member's approval of a call back, as long as nobody has used it."""
    return change.carry_out(None, lambda: service.plan_approval_withdrawal(seat, action))
