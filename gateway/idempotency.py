"""One request, one effect: what was answered to an Idempotency-Key is stored together with what it did.

The answer and its transactions are committed together, so a crash leaves either both or nothing, and then the request
can be repeated. Whichever process it reaches, a key that has an answer gives that one; while a request is being
handled, others with its key are told so. A request that was refused leaves nothing. Answers are kept for as long as
`Pruning` is told; after that a key is new again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import JSON, Index, String, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import LedgerError
from gateway.database import Database, Table, now
from gateway.errors import KeyInProgress, KeyReused
from gateway.leases import Lease

log = structlog.get_logger()
PRUNING = "idempotency-pruning"
_ROUND_SECONDS = 3600.0
_PORTION = 500  # rows deleted in one write, which others wait for


class StoredAnswer(Table):
    """The first answer to a principal's key."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("idempotency_by_age", "created_at"),)

    principal: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[str] = mapped_column(String(32))


_ROW = StoredAnswer.__table__.c


# Made once: they are run with every change.
_ASKED = select(_ROW.request_hash, _ROW.answer).where(
    _ROW.principal == bindparam("b_principal"), _ROW.key == bindparam("b_key")
)
_INSERT = insert(StoredAnswer)


class Keys:
    """The keys being handled now, by this process and, as far as the database knows, by others."""

    def __init__(self, database: Database) -> None:
        self._claims = database.claims
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def held(self, principal: str, key: str) -> Iterator[None]:
        """Holds the key for the block. Raises KeyInProgress if another request holds it."""
        with self._lock:
            if (principal, key) in self._held:
                raise KeyInProgress(key=key)
            self._held.add((principal, key))
        name = f"{principal}\n{key}"
        try:
            if not self._claims.take(name):
                raise KeyInProgress(key=key)
            try:
                yield
            finally:
                self._claims.give(name)
        finally:
            with self._lock:
                self._held.discard((principal, key))


def request_hash(*parts: bytes) -> str:
    """SHA-256 over all that makes a request the same request; parts are told apart by their lengths."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def stored(session: Session, principal: str, key: str, fingerprint: str) -> dict[str, Any] | None:
    """The first answer, None if the key is new. Raises KeyReused if it was another request.

    Ask again in the write that stores the answer: only there nobody else can have stored one meanwhile.
    """
    row = session.connection().execute(_ASKED, {"b_principal": principal, "b_key": key}).first()
    if row is None:
        return None
    if row.request_hash != fingerprint:
        raise KeyReused(key=key)
    answer: dict[str, Any] = row.answer
    return answer


def store(session: Session, principal: str, key: str, fingerprint: str, answer: dict[str, Any]) -> None:
    """Keeps the answer. Raises KeyInProgress if the key has one: then nothing of this write may stay."""
    values = {"principal": principal, "key": key, "request_hash": fingerprint, "answer": answer, "created_at": now()}
    try:
        session.connection().execute(_INSERT, values)
    except IntegrityError:
        raise KeyInProgress(key=key) from None


def prune(session: Session, before: datetime) -> int:
    """Forgets some of the answers given before `before`; how many, 0 when none are left."""
    limit = before.astimezone(UTC).isoformat(timespec="microseconds")
    old = select(_ROW.principal, _ROW.key).where(_ROW.created_at < limit).order_by(_ROW.created_at).limit(_PORTION)
    rows = session.execute(old).all()
    for principal, key in rows:
        session.execute(delete(StoredAnswer).where(_ROW.principal == principal, _ROW.key == key))
    return len(rows)


class Pruning:
    """The duty that forgets answers after `days`, looking once an hour."""

    name = PRUNING

    def __init__(self, database: Database, days: int, lease: Lease) -> None:
        self._database = database
        self._days = days
        self._lease = lease
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=PRUNING, daemon=True)
        self.problem: str | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends it after the current portion."""
        self._stop.set()
        self._thread.join()

    def step(self) -> int:
        """Forgets one portion; how many answers it had."""

        def work(session: Session) -> int:
            self._lease.assert_held(session)
            return prune(session, datetime.now(UTC) - timedelta(days=self._days))

        return self._database.grouped(work)

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = _ROUND_SECONDS
            try:
                while self.step() and not self._stop.is_set():
                    pass
                self.problem = None
            except LedgerError as error:
                self.problem, pause = error.message(), 60.0
            except Exception:
                self.problem, pause = "unforeseen error, see the log", 60.0
                log.exception("idempotency keys not pruned")
            self._stop.wait(pause)
