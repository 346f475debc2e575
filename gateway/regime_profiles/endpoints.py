"""/v1/regime-profiles."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from gateway.access import Fresh, Principal, SeatDep
from gateway.changes import ChangeDep
from gateway.errors import KeyMissing, KeyReused, NotFound, SeatNotAllowed
from gateway.problems import responses
from gateway.regime_profiles import service
from gateway.regime_profiles.schemas import RegimeProfile, RegimeProfileRequest
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["regime profiles"])


class RegimeProfiles(BaseModel):
    """All profiles."""

    items: list[RegimeProfile]


@router.post(
    "/regime-profiles",
    status_code=202,
    response_model=Accepted,
    responses=responses(KeyMissing, KeyReused, SeatNotAllowed),
)
def set_regime_profile(seat: SeatDep, change: ChangeDep, body: RegimeProfileRequest) -> Response:
    """Regulator: set limits for new loans."""
    return change.carry_out(body, lambda: service.plan_set(seat, body))


@router.get("/regime-profiles", responses=responses(), dependencies=[Fresh])
def list_regime_profiles(seat: SeatDep, _: Principal) -> RegimeProfiles:
    """Oldest first."""
    return RegimeProfiles(items=service.list_all(seat))


@router.get("/regime-profiles/{name_or_id}", responses=responses(NotFound), dependencies=[Fresh])
def get_regime_profile(seat: SeatDep, _: Principal, name_or_id: str) -> RegimeProfile:
    """By id or name."""
    return service.get(seat, name_or_id)
