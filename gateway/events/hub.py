"""What one gateway process needs to serve events: the log's name, a tail for each way of reading, and its streams."""

from __future__ import annotations

import asyncio
import signal
import threading
from types import FrameType
from typing import Any

import anyio.to_thread
from anyio import CapacityLimiter

from gateway.database import Database
from gateway.errors import GatewayError
from gateway.events import proposals as _proposals  # noqa: F401  # publishes once it is imported
from gateway.events.errors import TooManyStreams
from gateway.events.service import ensure_log, log_name
from gateway.events.tail import Tail, Wakeups


class EventHub:
    """Made and used in the event loop that serves requests. waker: set whenever something was committed."""

    def __init__(self, database: Database, waker: threading.Event, max_streams: int) -> None:
        self._database = database
        self._wakeups = Wakeups(waker)
        self._max_streams = max_streams
        self._streams = 0
        self.closing = asyncio.Event()
        self.askers = CapacityLimiter(2)  # threads that ask whether the readers of streams may still read
        self.recorded = Tail(database, confirmed=False)
        self.confirmed = Tail(database, confirmed=True)
        self.log = ""

    async def start(self) -> None:
        """Begins to follow the log."""
        self.log = await anyio.to_thread.run_sync(open_log, self._database)
        self._wakeups.start()
        for tail in (self.recorded, self.confirmed):
            await tail.start()
            self._wakeups.add(tail)
        self._close_streams_on_signals()

    async def stop(self) -> None:
        """Ends all streams and follows no more."""
        self.closing.set()
        for tail in (self.recorded, self.confirmed):
            self._wakeups.remove(tail)
            await tail.stop()
        await anyio.to_thread.run_sync(self._wakeups.stop)

    def tail(self, *, confirmed: bool) -> Tail:
        """The tail for one way of reading."""
        return self.confirmed if confirmed else self.recorded

    def admit(self) -> None:
        """Counts a new stream. Raises TooManyStreams."""
        if self._streams >= self._max_streams:
            raise TooManyStreams(limit=self._max_streams)
        self._streams += 1

    def leave(self) -> None:
        """One stream less."""
        self._streams -= 1

    def _close_streams_on_signals(self) -> None:
        """A server that was told to stop waits for its responses: streams end themselves then, so that it needn't."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before: Any = signal.getsignal(number)

            def close(signum: int, frame: FrameType | None, before: Any = before) -> None:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self.closing.set)
                if callable(before):
                    before(signum, frame)

            signal.signal(number, close)


def open_log(database: Database) -> str:
    """The log's name; made with the log if there is none."""
    with database.read() as session:
        name = log_name(session)
    if name is None:
        with database.write() as session:
            ensure_log(session.connection())
        with database.read() as session:
            name = log_name(session)
    if name is None:
        raise GatewayError(reason="the event log could not be made")
    return name
