"""Server-sent events: one response that goes on until the reader leaves, stalls, or the gateway stops.

Uses no thread and no buffer of its own: a reader that takes nothing for `stall_seconds` is cut off, and comes back with
the id of the last event it saw. Nobody waits for it meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chain.errors import LedgerError
from gateway.events.reading import event_id, wire
from gateway.events.repository import Selection
from gateway.events.tail import Tail

log = structlog.get_logger()


@dataclass(frozen=True)
class Pace:
    """Seconds: between signs of life, until a reader that takes nothing is cut off, and until who reads is checked."""

    heartbeat: float
    stall: float
    check: float


class EventStream(Response):
    """The events above `after` that `selection` asks for, and then each new one.

    may_read: raises a LedgerError once the reader may read no more. ended: called when the stream is over.
    """

    def __init__(
        self,
        tail: Tail,
        log_name: str,
        selection: Selection,
        after: int,
        pace: Pace,
        closing: asyncio.Event,
        may_read: Callable[[], Awaitable[None]],
        ended: Callable[[], None],
    ) -> None:
        super().__init__(media_type="text/event-stream; charset=utf-8")
        self.headers["Cache-Control"] = "no-store"
        self.headers["X-Accel-Buffering"] = "no"
        del self.headers["content-length"]
        self._tail = tail
        self._log_name = log_name
        self._selection = selection
        self._after = after
        self._pace = pace
        self._closing = closing
        self._may_read = may_read
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends until one of the ends comes."""
        try:
            async with asyncio.timeout(self._pace.stall):
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            ends = [asyncio.create_task(_left(receive)), asyncio.create_task(self._closing.wait())]
            pump = asyncio.create_task(self._pump(send))
            try:
                await asyncio.wait({pump, *ends}, return_when=asyncio.FIRST_COMPLETED)
                if pump.done():
                    pump.result()
            finally:
                for task in (pump, *ends):
                    task.cancel()
                await asyncio.gather(pump, *ends, return_exceptions=True)
            async with asyncio.timeout(1):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("event stream cut off", reason="the reader takes nothing")
        except LedgerError as error:
            log.info("event stream ended", code=error.code)
            await send({"type": "http.response.body", "body": _refusal(error), "more_body": False})
        finally:
            self._ended()

    async def _pump(self, send: Send) -> None:
        clock = asyncio.get_running_loop().time
        checked = clock()
        await self._send(send, "retry: 1000\n\n")
        while True:
            seconds = min(self._pace.heartbeat, self._pace.check)
            rows, self._after = await self._tail.next(self._after, self._selection, seconds)
            if clock() - checked >= self._pace.check:
                await self._check()
                checked = clock()
            text = "".join(
                f"id: {event_id(self._log_name, row.seq)}\nevent: {row.type}\ndata: {wire(row, self._log_name)}\n\n"
                for row in rows
            )
            # Without events, the position moves on all the same: nothing below it was asked for.
            await self._send(send, text or f": alive\nid: {event_id(self._log_name, self._after)}\n\n")

    async def _check(self) -> None:
        """Raises what ends the stream; a database that doesn't answer now says nothing about the reader."""
        try:
            await self._may_read()
        except LedgerError as error:
            if error.status < 500:
                raise
            log.warning("reader of a stream not checked", code=error.code)

    async def _send(self, send: Send, text: str) -> None:
        async with asyncio.timeout(self._pace.stall):
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _refusal(error: LedgerError) -> bytes:
    told = {"code": error.code, "en": error.message("en"), "zh": error.message("zh")}
    return f"event: refused\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()
