"""Marks a route that is to go: in the document, and in the headers of all its answers (RFC 9745, RFC 8594).

    @router.get("/old", deprecated=True, dependencies=[deprecated(date(2027, 1, 1), date(2028, 2, 1), "/v1/new")])

The versioning policy (docs/api.md) gives twelve months at least between the two dates; less is refused at start.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any, Final

from fastapi import Depends, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTICE_DAYS: Final = 365


def deprecated(since: date, sunset: date, successor: str) -> Any:
    """The dependency that tells callers. successor: path of what replaces it. Raises ValueError for a short notice."""
    if (sunset - since).days < NOTICE_DAYS:
        raise ValueError(f"{successor}: a route is served for {NOTICE_DAYS} days after it was deprecated")
    headers = {
        "Deprecation": f"@{int(_midnight(since).timestamp())}",
        "Sunset": format_datetime(_midnight(sunset), usegmt=True),
        "Link": f'<{successor}>; rel="successor-version"',
    }

    def tell(request: Request) -> None:
        request.state.announced = headers

    return Depends(tell)


class Announcements:
    """Puts what a route announces into the headers of its answers, whoever made them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def announce(message: Message) -> None:
            if message["type"] == "http.response.start":
                found: dict[str, str] = scope.get("state", {}).get("announced", {})
                if found:
                    MutableHeaders(scope=message).update(found)
            await send(message)

        await self._app(scope, receive, announce)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
