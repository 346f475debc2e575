"""The duty that delivers: one task for each active webhook, all in one event loop of one thread.

What holds: a webhook's cursor never moves past an event that was neither delivered nor kept as a dead letter, and its
events are posted one at a time, in their order, each at least once; after a crash the newest may be posted again, with
their ids. One that fails or is slow holds up no other: it waits in its own task, and its tries have slots of their own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import anyio.to_thread
import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from gateway.events.hub import open_log
from gateway.events.tail import Tail, Wakeups
from gateway.leases import LeaseLost
from gateway.seat import Seat
from gateway.webhooks import repository
from gateway.webhooks.connecting import Connections, Resolver, look_up
from gateway.webhooks.progress import Progress
from gateway.webhooks.secrets import Vault
from gateway.webhooks.subscription import Slots, Subscription
from gateway.webhooks.tables import WebhookRow

log = structlog.get_logger()

NAME: Final = "webhooks"
_REST_SECONDS = 5.0
_LOOK_SECONDS = 0.25  # how soon a change of the webhooks themselves is seen


class Delivery:
    """Delivers for one seat. The seat's database must be the one that is fenced by this duty's lease."""

    name: Final = NAME

    def __init__(self, seat: Seat, resolve: Resolver = look_up) -> None:
        self._seat = seat
        self._resolve = resolve
        self.problem: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread; it takes up whatever an earlier process left."""
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends after noting what was delivered; what is being posted is given up, and posted again by the next."""
        self._stopping.set()
        loop, stop = self._loop, self._stop
        if loop is not None and stop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._main())
            except LeaseLost:
                log.warning("webhooks are another process's now")
                return
            except LedgerError as error:
                self.problem = error.message()
                log.warning("webhooks wait", code=error.code, reason=str(error))
            except Exception:
                self.problem = "unforeseen error, see the log"
                log.exception("webhooks failed")
            self._stopping.wait(1.0)

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(64, "webhook names"))  # slow names hold up no other
        self._stop, self._loop = asyncio.Event(), loop
        if self._stopping.is_set():
            return
        database = self._seat.database
        wakeups = Wakeups(self._seat.outbox.waker())
        tails = {"recorded": Tail(database, confirmed=False), "confirmed": Tail(database, confirmed=True)}
        connections = Connections(self._seat.settings.webhooks, self._resolve)
        progress = Progress(database)
        wakeups.start()
        log_name = await anyio.to_thread.run_sync(open_log, database)
        for tail in tails.values():
            await tail.start()
            wakeups.add(tail)
        running = _Running(self._seat, log_name, tails, connections, progress)
        saving = asyncio.create_task(progress.run())
        try:
            while not self._stop.is_set():
                await running.look()
                if saving.done():
                    saving.result()
                self.problem = None
                await _within(self._stop, _LOOK_SECONDS)
        finally:
            await running.end()
            saving.cancel()
            await asyncio.gather(saving, return_exceptions=True)
            wakeups.stop()
            for tail in tails.values():
                await tail.stop()
            await connections.close()
        await progress.save()


class _Running:
    """The tasks of the active webhooks, kept in step with what is stored."""

    def __init__(
        self, seat: Seat, log_name: str, tails: dict[str, Tail], connections: Connections, progress: Progress
    ) -> None:
        self._seat = seat
        self._log_name = log_name
        self._tails = tails
        self._connections = connections
        self._progress = progress
        self._vault = Vault(seat.reading_key)
        self._slots = Slots(seat.settings.webhooks.concurrency)
        self._resting: dict[int, float] = {}  # until when, after an unforeseen error
        self._tasks: dict[int, tuple[int, Subscription, asyncio.Task[None]]] = {}

    async def look(self) -> None:
        """Starts and ends tasks as webhooks come, change and go. Raises what a task failed with."""
        rows, asked = await anyio.to_thread.run_sync(self._read)
        wanted = {row.seq: row for row in rows}
        over = [
            seq
            for seq, (turn, _, task) in self._tasks.items()
            if seq not in wanted or wanted[seq].turn != turn or task.done()
        ]
        if over:
            for seq in over:
                await self._forget(seq)
            await self._progress.save()  # the next turn begins behind what was delivered in this one
            rows, asked = await anyio.to_thread.run_sync(self._read)
            wanted = {row.seq: row for row in rows}
        for seq, row in wanted.items():
            if seq not in self._tasks and time.monotonic() > self._resting.get(seq, 0.0):
                subscription = Subscription(
                    row,
                    self._log_name,
                    self._tails[row.state],
                    self._connections,
                    self._progress,
                    self._vault,
                    self._slots,
                    self._seat.settings.webhooks,
                )
                task = asyncio.create_task(subscription.run(), name=row.id)
                self._tasks[seq] = (row.turn, subscription, task)
        for seq in asked & self._tasks.keys():
            self._tasks[seq][1].asked = True

    async def end(self) -> None:
        """Ends all tasks."""
        tasks = [task for _, _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def _read(self) -> tuple[list[WebhookRow], set[int]]:
        def read(session: Session) -> tuple[list[WebhookRow], set[int]]:
            return list(repository.active(session)), {webhook for webhook, _, _ in repository.asked(session)}

        with self._seat.database.read() as session:
            return read(session)

    async def _forget(self, seq: int) -> None:
        _, subscription, task = self._tasks.pop(seq)
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        if isinstance(ended, LedgerError):
            raise ended  # of the database or the lease: it concerns all
        if isinstance(ended, Exception):
            log.error("webhook failed", webhook=subscription.id, exc_info=ended)
            self._resting[seq] = time.monotonic() + _REST_SECONDS
        else:
            log.info("webhook ended", webhook=subscription.id)


async def _within(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
