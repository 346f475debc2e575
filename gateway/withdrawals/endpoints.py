"""/v1/withdrawals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from gateway.access import AccessDep, Fresh, Principal, SeatDep, SightDep
from gateway.changes import ChangeDep
from gateway.errors import KeyInProgress, KeyMissing, KeyReused, NotFound, SeatNotAllowed
from gateway.fields import Hash
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.transactions.schemas import Accepted
from gateway.withdrawals import service
from gateway.withdrawals.schemas import PreparedWithdrawal, WithdrawalRequest, WithdrawalResource, WithdrawalTerms

router = APIRouter(tags=["withdrawals"])


@router.post("/withdrawals:prepare", responses=responses())
def prepare_withdrawal(seat: SeatDep, _: Principal, body: WithdrawalTerms) -> PreparedWithdrawal:
    """The document that the holder signs. Changes nothing."""
    return service.prepare(seat, body)


@router.post(
    "/withdrawals",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed),
)
def request_withdrawal(seat: SeatDep, access: AccessDep, change: ChangeDep, body: WithdrawalRequest) -> Response:
    """Any seat: reserve a holder's tokens for payout to its bank account.

    Above the seat's limit a second person approves, unless the holder itself asks.
    """
    return change.carry_out(body, lambda: service.plan_request(seat, access, body))


@router.get("/withdrawals", responses=responses(), dependencies=[Fresh])
def list_withdrawals(
    seat: SeatDep, sight: SightDep, limit: Limit = 50, cursor: Cursor = None
) -> Page[WithdrawalResource]:
    """By their last move."""
    return service.list_page(seat, sight, cursor, limit)


@router.get("/withdrawals/{withdrawal_id}", responses=responses(NotFound), dependencies=[Fresh])
def get_withdrawal(seat: SeatDep, _: Principal, withdrawal_id: Annotated[Hash, Path()]) -> WithdrawalResource:
    """One withdrawal."""
    return service.get(seat, withdrawal_id)


@router.post(
    "/withdrawals/{withdrawal_id}/release",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed),
)
def release_withdrawal(seat: SeatDep, change: ChangeDep, withdrawal_id: Annotated[Hash, Path()]) -> Response:
    """Any seat: give the holder the tokens of an order that the bank did not instruct while it was valid."""
    return change.carry_out(None, lambda: service.plan_release(seat, withdrawal_id))
