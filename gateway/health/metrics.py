"""The seat's figures in Prometheus' format: what happened in this process, and how things stand in the seat's database.

Each scrape asks for open work only, through indexes. Label values are few: routes as templates, keys and duties by
name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from gateway.audit.repository import anchored_length
from gateway.audit.tables import AuditHead
from gateway.events import repository as events
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.seat import Seat
from gateway.webhooks.tables import DeadLetter, WebhookRow

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_BALANCE_SECONDS = 30.0
OTHER = "other"
Checks = Callable[[Seat], Iterable[tuple[str, bool, str]]]


class RequestFigures:
    """How many requests came, by route and status, and how long they took."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "loan_ledger_request_seconds",
            "Time to answer a request, waiting (Prefer) included.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=self.registry,
        )

    def note(self, method: str, route: str | None, status: int, seconds: float) -> None:
        """One request was answered. route: its template; None if there is none."""
        self._seconds.labels(method if route else OTHER, route or OTHER, status).observe(seconds)


class SeatFigures:
    """How the seat stands now, collected when asked."""

    def __init__(self, seat: Seat, checks: Checks) -> None:
        self._seat = seat
        self._checks = checks
        self._balances: dict[str, int] = {}
        self._asked_at = 0.0

    def collect(self) -> Iterable[Metric]:
        """All figures."""
        seat = self._seat
        heights = {kind: float(getattr(seat.heights, kind)) for kind in ("latest", "confirmed", "indexed")}
        yield _gauge("block", "Block heights as this seat sees them.", "kind", heights)
        with seat.database.read() as session:
            yield from self._stored(session)
        passed = {name: float(ok) for name, ok, _ in self._checks(seat)}
        yield _gauge("ready", "1 if the check passes.", "check", passed)
        held = dict.fromkeys(seat.duties.offered, 0.0) | dict.fromkeys(seat.duties.running, 1.0)
        yield _gauge("duty", "1 if this process does the duty now.", "duty", held)
        hindered = dict.fromkeys(seat.duties.offered, 0.0) | dict.fromkeys(seat.duty_problems.all(), 1.0)
        yield _gauge("duty_hindered", "1 if something hinders the duty, whoever does it.", "duty", hindered)
        yield _gauge("key_balance_wei", "What a key has left to pay gas with.", "key", self._key_balances())

    def _stored(self, session: Session) -> Iterable[Metric]:
        counts = outbox.counts_of(session, [Status.QUEUED, Status.SIGNED, Status.SENT, Status.MINED, Status.FAILED])
        by_status = {status: float(count) for status, count in counts.items()}
        yield _gauge("transactions", "Transactions that are not final, by status.", "status", by_status)
        accepted = session.scalar(select(func.max(OutboxTransaction.seq))) or 0
        yield _gauge("transactions_accepted", "Transactions accepted so far.", None, {"": float(accepted)})
        oldest = outbox.oldest_open(session)
        age = 0.0 if oldest is None else (datetime.now(UTC) - datetime.fromisoformat(oldest)).total_seconds()
        yield _gauge("outbox_oldest_seconds", "Age of the oldest transaction that is not mined.", None, {"": age})
        yield _gauge("events", "Number of the last event.", None, {"": float(events.last(session))})
        held = session.scalar(select(func.count()).where(WebhookRow.status == "held")) or 0
        yield _gauge("webhooks_held", "Webhooks that a failed delivery holds.", None, {"": float(held)})
        dead = session.scalar(select(func.count()).select_from(DeadLetter)) or 0
        yield _gauge("webhook_dead_letters", "Events that a webhook's address did not take.", None, {"": float(dead)})
        audited = session.scalar(select(AuditHead.seq)) or 0
        yield _gauge("audit_records", "Records in the audit log.", None, {"": float(audited)})
        anchored = anchored_length(session)
        yield _gauge("audit_anchored", "Records up to the newest anchor that was mined.", None, {"": float(anchored)})

    def _key_balances(self) -> Mapping[str, float]:
        if time.monotonic() - self._asked_at > _BALANCE_SECONDS:
            self._asked_at = time.monotonic()
            try:
                self._balances = {key.name: self._seat.node.balance(key.address) for key in self._seat.policy.keys}
            except LedgerError:
                self._balances = {}  # the check of the node says why
        return {name: float(wei) for name, wei in self._balances.items()}


def registry_of(seat: Seat, checks: Checks) -> CollectorRegistry:
    """The seat's figures as they are whenever they are asked for."""
    registry = CollectorRegistry()
    registry.register(SeatFigures(seat, checks))
    return registry


def _gauge(name: str, text: str, label: str | None, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"loan_ledger_{name}", text, labels=[] if label is None else [label])
    for value, figure in values.items():
        family.add_metric([] if label is None else [value], figure)
    return family
