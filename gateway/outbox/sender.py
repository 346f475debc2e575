"""Sends the outbox of one key: queued -> signed -> sent -> mined -> final or failed, safe to be killed at every step.

What holds at every moment: a transaction is broadcast only after its raw form is stored; a nonce is given out only with
a stored raw transaction that uses it, in order, above all that chain and outbox know; a call whose simulation is
refused gets no nonce; nothing is stored once the key's lease is lost. Each step's parts: `chain`, `following`,
`broadcast`, `replacing`, `queue`, `nonces`. One at a time in all processes of a seat for each key.
"""

from __future__ import annotations

import threading
import time

import structlog

from chain.errors import LedgerError
from gateway.outbox.broadcast import broadcast
from gateway.outbox.errors import PoolFull
from gateway.outbox.following import Following
from gateway.outbox.line import Line
from gateway.outbox.nonces import sign
from gateway.outbox.queue import Queue
from gateway.outbox.replacing import look_after
from gateway.outbox.simulation import GasBook
from gateway.outbox.tables import Status

log = structlog.get_logger()

_AWAY = 0.5  # seconds between looks while what a key needs is away
_IDLE = 2.0  # seconds between looks at an empty queue that nobody has announced anything for
_GATHER_MOST = 0.12  # seconds to gather more after a step that signed, which rests as long as it worked


class Sender:
    """One key's thread."""

    def __init__(self, line: Line, book: GasBook) -> None:
        self._line = line
        self._following = Following(line, book)
        self._queue = Queue(line, book)
        self._wake = line.outbox.waker(line.address)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._full_until = 0.0
        self._signed = False
        self.problem: str | None = None

    @property
    def name(self) -> str:
        """As a duty."""
        return f"sender:{self._line.address}"

    def start(self) -> None:
        """Starts the thread; it takes up whatever an earlier process left."""
        self._thread = threading.Thread(target=self._run, name=f"outbox {self._line.signer.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its current step."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=20)
        self._line.outbox.forget(self._wake)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            pause, began = self._line.pace.poll, time.monotonic()
            try:
                busy = self.step()
                self.problem = self._line.problem
                if self.problem is not None:  # a key or a pool that is away now is away for a while
                    pause = max(pause, _AWAY)
            except LedgerError as error:
                self.problem = error.message()
                log.warning("outbox waits", key=self._line.signer.name, code=error.code, reason=str(error))
                busy = True
                pause = min(1.0, pause * 5)
                self._stop.wait(pause)
            except Exception:
                self.problem = "unforeseen error, see the log"
                log.exception("outbox step failed")
                busy = True
                self._stop.wait(1.0)
            if self._signed:
                self._stop.wait(min(_GATHER_MOST, time.monotonic() - began))
            self._wake.wait(pause if busy else _IDLE)

    def step(self) -> bool:
        """Moves every transaction as far as it goes now. True if some are still on their way."""
        line = self._line
        self._signed = False
        line.problem = None
        line.load()
        if not line.flights.by_seq and not self._queue.any():
            return False
        try:
            self._advance()
        finally:
            line.flush()
        return True

    def _advance(self) -> None:
        line = self._line
        newest = line.chain.look()
        self._following.follow(newest)
        self._following.settle()
        if time.monotonic() >= self._full_until:
            try:
                broadcast(line, line.flights.of(Status.SIGNED))
                look_after(line, self._following)
                ready = self._queue.ready(newest)
                if ready:
                    signed = sign(line, ready, newest)
                    self._signed = True
                    broadcast(line, signed)
            except PoolFull as full:
                self._full_until = time.monotonic() + 1.0
                line.problem = full.message()
                log.warning("outbox waits", key=line.signer.name, code=full.code)
