"""The spans of transactions: from acceptance to final or failed, also after a restart, below their request's span.

While a transaction is on its way its trace is kept in the database, so whichever process sees its end makes the span.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime

import structlog
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from sqlalchemy import Integer, String, delete, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from chain.errors import LedgerError
from gateway.database import Database, Table
from gateway.outbox.tables import ENDS, Attempt, OutboxTransaction
from gateway.outbox.tables import Status as Stage
from gateway.tracing.setup import Tracing, context_of, current_traceparent

log = structlog.get_logger()

_PAUSE = 1.0  # seconds between looks
_GROUP = 500


class OpenTrace(Table):
    """The trace that a transaction on its way belongs to."""

    __tablename__ = "open_traces"

    transaction: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    traceparent: Mapped[str] = mapped_column(String(60))


def remember(session: Session, tracing: Tracing, rows: Sequence[OutboxTransaction]) -> None:
    """Keeps the current trace for transactions accepted now; nothing is kept where nothing is traced."""
    if not tracing.enabled or not rows:
        return
    traceparent = current_traceparent()
    if traceparent is not None:
        session.execute(insert(OpenTrace), [{"transaction": row.seq, "traceparent": traceparent} for row in rows])


class TransactionSpans:
    """Makes the spans of transactions that have ended. Runs once per seat (a duty)."""

    name = "traces"

    def __init__(self, database: Database, tracing: Tracing) -> None:
        self._database = database
        self._tracing = tracing
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.problem: str | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE):
            try:
                while self.step() == _GROUP and not self._stop.is_set():
                    pass
                self.problem = None
            except LedgerError as error:
                self.problem = error.message()
                log.warning("traces wait", code=error.code, reason=str(error))

    def step(self) -> int:
        """Makes the spans of what has ended; returns how many."""
        query = (
            select(OutboxTransaction, OpenTrace.traceparent)
            .join(OpenTrace, OpenTrace.transaction == OutboxTransaction.seq)
            .where(OutboxTransaction.status.in_(ENDS))
            .limit(_GROUP)
        )
        with self._database.read() as session:
            ended = session.execute(query).all()
            signed = _signed(session, [row.seq for row, _ in ended])
        if not ended:
            return 0
        with self._database.write() as session:
            session.execute(delete(OpenTrace).where(OpenTrace.transaction.in_([row.seq for row, _ in ended])))
        for row, traceparent in ended:
            self._span(row, traceparent, signed.get(row.seq))
        return len(ended)

    def _span(self, row: OutboxTransaction, traceparent: str, signed: str | None) -> None:
        accepted, end = _nanoseconds(row.created_at), _nanoseconds(row.updated_at)
        tracer = self._tracing.tracer
        span = tracer.start_span(
            f"{row.contract}.{row.function}",
            context=context_of(traceparent),
            kind=SpanKind.PRODUCER,
            start_time=accepted,
            attributes={
                name: value
                for name, value in {
                    "loan_ledger.transaction": row.id,
                    "loan_ledger.status": row.status,
                    "loan_ledger.loan": row.loan,
                    "loan_ledger.hash": row.hash,
                    "loan_ledger.nonce": row.nonce,
                    "loan_ledger.block": row.block,
                    "loan_ledger.gas_used": row.gas_used,
                    "loan_ledger.error": None if row.error is None else str(row.error["code"]),
                }.items()
                if value is not None
            },
        )
        if row.status == Stage.FAILED:
            span.set_status(Status(StatusCode.ERROR))
        inside = set_span_in_context(span)
        sent = end if signed is None else _nanoseconds(signed)
        tracer.start_span("queued", context=inside, start_time=accepted).end(sent)
        if signed is not None:
            tracer.start_span("signed to final", context=inside, start_time=sent).end(end)
        span.end(end)


def _signed(session: Session, seqs: Sequence[int]) -> dict[int, str]:
    query = select(Attempt.transaction, Attempt.created_at).where(Attempt.transaction.in_(seqs))
    found: dict[int, str] = {}
    for seq, created_at in session.execute(query):
        found[seq] = min(created_at, found.get(seq, created_at))
    return found


def _nanoseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp() * 1_000_000) * 1_000
