"""Group commit: pieces of work of many threads in one transaction, so that one flush to disk serves them all.

While one group is being committed, the next one gathers; alone, a piece of work waits for nobody. The error of one
undoes nothing but itself: where one raises, the group is run again, each piece in a savepoint of its own. One that
takes long is committed at once, with those before it; those behind it go into the next group. One that breaks the
connection fails alone; the others are run again.
"""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway.database.errors import DatabaseUnavailable, typed
from gateway.database.writer import Writer

_T = TypeVar("_T")
_MOST = 256  # pieces of work in one commit
_LONG_SECONDS = 0.05


@dataclass
class _Work:
    run: Callable[[Session], Any]
    future: Future[Any] = field(default_factory=Future)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    result: Any = None
    error: BaseException | None = None


class _ConnectionBroken(Exception):
    """The transaction is gone; `work` was running."""

    def __init__(self, work: _Work, error: BaseException) -> None:
        super().__init__()
        self.work = work
        self.error = error


class Committer:
    """The thread that runs what was submitted, in order, and commits it in groups."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def submit(self, work: Callable[[Session], _T]) -> Future[_T]:
        """Has `work` run; its result is there after the commit. Raises DatabaseUnavailable once closed."""
        one = _Work(work)
        with self._start:
            if self._closed:
                raise DatabaseUnavailable(reason="the gateway is stopping")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
                self._thread.start()
            self._queue.put(one)
        return one.future

    def close(self) -> None:
        """Ends the thread after all that was submitted."""
        with self._start:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        waiting: list[_Work] = []
        ending = False
        while not ending or waiting:
            if not waiting and (first := self._queue.get()) is not None:
                waiting.append(first)
            elif not waiting:
                return
            while len(waiting) < _MOST:
                try:
                    one = self._queue.get_nowait()
                except Empty:
                    break
                if one is None:
                    ending = True
                else:
                    waiting.append(one)
            works = [one for one in waiting if one.future.running() or one.future.set_running_or_notify_cancel()]
            waiting = self._commit(works)

    def _commit(self, works: Sequence[_Work]) -> list[_Work]:
        """Runs and commits; returns those that were left for the next group."""
        if not works:
            return []
        left = self._run_all(works, apart=False)
        if left is None:  # most groups need no savepoints, which cost as much as a small piece of work
            left = self._run_all(works, apart=True)
            assert left is not None, "an error of one is kept with it"
        return left

    def _run_all(self, works: Sequence[_Work], *, apart: bool) -> list[_Work] | None:
        """Runs and commits; returns those left, None if one raised and nothing was done (never with savepoints)."""
        done: list[_Work] = []
        left: list[_Work] = []
        running = False
        try:
            with self._writer.transaction() as connection:
                running = True
                end = time.monotonic() + _LONG_SECONDS
                for number, work in enumerate(works):
                    _run_one(connection, work, apart=apart)
                    done.append(work)
                    if time.monotonic() > end:
                        left = list(works[number + 1 :])
                        break
                running = False
        except _ConnectionBroken as broken:
            broken.work.future.set_exception(broken.error)
            return [work for work in works if work is not broken.work]
        except BaseException as error:
            if running and not apart and len(works) > 1:
                return None
            for work in works:
                work.future.set_exception(work.error or error)
            return []
        for work in done:
            if work.error is not None:
                work.future.set_exception(work.error)
            else:
                work.future.set_result(work.result)
        return left


def _run_one(connection: Connection, work: _Work, *, apart: bool) -> None:
    savepoint = None
    work.result = work.error = None
    try:
        savepoint = connection.begin_nested() if apart else None
        with Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
            work.result = work.context.run(work.run, session)
            session.flush()
        if savepoint is not None:
            savepoint.commit()
    except BaseException as error:
        work.error = typed(error) or error if isinstance(error, DBAPIError) else error
        if savepoint is None:
            raise work.error from error
        try:
            savepoint.rollback()
        except Exception:
            raise _ConnectionBroken(work, work.error) from error
        if connection.invalidated:
            raise _ConnectionBroken(work, work.error) from error
