"""/v1/parties."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.access import Fresh, Principal, SeatDep, SightDep
from gateway.changes import ChangeDep
from gateway.errors import (
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    NotFound,
    PartyExists,
    RouteNotHere,
    SeatNotAllowed,
)
from gateway.pages import Cursor, Limit, Page
from gateway.parties import service
from gateway.parties.schemas import ConsentRequest, FreezeRequest, Party, PartyRequest, ReplacementRequest
from gateway.problems import responses
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["parties"])
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, NotFound)
_PROPOSE = responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, KeyNotAllowed, NotFound)


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
def list_parties(seat: SeatDep, sight: SightDep, limit: Limit = 50, cursor: Cursor = None) -> Page[Party]:
    """All registered parties; for another organisation than the seat's, those of its loans."""
    return service.list_page(seat, sight, cursor, limit)


@router.get("/parties/{name}", responses=responses(NotFound), dependencies=[Fresh])
def get_party(seat: SeatDep, sight: SightDep, name: str) -> Party:
    """By the platform's reference (at the bank), address or subject; with its custody balance."""
    return service.get(seat, sight, name)


@router.post("/parties/{name}/freeze", status_code=202, response_model=Accepted, responses=_PROPOSE)
def freeze_party(seat: SeatDep, change: ChangeDep, principal: Principal, name: str, body: FreezeRequest) -> Response:
    """Regulator: propose to hold a party's claims, refunds, withdrawals and transfers; a second person approves."""
    return change.carry_out(body, lambda: service.plan_freeze(seat, name, body, principal, service.FREEZE))


@router.post("/parties/{name}/unfreeze", status_code=202, response_model=Accepted, responses=_PROPOSE)
def unfreeze_party(seat: SeatDep, change: ChangeDep, principal: Principal, name: str, body: FreezeRequest) -> Response:
    """Regulator: propose to free a party's payouts; a second person approves."""
    return change.carry_out(body, lambda: service.plan_freeze(seat, name, body, principal, service.UNFREEZE))


@router.post("/parties/{name}/replacement", status_code=202, response_model=Accepted, responses=_CHANGE)
def announce_replacement(seat: SeatDep, change: ChangeDep, name: str, body: ReplacementRequest) -> Response:
    """Bank: announce the address that shall stand for a party whose key is lost."""
    return change.carry_out(body, lambda: service.plan_announcement(seat, name, body))


@router.post("/parties/{name}/replacement/consent", status_code=202, response_model=Accepted, responses=_CHANGE)
def consent_to_replacement(seat: SeatDep, change: ChangeDep, name: str, body: ConsentRequest) -> Response:
    """Regulator: consent to exactly this announcement."""
    return change.carry_out(body, lambda: service.plan_consent(seat, name, body))


@router.post("/parties/{name}/replacement/withdraw", status_code=202, response_model=Accepted, responses=_CHANGE)
def withdraw_replacement(seat: SeatDep, change: ChangeDep, name: str) -> Response:
    """Bank or regulator: take an announcement back."""
    return change.carry_out(None, lambda: service.plan_withdrawal(seat, name))


@router.post("/parties/{name}/replacement/take-over", status_code=202, response_model=Accepted, responses=_CHANGE)
def replace_party(seat: SeatDep, change: ChangeDep, name: str) -> Response:
    """Any seat: have the announced address take over, with its custody tokens, once notice and consent are complete."""
    return change.carry_out(None, lambda: service.plan_replacement(seat, name))
