"""The duty that anchors the audit log's head on chain: after each closed business date, and every day of real time.

Nothing is anchored that the log has only because it was anchored: a seat that does nothing sends nothing. While one
anchoring is on its way no other is sent, and where simulated dates race, several dates share one. Before it anchors, it
compares its log with the newest anchor: a log that was shortened or rewritten is not anchored over, and hinders the
duty until somebody has looked.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger import calls, reads
from chain.ledger.records import AuditAnchor
from gateway.audit import service
from gateway.audit.errors import AuditBroken
from gateway.audit.records import ACCEPTED, GATEWAY, SEAT_TENANT, Record
from gateway.audit.tables import AuditAnchoring, AuditRecord
from gateway.database import now
from gateway.outbox import repository as outbox
from gateway.outbox.tables import ENDS, Status
from gateway.seat import Seat
from gateway.signing.stored_amounts import business_date

log = structlog.get_logger()

DUTY: Final = "audit-anchor"
CALL: Final = ("AuditAnchors", "anchor")
ACTION: Final = "anchor_audit_log"
_LOOK_SECONDS = 1.0
_SPACING = timedelta(seconds=20)  # between two anchorings, whatever dates are closed meanwhile
_EVERY = timedelta(hours=24)
_AFTER_FAILURE = timedelta(hours=1)


@dataclass(frozen=True)
class Last:
    """The last anchoring: how long the log was, when, on which business date, and what became of its transaction."""

    length: int
    time: datetime
    business_date: int
    status: Status | None
    problem: str


@dataclass(frozen=True)
class Log:
    """The log as it stands: length, business date (0: no day was closed yet), first record that is worth anchoring."""

    length: int
    business_date: int
    news_since: datetime | None


def is_due(log: Log, last: Last | None, moment: datetime) -> bool:
    """Whether the head is to be anchored now."""
    if log.news_since is None:
        return False
    if last is None:
        return log.business_date > 0 or moment - log.news_since >= _EVERY
    if last.status is not None and last.status not in ENDS:
        return False
    waited = moment - last.time
    if last.status is Status.FAILED:
        return waited >= _AFTER_FAILURE
    return waited >= _EVERY or (log.business_date > last.business_date and waited >= _SPACING)


class Anchoring:
    """The thread that does it; one among all processes of a seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._database = seat.database
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem: str | None = None

    @property
    def name(self) -> str:
        """As a duty."""
        return DUTY

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="audit anchoring", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends it after its current step."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.problem = self.step(datetime.now(UTC))
            except LedgerError as error:
                self.problem = error.message()
                log.warning("audit log not anchored", code=error.code, reason=error.message())
            except Exception:
                self.problem = "unforeseen error, see the log"
                log.exception("audit log not anchored")

    def step(self, moment: datetime) -> str | None:
        """Anchors if that is due. Returns what hinders it; raises the seat's and the node's errors."""
        with self._database.read() as session:
            last = _last(session)
            due = is_due(_log(session, last), last, moment)
        if not due:
            return last.problem if last is not None and last.status is Status.FAILED else None
        self._seat.outbox.allow(CALL)
        self._compare()
        self._database.grouped(self._anchor)
        self._seat.outbox.notify()
        return None

    def _compare(self) -> None:
        """Raises AuditBroken unless the log leads to the newest anchor on chain."""
        member = self._seat.member()
        if member is None:
            return
        newest: AuditAnchor = self._seat.node.ledger.read(reads.audit_anchor(member.number, self._seat.settings.seat))
        if newest.length == 0:
            return
        with self._database.read() as session:
            found = session.scalar(select(AuditRecord.hash).where(AuditRecord.seq == newest.length))
        if found != newest.head.hex():
            raise AuditBroken(seat=self._seat.settings.seat, record=newest.length)

    def _anchor(self, session: Session) -> None:
        length, head = service.head(session)
        call = calls.anchor_audit_log(reads.label(self._seat.settings.seat), length, bytes.fromhex(head))
        row = self._seat.outbox.enqueue(session, call, GATEWAY)
        day = _business_date(session)
        anchoring = {"seq": length, "hash": head, "business_date": day, "time": now(), "transaction": row.seq}
        session.execute(insert(AuditAnchoring), anchoring)
        details = {"length": str(length), "head": head}
        subject = f"audit_log:{self._seat.settings.seat}"
        service.append(session, Record(GATEWAY, SEAT_TENANT, ACTION, subject, ACCEPTED, details, (row.id,)))


def _last(session: Session) -> Last | None:
    row = session.scalars(select(AuditAnchoring).order_by(AuditAnchoring.seq.desc()).limit(1)).first()
    if row is None:
        return None
    sent = outbox.get(session, row.transaction)
    status = None if sent is None else Status(sent.status)
    problem = sent.error["en"] if sent is not None and sent.error else ""
    return Last(row.seq, datetime.fromisoformat(row.time), row.business_date, status, problem)


def _log(session: Session, last: Last | None) -> Log:
    length, _ = service.head(session)
    known = 0 if last is None else last.length
    # Since the last anchoring the log has at least that one and, once, its signature: they are no news.
    since = session.execute(
        select(AuditRecord.time, AuditRecord.action, AuditRecord.details)
        .where(AuditRecord.seq > known)
        .order_by(AuditRecord.seq)
        .limit(8)
    ).all()
    news = next((row.time for row in since if not _own(row.action, row.details)), None)
    return Log(length, _business_date(session), None if news is None else datetime.fromisoformat(news))


def _own(action: str, details: str) -> bool:
    return action == ACTION or (action == "sign" and '"call":"AuditAnchors.anchor"' in details)


def _business_date(session: Session) -> int:
    day = business_date(session)
    return int(day) if day.isdecimal() else 0
