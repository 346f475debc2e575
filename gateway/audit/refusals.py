"""Refused requests in the audit log, so that a flood of them neither fills the disk nor slows anybody down.

The first refusal of a kind (caller, action, reason) in a minute is written before it is answered; those like it are
counted and written as one record with their number once the minute is over. Beyond a bound of kinds in a minute, kinds
are told apart no longer. Only requests that would have changed something count, and those of callers who were not let
in. If the database can't be written the refusal is answered all the same, and counted.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.orm import Session
from starlette.requests import Request

from chain.errors import LedgerError
from gateway.audit.records import SEAT_TENANT, Record
from gateway.audit.service import append, append_all
from gateway.database import Database

log = structlog.get_logger()

ANONYMOUS: Final = "anonymous"
VARIOUS: Final = "various"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NOT_LET_IN = frozenset({401, 403, 429})
_MOST_KINDS = {True: 20, False: 120}  # in a minute, of unknown callers and of known ones
_MINUTE = 60.0
_LOOK_SECONDS = 5.0

_Kind = tuple[str, str, str, str]  # actor, tenant, action, code


@dataclass
class _Counted:
    since: float
    more: int = 0


class Refusals:
    """Counts and writes the refusals of one gateway process."""

    def __init__(self, database: Database, minute: float = _MINUTE) -> None:
        self._database = database
        self._minute = minute
        self._lock = threading.Lock()
        self._kinds: dict[_Kind, _Counted] = {}
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread that writes the numbers."""
        self._thread = threading.Thread(target=self._run, name="refusals", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what was counted and ends the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        self._write_counted(time.monotonic() + self._minute)

    def note(self, request: Request, error: LedgerError) -> None:
        """Takes note of a refused request, before it is answered; on the event loop without waiting for the commit."""
        if request.method in _SAFE and error.status not in _NOT_LET_IN:
            return
        actor = getattr(request.state, "actor", None)
        kind: _Kind = (
            ANONYMOUS if actor is None else actor.id,
            SEAT_TENANT if actor is None else actor.tenant,
            action_of(request),
            error.code,
        )
        record = Record(*kind[:3], subject_of(request), f"refused:{error.code}")
        if not self._is_first(kind):
            return
        if _on_event_loop():
            writing = self._database.submit(lambda session: append(session, record))
            writing.add_done_callback(lambda done: self._count(kind, 1) if done.exception() is not None else None)
        elif not self._write(lambda session: append(session, record)):
            self._count(kind, 1)

    def _is_first(self, kind: _Kind) -> bool:
        with self._lock:
            counted = self._kinds.get(kind)
            if counted is None and self._crowded(unknown=kind[0] == ANONYMOUS):
                kind = (kind[0] if kind[0] == ANONYMOUS else VARIOUS, SEAT_TENANT, VARIOUS, VARIOUS)
                counted = self._kinds.get(kind)
                if counted is None:
                    self._kinds[kind] = _Counted(time.monotonic(), 1)
                    return False
            if counted is None:
                self._kinds[kind] = _Counted(time.monotonic())
                return True
            counted.more += 1
            return False

    def _crowded(self, *, unknown: bool) -> bool:
        alike = sum(1 for kind in self._kinds if (kind[0] == ANONYMOUS) == unknown)
        return alike >= _MOST_KINDS[unknown]

    def _run(self) -> None:
        while not self._ended.wait(min(_LOOK_SECONDS, self._minute / 4)):
            self._write_counted(time.monotonic())

    def _write_counted(self, moment: float) -> None:
        with self._lock:
            over = {kind: c for kind, c in self._kinds.items() if moment - c.since >= self._minute}
            for kind in over:
                del self._kinds[kind]
        records = [
            Record(*kind[:3], "", f"refused:{kind[3]}", {"more": str(c.more), "seconds": f"{self._minute:g}"})
            for kind, c in over.items()
            if c.more
        ]
        if records and not self._write(lambda session: append_all(session, records)):
            for kind, counted in over.items():
                self._count(kind, counted.more)

    def _count(self, kind: _Kind, more: int) -> None:
        with self._lock:
            self._kinds.setdefault(kind, _Counted(time.monotonic())).more += more

    def _write(self, work: Callable[[Session], None]) -> bool:
        try:
            self._database.grouped(work)
        except LedgerError as error:
            log.warning("refusals not recorded yet", code=error.code, reason=error.message())
            return False
        return True


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def action_of(request: Request) -> str:
    """The name of the operation, as in the OpenAPI document; the method alone where there is no such route."""
    endpoint = request.scope.get("endpoint")
    if endpoint is None:  # refused before the router found it, as the guard did
        endpoint, _ = getattr(request.state, "route", (None, {}))
    return getattr(endpoint, "__name__", "") or f"{request.method} unknown route"


def subject_of(request: Request) -> str:
    """What the path names, such as "loan_id:0x..."."""
    named: Mapping[str, object] = request.scope.get("path_params") or getattr(request.state, "route", (None, {}))[1]
    return " ".join(f"{name}:{value}" for name, value in named.items())
