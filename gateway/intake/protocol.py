"""Uvicorn's HTTP protocol with what it lacks: bounds on the time and size in which a request's head has to arrive.

Without them a stranger holds connections open by sending a byte now and then, or fills memory with headers.
"""

from __future__ import annotations

import asyncio
from typing import Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 32 * 1024


class BoundedHeads(HttpToolsProtocol):
    """Closes a connection whose request's head takes too long or grows too large."""

    head_seconds = HEAD_SECONDS
    head_bytes = HEAD_BYTES
    _patience: asyncio.TimerHandle | None = None
    _in_head = True
    _head_size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection begins with a head."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(self.head_seconds, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives before a head is complete."""
        if self._in_head:
            self._head_size += len(data)
            if self._patience is None:  # the first bytes of a further request on this connection
                self._patience = self.loop.call_later(self.head_seconds, self._give_up)
        super().data_received(data)
        if self._in_head and self._head_size > self.head_bytes:
            self._give_up()

    def on_headers_complete(self) -> None:
        """The head is there; the body is bounded elsewhere."""
        self._in_head, self._head_size = False, 0
        self._stop_waiting()
        if sum(len(name) + len(value) for name, value in self.headers) + len(self.url) > self.head_bytes:
            self._give_up()
            raise httptools.HttpParserError("head too large")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The next bytes belong to another request's head."""
        self._in_head = True
        super().on_message_complete()

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
