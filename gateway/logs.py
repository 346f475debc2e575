"""Structured logs: one JSON line per event on stderr, the same for this product's parts and the libraries below.

A request is logged with method, path, status and time; never with its body, headers or query, so that no token, key or
personal data gets in. What looks like a secret is blotted out, whoever logged it.
"""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SECRET_NAMES = re.compile(
    r"secret|password|passphrase|authori[sz]ation|cookie|private|mnemonic|(^|_)(token|pin|otp|totp|jwt)$", re.IGNORECASE
)
_SECRET_VALUES = re.compile(
    r"llt_[\w-]{8,}"  # opaque tokens
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]*"  # JSON web tokens
    r"|(?i:bearer|basic)\s+[\w.~+/=-]{8,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password in an address
)
HIDDEN = "[hidden]"


def hide_secrets(_: object, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Blots out what is secret by its name or by how it looks, whoever logged it."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = HIDDEN if _SECRET_NAMES.search(name) else _SECRET_VALUES.sub(HIDDEN, value)
    return event


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    hide_secrets,
)
_QUIET = ("uvicorn.access", "urllib3", "asyncio", "web3", "multipart", "python_multipart")


def configure_logging(level: str) -> None:
    """Sends everything from `level` on to stderr as JSON."""
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(level=number, handlers=[handler], force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class RequestLog:
    """Logs each request once it is answered, health checks only if they fail, and tells `answered` of it.

    answered: called with method, route template, status and seconds.
    """

    def __init__(self, app: ASGIApp, answered: Callable[[str, str | None, int, float], None]) -> None:
        self._app = app
        self._answered = answered
        self._log = structlog.get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            seconds = time.perf_counter() - began
            self._answered(scope["method"], scope.get("state", {}).get("template"), status, seconds)
            if status >= 400 or not scope["path"].startswith("/health/"):
                milliseconds = round(seconds * 1000, 1)
                self._log.info(
                    "request", method=scope["method"], path=scope["path"], status=status, milliseconds=milliseconds
                )
