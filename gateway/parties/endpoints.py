"""/v1/parties."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Fresh, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import KeyMissing, KeyReused, NotFound, PartyExists, SeatNotAllowed
from gateway.pages import Cursor, Limit, Page
from gateway.parties import service
from gateway.parties.schemas import Party, PartyRequest
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["parties"])


@router.post(
    "/parties",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, SeatNotAllowed, PartyExists),
)
def register_party(seat: SeatDep, change: ChangeDep, body: PartyRequest) -> Response:
    """Bank: register a party's signing address after the bank's checks."""
    return change.carry_out(body, lambda: service.plan_registration(seat, body))


@router.get("/parties", responses=responses(), dependencies=[Fresh])
def list_parties(seat: SeatDep, _: Principal, limit: Limit = 50, cursor: Cursor = None) -> Page[Party]:
    """All registered parties."""
    return service.list_page(seat, cursor, limit)


@router.get("/parties/{name}", responses=responses(NotFound), dependencies=[Fresh])
def get_party(seat: SeatDep, _: Principal, name: str) -> Party:
    """By the platform's reference (at the bank), address or subject; with its custody balance."""
    return service.get(seat, name)
