"""The id that ties together what one request did: given by the caller or made, answered, and put into log and records.

`X-Request-Id` is taken over if it is 1 to 64 of the characters A-Z a-z 0-9 . _ -; anything else is replaced by a fresh
one. A pure ASGI layer, so that it costs microseconds; request threads inherit the id through their context.
"""

from __future__ import annotations

import os
import re
from contextvars import ContextVar
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "X-Request-Id"
_RAW_HEADER: Final = HEADER.lower().encode()
_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request being handled; '' outside of one."""
    return _request_id.get()


class RequestIds:
    """Gives each request its id, and the id to its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value for name, value in scope["headers"] if name == _RAW_HEADER), b"")
        identifier = given if _GIVEN.fullmatch(given) else os.urandom(16).hex().encode()
        # Not reset at the end: each request runs in a task of its own, and the last handler of errors needs it too.
        _request_id.set(identifier.decode())
        structlog.contextvars.bind_contextvars(request_id=identifier.decode())

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                if not any(name.lower() == _RAW_HEADER for name, _ in headers):
                    message["headers"] = [*headers, (_RAW_HEADER, identifier)]
            await send(message)

        await self._app(scope, receive, named)
