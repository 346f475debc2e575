"""The newest events in memory, read once for all who follow the log in this process, whoever committed them.

Each event loop has its own `Tail`. It wakes when this process or another one committed, and every second in any case;
while nobody follows it reads nothing. Readers keep nothing but their position; who has fallen behind what is in memory
reads pages from the database.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Sequence

import anyio.to_thread
import structlog
from anyio import CapacityLimiter

from gateway.database import Database
from gateway.events import repository
from gateway.events.repository import Selection
from gateway.events.tables import EventRow

log = structlog.get_logger()

KEPT = 2_000  # events in memory, and at most so many read at once
_PAGE = 200
_LOOK_SECONDS = 1.0
_GATHER_SECONDS = 0.1
_ALONE_SECONDS = 5.0  # so long after the last follower's question it goes on reading
_READERS = 4  # threads that read for all followers of a loop


class Tail:
    """Follows the log as recorded, or as confirmed. Made and used in one event loop."""

    def __init__(self, database: Database, *, confirmed: bool) -> None:
        self.database = database
        self._all = Selection(confirmed=confirmed)
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._changed = asyncio.Event()
        self._rows: deque[EventRow] = deque(maxlen=KEPT)
        self._readers = CapacityLimiter(_READERS)
        self._task: asyncio.Task[None] | None = None
        self._waiting = 0  # followers that wait for the next event
        self._asked_at = 0.0
        self._asleep = True
        self._waking = asyncio.Lock()
        self.floor = 0  # all events above it, up to `position`, are in memory
        self.position = 0

    async def start(self) -> None:
        """Begins to follow the log once somebody asks."""
        self._task = asyncio.create_task(self._run(), name="event tail")

    async def stop(self) -> None:
        """Ends it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """Has it look for new events; from any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def next(self, after: int, selection: Selection, seconds: float) -> tuple[Sequence[EventRow], int]:
        """The next events above `after` that are asked for, and the position up to which all was looked at.

        Waits for one at most `seconds`; nothing new gives no events.
        """
        deadline = self._loop.time() + seconds
        await self.end_of_log()
        while True:
            if after < self.floor or (after < self.position and not selection.plain):
                rows, reached = await self._page(after, selection)
            else:
                reached = self.position
                rows = [row for row in self._rows if row.seq > after and selection.takes(row)]
            if rows:
                return rows, max(reached, rows[-1].seq)
            after = max(after, reached)
            left = deadline - self._loop.time()
            if left <= 0:
                return [], after
            if after >= self.position:
                self._waiting += 1
                try:
                    await _within(self._changed, left)
                finally:
                    self._waiting -= 1
                    self._asked_at = self._loop.time()

    async def end_of_log(self) -> int:
        """The position of the newest event that may be read."""
        self._asked_at = self._loop.time()
        if self._asleep:
            async with self._waking:
                if self._asleep:
                    reached = await anyio.to_thread.run_sync(self._reach, limiter=self._readers)
                    self._rows.clear()
                    self.floor = self.position = reached
                    self._asleep = False
        return self.position

    async def _page(self, after: int, selection: Selection) -> tuple[Sequence[EventRow], int]:
        def read() -> tuple[Sequence[EventRow], int]:
            with self.database.read() as session:
                reach = repository.reach(session, selection)
                rows = repository.page(session, after, _PAGE, selection)
                return rows, (rows[-1].seq if len(rows) == _PAGE else reach)

        return await anyio.to_thread.run_sync(read, limiter=self._readers)

    async def _run(self) -> None:
        while True:
            await _within(self._woken, _LOOK_SECONDS)
            self._woken.clear()
            if not self._waiting and self._loop.time() - self._asked_at > _ALONE_SECONDS:
                self._asleep = True
            if self._asleep:
                continue
            try:
                while await self._take():
                    pass
            except Exception:
                log.exception("the event log can't be read")

    async def _take(self) -> bool:
        rows, reached = await self._page(self.position, self._all)
        if reached <= self.position:
            return False
        dropped = len(self._rows) + len(rows) - KEPT
        if dropped > 0:
            self.floor = self._rows[dropped - 1].seq
        self._rows.extend(rows)
        self.position = reached
        self._changed.set()
        self._changed = asyncio.Event()
        return len(rows) == _PAGE

    def _reach(self) -> int:
        with self.database.read() as session:
            return repository.reach(session, self._all)


class Wakeups:
    """One thread that wakes the tails of this process when something was committed, here or elsewhere."""

    def __init__(self, waker: threading.Event) -> None:
        self._waker = waker
        self._tails: list[Tail] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="event wake-ups", daemon=True)

    def start(self) -> None:
        """Starts it."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it."""
        self._stop.set()
        self._waker.set()
        self._thread.join(timeout=5)

    def add(self, tail: Tail) -> None:
        """Wakes this one too."""
        self._tails = [*self._tails, tail]

    def remove(self, tail: Tail) -> None:
        """Wakes it no more."""
        self._tails = [one for one in self._tails if one is not tail]

    def _run(self) -> None:
        while not self._stop.is_set():
            self._waker.wait()
            self._waker.clear()
            for tail in self._tails:
                tail.wake()
            self._stop.wait(_GATHER_SECONDS)  # hundreds of commits a second are told in a few looks


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
