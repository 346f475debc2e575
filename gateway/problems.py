"""Every refusal as application/problem+json (RFC 9457) with a stable `code`, in the language the caller asks for.

Errors of the product carry code, status and texts themselves. What the framework refuses (unknown route, a field that
doesn't fit) is turned into errors of the product here. Anything unforeseen becomes `internal`, without its details.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from chain.errors import Language, LedgerError
from gateway.audit.requests import request_id
from gateway.errors import MethodNotAllowed, RequestInvalid, RouteUnknown, TokenMissing
from gateway.examples import examples
from gateway.intake.errors import RequestTooDeep

log = structlog.get_logger()


class Problem(BaseModel):
    """A refusal."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "type": "/v1/errors#contract.RateAboveCap",
                "title": "Unprocessable Content",
                "detail": "The rate 600000000 is above the cap 240000000.",
                "status": 422,
                "code": "contract.RateAboveCap",
                "params": {"rate": "600000000", "cap": "240000000"},
                "instance": "/v1/loans",
            }
        )
    )

    type: str
    title: str = Field(description="The HTTP status in words.")
    detail: str = Field(description="What was wrong, what was expected and what to do, in the language asked for.")
    status: int
    code: str = Field(description="Stable; GET /v1/errors lists all.")
    params: dict[str, Any] = Field(description="The values in the text, as strings.")
    instance: str
    request_id: str = Field(
        default="", description="Of this request, as in X-Request-Id: tell it to who runs the seat."
    )
    errors: list[dict[str, Any]] | None = Field(default=None, description="Field by field, if the request didn't fit.")
    transactions: list[dict[str, Any]] | None = Field(default=None, description="If a transaction failed.")


def language_of(request: Request) -> Language:
    """zh if Accept-Language prefers it to English, else en."""
    best: tuple[float, Language] = (0.0, "en")
    for part in request.headers.get("accept-language", "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag[:2].lower() in ("zh", "en") and weight > best[0]:
            best = (weight, "zh" if tag[:2].lower() == "zh" else "en")
    return best[1]


def error_params(error: LedgerError) -> dict[str, str]:
    """An error's values as strings, bytes as 0x hex."""
    return {name: _text(value) for name, value in error.params.items()}


def problem_body(error: LedgerError, request: Request, **more: object) -> dict[str, object]:
    """The problem document of `error`."""
    body: dict[str, object] = {
        "type": f"/v1/errors#{error.code}",
        "title": HTTPStatus(error.status).phrase,
        "detail": error.message(language_of(request)),
        "status": error.status,
        "code": error.code,
        "params": error_params(error),
        "instance": request.url.path,
        "request_id": request_id(),
    }
    return body | more


def problem_response(error: LedgerError, request: Request, **more: object) -> JSONResponse:
    """The answer that carries `error`."""
    headers: dict[str, str] = {"Content-Language": language_of(request)}
    if error.status == 401:
        headers["WWW-Authenticate"] = str(getattr(error, "challenge", "Bearer")).format(**error.params)
    if error.status in (409, 503):
        headers["Retry-After"] = "1"
    if error.status == 429:
        headers["Retry-After"] = str(error.params.get("seconds", 1))
    return JSONResponse(
        problem_body(error, request, **more),
        status_code=error.status,
        media_type="application/problem+json",
        headers=headers,
    )


def refuse(request: Request, error: LedgerError) -> JSONResponse:
    """The answer to a request that was refused before its route ran."""
    return _ledger_error(request, error)


def install(app: FastAPI) -> None:
    """Makes the application answer every error with a problem document."""
    app.add_exception_handler(LedgerError, _ledger_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unforeseen)


def responses(*errors: type[LedgerError]) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may raise `errors`. Its OpenAPI has those that its code reaches besides."""
    by_status: dict[int, list[type[LedgerError]]] = {}
    always: tuple[type[LedgerError], ...] = (TokenMissing, RequestInvalid)
    for error in (*always, *errors):
        by_status.setdefault(error.status, []).append(error)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    codes = {status: tuple(dict.fromkeys(kind.code for kind in kinds)) for status, kinds in by_status.items()}
    return {
        status: {"description": ", ".join(found), "content": content, "x-codes": list(found)}
        for status, found in codes.items()
    }


def _ledger_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LedgerError)
    if error.status >= 500:
        log.warning("request failed", code=error.code, path=request.url.path, reason=str(error))
    return _refused(error, request)


def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    found = [_field_error(item) for item in error.errors()]
    first = found[0]
    invalid = RequestInvalid(reason=f"{first['field']}: {first['message']}")
    return _refused(invalid, request, errors=found)


def _refused(error: LedgerError, request: Request, **more: object) -> JSONResponse:
    """The answer that carries `error`, once the audit log has it."""
    request.app.state.refusals.note(request, error)
    return problem_response(error, request, **more)


def _field_error(item: Mapping[str, Any]) -> dict[str, object]:
    where: Sequence[object] = item["loc"]
    return {"field": ".".join(str(part) for part in where), "message": item["msg"], "kind": item["type"]}


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    known: LedgerError
    if isinstance(error.__cause__, LedgerError):  # raised while the body was being read
        known = error.__cause__
    elif isinstance(error.__cause__, RecursionError):
        known = RequestTooDeep()
    elif error.status_code == 404:
        known = RouteUnknown(method=request.method, path=request.url.path)
    elif error.status_code == 405:
        known = MethodNotAllowed(method=request.method, path=request.url.path)
    else:
        known = RequestInvalid(reason=str(error.detail))
        if error.status_code not in (400, known.status):  # a body that can't be parsed is as invalid as any other
            request.app.state.refusals.note(request, known)
            body = problem_body(known, request) | {"status": error.status_code}
            return JSONResponse(
                jsonable_encoder(body), status_code=error.status_code, media_type="application/problem+json"
            )
    return _refused(known, request)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.exception("unforeseen error", path=request.url.path, exc_info=error)
    return _refused(LedgerError(reason=type(error).__name__), request)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return str(value)
