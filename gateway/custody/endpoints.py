"""/v1/custody."""

from __future__ import annotations

from fastapi import APIRouter, Response

from chain.ledger.errors import NodeUnreachable
from gateway.access import Fresh, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.custody import service
from gateway.custody.schemas import Custody, MintCapRequest
from gateway.errors import KeyInProgress, KeyMissing, KeyNotAllowed, KeyReused, RouteNotHere
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["custody"])


@router.get("/custody", responses=responses(NodeUnreachable), dependencies=[Fresh])
def get_custody(seat: SeatDep, _: Principal) -> Custody:
    """Custody tokens against the bank's last day-end."""
    return service.custody(seat)


@router.post(
    "/custody/mint-cap",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, KeyNotAllowed),
)
def propose_mint_cap(seat: SeatDep, change: ChangeDep, principal: Principal, body: MintCapRequest) -> Response:
    """Bank: propose how far deposits may raise the supply between day-ends; a second person approves."""
    return change.carry_out(body, lambda: service.plan_mint_cap(seat, body, principal))
