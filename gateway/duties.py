"""What exactly one process of a seat does at a time: sending for a key, following the chain, the bank's desk.

All processes of a seat's database offer their duties here, and each runs its share of them, every one under a lease.
When a process ends or stops answering, the others take its duties over within seconds; when one comes, it gets its
share. A duty asserts its lease in each of its writes, so that one that was taken over can store nothing more.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from sqlalchemy import JSON, Float, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import LedgerError
from gateway.database import Database, Table
from gateway.leases import LEASE_SECONDS, Lease, Leases, is_gone, seconds_now, stands, this_process

log = structlog.get_logger()
ROUND_SECONDS = 1.5
_STOP_SECONDS = 30.0


class Duty(Protocol):
    """Work that goes on until it is stopped. problem: what hinders it now."""

    @property
    def name(self) -> str:
        """As in `Duties.add`."""

    @property
    def problem(self) -> str | None:
        """What hinders it now."""

    def start(self) -> None:
        """Begins; returns at once."""

    def stop(self) -> None:
        """Ends after the current step; nothing of it runs when this returns."""


class ProcessRow(Table):
    """A live process of the seat and the duties that it could do."""

    __tablename__ = "gateway_processes"

    holder: Mapped[str] = mapped_column(String(120), primary_key=True)
    offers: Mapped[list[str]] = mapped_column(JSON)
    expires_at: Mapped[float] = mapped_column(Float(53))


_ROW = ProcessRow.__table__.c


def spread(offers: Mapping[str, frozenset[str]], held: Mapping[str, str]) -> dict[str, str]:
    """Which process should do each duty: as evenly as their offers allow, moving few of those that are `held`.

    offers: duties by process. held: the process that does it now, by duty. Every process comes to the same answer.
    """
    load = Counter(dict.fromkeys(offers, 0))
    plan: dict[str, str] = {}
    for duty in sorted(frozenset().union(*offers.values())):
        able = [process for process in sorted(offers) if duty in offers[process]]
        holder = held.get(duty)
        plan[duty] = holder if holder in able else min(able, key=lambda process: load[process])
        load[plan[duty]] += 1
    while True:
        move = _better(offers, load, plan)
        if move is None:
            return plan
        duty, to = move
        load[plan[duty]] -= 1
        load[to] += 1
        plan[duty] = to


def _better(
    offers: Mapping[str, frozenset[str]], load: Mapping[str, int], plan: Mapping[str, str]
) -> tuple[str, str] | None:
    for duty, process in sorted(plan.items(), key=lambda item: (-load[item[1]], item[0])):
        able = [other for other in sorted(offers) if duty in offers[other]]
        least = min(able, key=lambda other: load[other])
        if load[process] - load[least] > 1:
            return duty, least
    return None


@dataclass(frozen=True)
class _Round:
    """What one round decided: leases that this process has, new ones among them, and duties to hand over."""

    leases: Mapping[str, Lease]
    hand_over: frozenset[str]


class Duties:
    """This process's part of the seat's duties."""

    def __init__(self, database: Database, holder: str | None = None, seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self.leases = Leases(database, holder or this_process(), seconds)
        self._makers: dict[str, Callable[[Lease], Duty]] = {}
        self._guard = threading.Lock()
        self._running: dict[str, tuple[Lease, Duty]] = {}
        self._ending: dict[str, tuple[Lease, threading.Event]] = {}
        self._failed: dict[str, str] = {}
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem: str | None = None

    def add(self, name: str, make: Callable[[Lease], Duty]) -> None:
        """Offers a duty; `make` is called whenever this process gets it, with the lease to assert. Before `start`."""
        self._makers[name] = make

    @property
    def offered(self) -> tuple[str, ...]:
        """The duties that this process could do."""
        return tuple(self._makers)

    @property
    def running(self) -> dict[str, Duty]:
        """The duties that this process does now, by name."""
        with self._guard:
            return {name: duty for name, (_, duty) in self._running.items()}

    def problems(self) -> dict[str, str]:
        """What hinders this process's duties now, by name."""
        found = {name: duty.problem for name, duty in self.running.items() if duty.problem is not None}
        return {**self._failed, **found}

    def holders(self) -> Mapping[str, str]:
        """Which process does which duty now, of all processes of the seat."""
        with self._database.read() as session:
            return self.leases.holders_within(session)

    def start(self) -> None:
        """Takes this process's share; returns when what is free has begun. Raises DatabaseUnavailable."""
        self._round()
        self._thread = threading.Thread(target=self._run, name="duties", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends all duties and gives their leases back."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        for name in self.running:
            self._end(name)
        ending, self._ending = self._ending, {}
        for _, ended in ending.values():
            ended.wait(_STOP_SECONDS)

        def leave(session: Session) -> None:
            for lease, ended in ending.values():
                if ended.is_set():
                    self.leases.release_within(session, lease)
            session.execute(delete(ProcessRow).where(_ROW.holder == self.leases.holder))

        try:
            self._database.grouped(leave)
        except LedgerError as error:
            log.warning("duties not handed over", code=error.code, reason=str(error))

    # --- rounds

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(ROUND_SECONDS)
            self._wake.clear()
            if self._stop.is_set():
                return
            try:
                self._round()
                self.problem = None
            except LedgerError as error:
                self.problem = error.message()
                log.warning("duties wait", code=error.code, reason=str(error))
            except Exception:
                self.problem = "unforeseen error, see the log"
                log.exception("duties' round failed")

    def _round(self) -> None:
        ended = {name: lease for name, (lease, over) in self._ending.items() if over.is_set()}
        decided = self._database.grouped(lambda session: self._decide(session, ended))
        for name in ended:
            del self._ending[name]
        for name, (lease, _) in list(self._running.items()):
            if decided.leases.get(name) != lease:
                log.warning("duty lost", duty=name)
                self._end(name)
            elif name in decided.hand_over:
                log.info("duty handed over", duty=name)
                self._end(name)
        for name, lease in decided.leases.items():
            if name not in self._running and name not in self._ending and name not in decided.hand_over:
                self._begin(name, lease)

    def _decide(self, session: Session, ended: Mapping[str, Lease]) -> _Round:
        for lease in ended.values():
            self.leases.release_within(session, lease)
        mine = self.leases.holder
        offers = self._report(session)
        epochs = self.leases.renew_within(session)
        leases = {name: Lease(name, mine, epoch) for name, epoch in epochs.items()}
        held = self.leases.holders_within(session)
        plan = spread(offers, held)
        for name in self._makers:
            if plan[name] == mine and name not in held:
                taken = self.leases.take_within(session, name)
                if taken is not None:
                    leases[name] = taken
        return _Round(leases, frozenset(name for name in leases if plan.get(name, mine) != mine))

    def _report(self, session: Session) -> dict[str, frozenset[str]]:
        """Says that this process lives, forgets those that don't, and gives the offers of all."""
        now, mine, seconds = seconds_now(session), self.leases.holder, self.leases.seconds
        values: dict[str, Any] = {"offers": sorted(self._makers), "expires_at": now + seconds}
        if not session.execute(
            update(ProcessRow).where(_ROW.holder == mine).values(**values).returning(_ROW.holder)
        ).first():
            session.execute(insert(ProcessRow).values(holder=mine, **values))
        offers = {}
        for row in session.execute(select(_ROW.holder, _ROW.offers, _ROW.expires_at)).all():
            if stands(row.expires_at, now, seconds) and not is_gone(row.holder):
                offers[row.holder] = frozenset(row.offers)
            else:
                session.execute(delete(ProcessRow).where(_ROW.holder == row.holder))
        return offers

    def _begin(self, name: str, lease: Lease) -> None:
        try:
            duty = self._makers[name](lease)
            duty.start()
        except Exception as error:
            self._failed[name] = error.message() if isinstance(error, LedgerError) else "unforeseen error, see the log"
            log.exception("duty not begun", duty=name)
            return
        self._failed.pop(name, None)
        with self._guard:
            self._running[name] = (lease, duty)
        log.info("duty begun", duty=name, epoch=lease.epoch)

    def _end(self, name: str) -> None:
        with self._guard:
            lease, duty = self._running.pop(name)

        def end() -> None:
            try:
                duty.stop()
            finally:
                ended.set()
                self._wake.set()  # to give the lease back at once

        ended = threading.Event()
        self._ending[name] = (lease, ended)
        threading.Thread(target=end, name=f"end of {name}", daemon=True).start()
