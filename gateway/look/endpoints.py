"""/look: the pages. All are GET but signing in and out and checking a file, and none changes the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Request, Response, UploadFile
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from chain.errors import LedgerError
from gateway.access import SeatDep
from gateway.authorisation.guard import access
from gateway.authorisation.sight import Sight
from gateway.errors import NotFound, RequestTooLarge
from gateway.fields import Hash
from gateway.look import entrance, service
from gateway.look.rendering import page
from gateway.look.texts import chosen_language
from gateway.problems import language_of
from gateway.seat import Seat

router = APIRouter(prefix="/look", include_in_schema=False)
router.include_router(entrance.router)
LoanId = Annotated[Hash, Path()]
_STATIC = FilePath(__file__).parent / "static"
_ASSETS = {"look.css": "text/css; charset=utf-8", "drop.js": "text/javascript; charset=utf-8"}
_ASSETS["passkey.js"] = _ASSETS["drop.js"]
_STATES = ("Proposed", "Funding", "Funded", "Disbursing", "Active", "Repaid", "Closed", "Cancelled", "Expired")


@router.get("")
def home(request: Request, seat: SeatDep) -> Response:
    """The ledger at a glance."""
    return _show(request, seat, "home.html", lambda sight: {"view": service.overview(seat, sight)})


@router.get("/loans")
def loans(
    request: Request,
    seat: SeatDep,
    state: Annotated[str | None, Query(max_length=20)] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """All loans, in the order in which they were proposed."""
    chosen = state if state in _STATES else None
    return _show(
        request,
        seat,
        "loans.html",
        lambda sight: {"loans": service.loans(seat, sight, chosen, cursor), "states": _STATES, "chosen": chosen},
    )


@router.get("/loans/{loan_id}")
def loan(request: Request, seat: SeatDep, loan_id: LoanId) -> Response:
    """One loan."""
    return _show(request, seat, "loan.html", lambda _: {"view": service.loan(seat, loan_id)})


@router.post("/loans/{loan_id}/check")
async def check(request: Request, seat: SeatDep, loan_id: LoanId, file: Annotated[UploadFile, File()]) -> Response:
    """Whether the file is one of the loan's documents, by their commitments. Keeps nothing."""
    content = await file.read(seat.settings.max_upload_bytes + 1)
    name = file.filename or ""

    def checked(_: Sight) -> dict[str, Any]:
        if len(content) > seat.settings.max_upload_bytes:
            raise RequestTooLarge(limit=seat.settings.max_upload_bytes)
        return {"view": service.loan(seat, loan_id), "check": service.check_file(seat, loan_id, name, content)}

    return await run_in_threadpool(_show, request, seat, "check.html", checked)


@router.get("/static/{name}")
def static(name: Annotated[str, Path(max_length=40)]) -> Response:
    """Style and script; there are no others."""
    if name not in _ASSETS:
        raise NotFound(resource="file", id=name)
    return FileResponse(_STATIC / name, media_type=_ASSETS[name], headers={"Cache-Control": "max-age=300"})


def _show(request: Request, seat: Seat, template: str, values: Callable[[Sight], Mapping[str, Any]]) -> Response:
    """The page for a principal; the sign-in page for anybody else; a refusal as a page."""
    who = None
    try:
        found = access(request)
        who = found.actor.id.split(":", 1)[-1]
        given: Mapping[str, Any] = values(found.sight)
    except LedgerError as error:
        if who is None and error.status == 401:
            return entrance.sign_in_form(request, seat)
        message = error.message(chosen_language(request) or language_of(request))
        refused = {"message": message, "code": error.code, "who": who}
        return page(request, seat, "refused.html", refused, status=error.status)
    return page(request, seat, template, {**given, "who": who})
