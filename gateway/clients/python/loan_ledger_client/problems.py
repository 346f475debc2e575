"""Refusals as exceptions: the gateway's problem document, by HTTP status; act on `code`, show `detail`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from pydantic import ValidationError

from loan_ledger_client import models


class Problem(Exception):
    """The gateway refused. `code` is stable; `document` holds all that it said."""

    def __init__(self, document: models.Problem, request: str) -> None:
        super().__init__(f"{request}: {document.detail} ({document.code})")
        self.document = document

    @property
    def code(self) -> str:
        """Stable; `loan_ledger_client.codes` lists all."""
        return self.document.code

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.document.status

    @property
    def detail(self) -> str:
        """What was wrong, what was expected and what to do, in the client's language."""
        return self.document.detail

    @property
    def params(self) -> Mapping[str, Any]:
        """The values in the text."""
        return self.document.params


class NotSignedIn(Problem):
    """401: no token, or one that is unknown, expired or revoked."""


class NotAllowed(Problem):
    """403: the seat, the key or the caller may not."""


class NotThere(Problem):
    """404: there is none, or it belongs to others."""


class StateConflict(Problem):
    """409: the state of the ledger or of the resource does not allow it now."""


class RequestRefused(Problem):
    """400, 413 or 422: the request is wrong; it would be refused again."""


class TooMany(Problem):
    """429: too many requests; the client has already asked again for as long as its patience lasts."""


class Unavailable(Problem):
    """502, 503 or 504: something that the gateway needs is away."""


class GatewayGone(Exception):
    """No answer for as long as the client's patience lasts. A change may have been accepted: repeat it with `key`."""

    def __init__(self, request: str, seconds: float, key: str | None) -> None:
        super().__init__(f"{request}: no answer from the gateway for {seconds:g} s")
        self.key = key


_BY_STATUS: Mapping[int, type[Problem]] = {
    400: RequestRefused, 401: NotSignedIn, 403: NotAllowed, 404: NotThere, 409: StateConflict, 413: RequestRefused,
    422: RequestRefused, 429: TooMany, 502: Unavailable, 503: Unavailable, 504: Unavailable,
}  # fmt: skip


def problem_of(response: httpx.Response, request: str) -> Problem:
    """The refusal that a response carries, also if something between client and gateway answered in its place."""
    try:
        document = models.Problem.model_validate_json(response.content)
    except ValidationError:
        document = models.Problem(
            type="about:blank", title=response.reason_phrase, detail=response.text[:500], status=response.status_code,
            code=f"http.{response.status_code}", params={}, instance=response.request.url.path,
        )  # fmt: skip
    return _BY_STATUS.get(response.status_code, Problem)(document, request)
