"""The seat's duties as a process of their own: all of its work but answering requests.

Python runs one thread of a process at a time, so that a busy seat answers and sends faster from two. Leases make it
safe to have any number of either kind. `serve` starts this process, starts it again if it ends, and ends it: by a word
on its standard input; if that is closed without one, `serve` was killed, and this process ends at once as well.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

import structlog

from chain.ledger.roles import Role
from gateway import garbage
from gateway.account_statements.desk import Desk
from gateway.audit.anchoring import DUTY as ANCHORING
from gateway.audit.anchoring import Anchoring
from gateway.intake.recursion import keep_bound
from gateway.seat import Seat
from gateway.settings import SeatSettings
from gateway.tracing.setup import Tracing, open_tracing
from gateway.tracing.transactions import TransactionSpans
from gateway.webhooks import delivery as webhook_delivery
from gateway.webhooks.delivery import Delivery

log = structlog.get_logger()
_STOP = b"stop\n"
_STOP_SECONDS = 15.0
_AGAIN_SECONDS = 1.0


def offer_duties(seat: Seat, tracing: Tracing) -> None:
    """Adds the duties that a seat has beside following the chain and sending."""
    if tracing.enabled:
        seat.on_stop(tracing.close)
        seat.duties.add(TransactionSpans.name, lambda lease: TransactionSpans(seat.fenced(lease).database, tracing))
    if seat.signers:
        seat.duties.add(ANCHORING, lambda lease: Anchoring(seat.fenced(lease)))
    if seat.role is Role.BANK:
        seat.duties.add("desk", lambda lease: Desk(seat.fenced(lease)))
    seat.duties.add(webhook_delivery.NAME, lambda lease: Delivery(seat.fenced(lease)))


def work(state: Path, settings: SeatSettings) -> None:
    """Does the seat's duties until told to stop."""
    keep_bound()
    seat = Seat(state, settings)
    offer_duties(seat, open_tracing(settings.otlp_endpoint, settings.seat, settings.role.value))
    garbage.spare()
    told = threading.Event()

    def listen() -> None:
        if sys.stdin.buffer.readline() != _STOP and not told.is_set():
            os._exit(1)
        told.set()

    def stop(_: int, __: FrameType | None) -> None:
        told.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from a terminal it reaches `serve` too, which sends the word
    threading.Thread(target=listen, daemon=True).start()
    seat.start(works=True)
    told.wait()
    seat.stop()


class WorkProcess:
    """The process as `serve` keeps it."""

    def __init__(self, state: Path, seat: str) -> None:
        self._command = [sys.executable, "-m", "gateway", "work", "--state", str(state), "--seat", seat]
        self._process: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="work process", daemon=True)

    def start(self) -> None:
        """Starts it, and again whenever it ends."""
        self._begin()
        self._thread.start()

    def stop(self) -> None:
        """Ends it after its current steps."""
        self._stop.set()
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(_STOP)
            process.stdin.close()
        except OSError:
            pass  # it has ended already
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _begin(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE)  # noqa: S603 - our own program

    def _keep(self) -> None:
        while self._process is not None:
            code = self._process.wait()
            if self._stop.wait(_AGAIN_SECONDS):
                return
            log.error("work process ended", code=code)
            self._begin()
