"""Reads request bodies within bounds: of size while they arrive, whatever Content-Length says, and of time.

Memory stays flat: what is above the limit is refused with the first byte too many, and nothing is ever unpacked.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import RequestTooLarge
from gateway.intake.errors import EncodingNotTaken, RequestTooSlow
from gateway.problems import refuse

_UPLOADS = ("/v1/documents", "/v1/account-statements")


@dataclass(frozen=True)
class Bounds:
    """Most bytes of an ordinary body and of an upload, and seconds in which a body has to arrive."""

    body: int
    upload: int
    seconds: float


class BoundedBodies:
    """Refuses bodies that are too large, too slow or encoded."""

    def __init__(self, app: ASGIApp, bounds: Bounds) -> None:
        self._app = app
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("", "identity"):
            await refuse(request, EncodingNotTaken(encoding=encoding[:40]))(scope, receive, send)
            return
        limit = self._bounds.upload if _is_upload(scope["path"]) else self._bounds.body
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            await refuse(request, RequestTooLarge(limit=limit))(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive, limit, self._bounds.seconds), send)


class _Bounded:
    """The messages of one request, counted and timed until its body is complete."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._seen = 0
        self._complete = False

    async def __call__(self) -> Message:
        if self._complete:  # what follows is only the caller's leaving, for which an answer may wait long
            return await self._receive()
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._end - time.monotonic()))
        except TimeoutError:
            raise RequestTooSlow(seconds=f"{self._seconds:g}") from None
        if message["type"] == "http.request":
            self._seen += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._seen > self._limit:
                raise RequestTooLarge(limit=self._limit)
        return message


def _is_upload(path: str) -> bool:
    return path in _UPLOADS or (
        path.startswith(("/v1/loans/", "/look/loans/")) and path.endswith(("/documents", "/check"))
    )
