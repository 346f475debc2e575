"""GET /health/live, /health/ready and /metrics."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from gateway.access import Principal, SeatDep
from gateway.health import service
from gateway.health.metrics import RequestFigures, registry_of

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Check(BaseModel):
    """One thing the seat needs."""

    name: service.Name
    ok: bool
    detail: str


class Ready(BaseModel):
    """Whether the seat can work now, and what it lacks."""

    ready: bool
    seat: str
    checks: list[Check] = Field(
        description="node, index, outbox, signing, desk and ipfs; ipfs alone does not make a seat unready."
    )


@router.get("/health/live")
def get_liveness() -> Live:
    """200 while the process lives."""
    return Live()


@router.get("/health/ready", responses={503: {"model": Ready}})
def get_readiness(seat: SeatDep, response: Response) -> Ready:
    """200 if node, index, outbox, keys and desk work and the index is near the head; else 503 with what is wrong."""
    checks = [Check(name=name, ok=ok, detail=detail) for name, ok, detail in service.checks(seat)]
    fine = all(check.ok for check in checks if check.name != "ipfs")
    response.status_code = 200 if fine else 503
    return Ready(ready=fine, seat=seat.settings.seat, checks=checks)


@router.get("/metrics", include_in_schema=False)
def get_metrics(request: Request, seat: SeatDep, _: Principal) -> Response:
    """Prometheus text format."""
    figures: RequestFigures = request.app.state.figures
    text = generate_latest(figures.registry) + generate_latest(registry_of(seat, service.checks))
    return Response(text, media_type=CONTENT_TYPE_LATEST)
