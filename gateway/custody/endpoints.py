"""GET /v1/custody."""

from __future__ import annotations

from fastapi import APIRouter

from chain.ledger.errors import NodeUnreachable
from gateway.access import Fresh, Principal, SeatDep
from gateway.custody import service
from gateway.custody.schemas import Custody
from gateway.problems import responses

router = APIRouter(tags=["custody"])


@router.get("/custody", responses=responses(NodeUnreachable), dependencies=[Fresh])
def get_custody(seat: SeatDep, _: Principal) -> Custody:
    """Custody tokens against the bank's last day-end."""
    return service.custody(seat)
