"""/v1/payout-instructions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from gateway.access import Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import (
    KeyInProgress,
    KeyMissing,
    KeyReused,
    NotFound,
    NothingToInstruct,
    PayeeUnknown,
    PayoutsNotInstructed,
    RouteNotHere,
    SeatNotAllowed,
)
from gateway.pages import Cursor, Limit, Page
from gateway.payout_instructions import service
from gateway.payout_instructions.schemas import PayoutInstruction, PayoutInstructionRequest
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["bank"])
InstructionId = Annotated[str, Path(pattern=r"^PO-[0-9]{8}-[0-9a-f]{12}$")]


@router.post(
    "/payout-instructions",
    status_code=202,
    response_model=Accepted,
    responses=responses(
        KeyMissing, KeyReused, KeyInProgress, RouteNotHere, SeatNotAllowed, NothingToInstruct, PayeeUnknown
    ),
)
def instruct_payouts(
    seat: SeatDep, change: ChangeDep, principal: Principal, body: PayoutInstructionRequest
) -> Response:
    """Bank: order all reserved payouts and withdrawals in one pain.001 file and note them as instructed."""
    return change.carry_out(body, lambda: service.plan_instruction(seat, body, principal))


@router.get("/payout-instructions", responses=responses(RouteNotHere))
def list_payout_instructions(
    seat: SeatDep, _: Principal, limit: Limit = 50, cursor: Cursor = None
) -> Page[PayoutInstruction]:
    """Newest first."""
    return service.list_page(seat, cursor, limit)


@router.get(
    "/payout-instructions/{instruction_id}.xml",
    responses={
        **responses(NotFound, RouteNotHere, PayoutsNotInstructed),
        200: {"content": {"application/xml": {}}, "description": "pain.001.001.09"},
    },
    response_class=Response,
)
def get_payout_file(seat: SeatDep, _: Principal, instruction_id: InstructionId) -> Response:
    """The pain.001 file, once all its payouts are instructed on the ledger."""
    return Response(service.file(seat, instruction_id), media_type="application/xml")


@router.get("/payout-instructions/{instruction_id}", responses=responses(NotFound, RouteNotHere))
def get_payout_instruction(seat: SeatDep, _: Principal, instruction_id: InstructionId) -> PayoutInstruction:
    """One order and its payouts."""
    return service.get(seat, instruction_id)
