"""The HTTP application of one seat: all routes, their protection, and the threads that live as long as it does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute

from gateway import problems
from gateway.account_statements import endpoints as account_statements
from gateway.account_statements import service as statements
from gateway.approvals import endpoints as approvals
from gateway.audit import endpoints as audit
from gateway.audit.refusals import Refusals
from gateway.audit.requests import RequestIds
from gateway.auth import admin_endpoints, oauth, session_endpoints
from gateway.auth.rate_limits import RateLimits
from gateway.authorisation.guard import Guard, confirm
from gateway.corrections import endpoints as corrections
from gateway.custody import endpoints as custody
from gateway.day_ends import endpoints as day_ends
from gateway.documents import endpoints as documents
from gateway.drawdowns import endpoints as drawdowns
from gateway.events import endpoints as events
from gateway.events.hub import EventHub
from gateway.exposures import endpoints as exposures
from gateway.health import endpoints as health
from gateway.health.metrics import RequestFigures
from gateway.intake.bodies import BoundedBodies, Bounds
from gateway.intake.recursion import keep_bound
from gateway.loans import endpoints as loans
from gateway.logs import RequestLog
from gateway.look import endpoints as look
from gateway.network import endpoints as network
from gateway.openapi.deprecation import Announcements
from gateway.openings import endpoints as openings
from gateway.parties import endpoints as parties
from gateway.payments import endpoints as payments
from gateway.payout_instructions import endpoints as payout_instructions
from gateway.payout_instructions import service as instructions
from gateway.portfolios import endpoints as portfolios
from gateway.regime_profiles import endpoints as regime_profiles
from gateway.repayments import endpoints as repayments
from gateway.repayments import service as booked_repayments
from gateway.seat import Seat
from gateway.settings import SeatSettings
from gateway.tracing.requests import RequestSpans
from gateway.tracing.setup import Tracing, open_tracing
from gateway.transactions import endpoints as transactions
from gateway.transfers import endpoints as transfers
from gateway.webhooks import endpoints as webhooks
from gateway.withdrawals import endpoints as withdrawals
from gateway.work import offer_duties
from gateway.working_days import endpoints as working_days

_RESOURCES = (
    repayments,  # routes are tried in this order, and this one is asked most often
    oauth,
    session_endpoints,
    admin_endpoints,
    network,
    regime_profiles,
    parties,
    loans,
    drawdowns,
    openings,
    payments,
    transfers,
    portfolios,
    exposures,
    working_days,
    corrections,
    approvals,
    documents,
    transactions,
    custody,
    account_statements,
    payout_instructions,
    day_ends,
    withdrawals,
    events,
    webhooks,
    audit,
)
_THREADS = 128
_DESCRIPTION = """
The gateway of one organisation on the loan ledger.

* Every route but `/health/*` and these pages needs `Authorization: Bearer <token>`.
* Every change needs an `Idempotency-Key`: same key and body give the first answer, another body 422, still running 409.
* A change answers 202 with its transactions; `Prefer: wait=N` waits until they are final.
* Refusals are `application/problem+json` with a stable `code` (`GET /v1/errors`), in English or Chinese by
  `Accept-Language`.
* Amounts are decimal strings with their currency, dates ISO 8601, lists pages with a cursor.
* `Ledger-Min-Block: N` on a GET answers from an index that has block N, so what one seat wrote can be read at another.
"""


def create_app(state: Path, settings: SeatSettings) -> FastAPI:
    """The application of a seat. Its threads start with it and end with it."""
    keep_bound()
    seat = Seat(state, settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        await anyio.to_thread.run_sync(_start, seat, tracing)
        refusals.start()
        seat.on_stop(refusals.stop)
        app.state.events = hub = EventHub(seat.database, seat.outbox.waker(), settings.events.max_streams)
        await hub.start()
        try:
            yield
        finally:
            await hub.stop()
            await anyio.to_thread.run_sync(seat.stop)

    app = _described(f"Loan ledger gateway: {settings.seat}", lifespan=lifespan)
    app.state.seat = seat
    app.state.tracing = tracing = open_tracing(settings.otlp_endpoint, settings.seat, settings.role.value)
    app.state.refusals = refusals = Refusals(seat.database)
    app.state.followed = {
        **statements.FOLLOWED,
        **instructions.FOLLOWED,
        **booked_repayments.FOLLOWED,
    }
    problems.install(app)
    app.add_middleware(Announcements)
    app.add_middleware(Guard, owner=app)
    app.add_middleware(RateLimits, owner=app)
    app.state.figures = figures = RequestFigures()
    app.add_middleware(RequestLog, answered=figures.note)
    upload = settings.max_upload_bytes + 64 * 1024  # a form around the file
    app.add_middleware(BoundedBodies, bounds=Bounds(settings.max_body_bytes, upload, settings.body_seconds))
    app.add_middleware(RequestSpans, tracing=tracing)
    app.add_middleware(RequestIds)
    _include(app)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _start(seat: Seat, tracing: Tracing) -> None:
    offer_duties(seat, tracing)
    seat.start(works=seat.settings.duties == "here")


def routes_only() -> FastAPI:
    """The routes without a seat behind them, for what only describes them."""
    app = _described("Loan ledger gateway")
    _include(app)
    return app


def _described(title: str, **more: Any) -> FastAPI:
    return FastAPI(
        title=title,
        version="1",
        description=_DESCRIPTION,
        redoc_url=None,
        swagger_ui_parameters={"persistAuthorization": False},
        generate_unique_id_function=_operation_id,
        separate_input_output_schemas=False,
        dependencies=[Depends(confirm)],
        **more,
    )


def _operation_id(route: APIRoute) -> str:
    """An operation's id is its function's name: stable, as clients are generated from it."""
    return route.name


def _include(app: FastAPI) -> None:
    app.include_router(health.router)
    app.include_router(look.router)
    for resource in _RESOURCES:
        app.include_router(resource.router, prefix="/v1")


def _openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with every refusal of every operation."""
    if app.openapi_schema is None:
        from gateway.openapi.document import document  # noqa: PLC0415 - reads all code; only who asks shall wait

        app.openapi_schema = document(app)
    return app.openapi_schema
