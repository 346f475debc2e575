"""Makes, changes and shows webhooks; what is delivered is `gateway.webhooks.delivery`'s work.

Whatever changes what is to be delivered starts a new turn: a delivery of an older turn that is under way notes nothing
any more, so that a replay or a pause can't be undone by it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from gateway.auth.actors import Actor
from gateway.authorisation.sight import Sight
from gateway.changes import Plan, link
from gateway.database import now
from gateway.errors import NotFound
from gateway.events import repository as events
from gateway.events.reading import chosen_types, event_id, number_of
from gateway.events.repository import Selection
from gateway.outbox.tables import OutboxTransaction
from gateway.pages import Page, number_cursor, page
from gateway.seat import Seat
from gateway.webhooks import repository, sights
from gateway.webhooks.connecting import AddressRefused, Connections
from gateway.webhooks.errors import TooManyWebhooks, WebhookDeleted, WebhookUrlRefused
from gateway.webhooks.posting import Target, post_test
from gateway.webhooks.schemas import (
    DeadLetterResource,
    RedeliveryRequest,
    ReplayRequest,
    SecretRequest,
    Webhook,
    WebhookRequest,
)
from gateway.webhooks.secrets import Vault
from gateway.webhooks.tables import DeadLetter, WebhookRow


class Webhooks:
    """The webhooks of one seat, as one actor may handle them."""

    def __init__(self, seat: Seat, log: str, actor: Actor) -> None:
        self._seat = seat
        self._log = log
        self._actor = actor
        self._settings = seat.settings.webhooks
        self._vault = Vault(seat.reading_key)

    # --- looking

    def list_page(self, cursor: str | None, limit: int) -> Page[Webhook]:
        """Newest first."""
        with self._seat.database.read() as session:
            rows = repository.of_tenant(session, self._actor.tenant, number_cursor(cursor), limit + 1)
            counts = repository.count_dead_letters(session, [row.seq for row in rows])
            last = events.last(session)
        return page(rows, limit, lambda row: self._show(row, last, counts.get(row.seq, 0)), lambda row: row.seq)

    def get(self, identifier: str) -> Webhook:
        """One. Raises NotFound."""
        with self._seat.database.read() as session:
            return self._shown(session, self._row(session, identifier))

    def dead_letters(self, identifier: str, cursor: str | None, limit: int) -> Page[DeadLetterResource]:
        """What one's address did not take, oldest first. Raises NotFound."""
        with self._seat.database.read() as session:
            row = self._row(session, identifier)
            rows = repository.dead_letters(session, row.seq, number_cursor(cursor) or 0, limit + 1)
        return page(rows, limit, self._show_letter, lambda letter: letter.event)

    # --- changing

    def plan_making(self, request: WebhookRequest, sight: Sight, secret: str, locked: bytes) -> Plan:
        """Raises WebhookUrlRefused, TooManyWebhooks, EventTypeUnknown, CursorInvalid, EventOfOtherLog."""
        chosen_types(request.types)
        self._check(request.url)
        row = WebhookRow(
            id=f"wh_{uuid4().hex}", tenant=self._actor.tenant, principal=self._actor.id, sight=sights.kept(sight),
            url=request.url, types=request.types, loan=request.loan, state=request.state,
            on_failure=request.on_failure or self._settings.on_failure, secret=locked, old_secret=None,
            old_secret_until=0.0, status="active", turn=0, course=0, attempts=0, next_at=0.0, problem=None, delivered=0,
            delivered_at=None, created_at=now(),
        )  # fmt: skip
        with self._seat.database.read() as session:
            row.cursor = self._position(session, request.after, request.state)
            last = events.last(session)

        def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
            if repository.count(session, self._actor.tenant) >= self._settings.max_subscriptions:
                raise TooManyWebhooks(limit=self._settings.max_subscriptions)
            session.add(row)
            session.flush()

        return Plan(link("webhook", row.id, "webhooks"), record=record, body=self._show(row, last, 0))

    def plan_status(self, identifier: str, status: str) -> Plan:
        """Pauses, resumes (also what is held) or deletes. Raises NotFound, WebhookDeleted."""
        return self._change(identifier, status=status, attempts=0, next_at=0.0, problem=None)

    def plan_replay(self, identifier: str, request: ReplayRequest) -> Plan:
        """Goes back, or forward, to an event. Raises NotFound, WebhookDeleted, CursorInvalid, EventOfOtherLog."""
        with self._seat.database.read() as session:
            row = self._row(session, identifier)
            cursor = self._position(session, request.after, row.state)
        return self._change(identifier, cursor=cursor, attempts=0, next_at=0.0, problem=None)

    def plan_secret(self, identifier: str, request: SecretRequest, locked: bytes) -> Plan:
        """A new secret; the one before signs too, for as long as asked. Raises NotFound, WebhookDeleted."""
        with self._seat.database.read() as session:
            before = self._row(session, identifier).secret
        until = time.time() + request.old_secret_seconds
        return self._change(identifier, secret=locked, old_secret=before, old_secret_until=until)

    def plan_redelivery(self, identifier: str, request: RedeliveryRequest) -> Plan:
        """Delivers dead letters again. Raises NotFound, WebhookDeleted, CursorInvalid, EventOfOtherLog."""
        numbers = None if request.events is None else [number_of(event, self._log) for event in request.events]
        plan = self._change(identifier)
        keep = plan.record
        assert keep is not None, "a change is recorded"

        def record(session: Session, rows: Sequence[OutboxTransaction]) -> None:
            keep(session, rows)
            repository.ask_again(session, self._row(session, identifier).seq, numbers)

        return Plan(plan.resource, record=record, body=plan.body)

    def plan_test(self, identifier: str) -> Plan:
        """Posts a test at once. Raises NotFound, WebhookDeleted."""
        with self._seat.database.read() as session:
            row = self._standing(session, identifier)
        target = Target.of(row, self._vault)
        done = asyncio.run(post_test(self._settings, target, row.id))
        return Plan(link("webhook", row.id, "webhooks"), body=done)

    def _change(self, identifier: str, **values: object) -> Plan:
        with self._seat.database.read() as session:
            row = self._standing(session, identifier)
            for name, value in values.items():
                setattr(row, name, value)
            session.expunge(row)
            shown = self._shown(session, row)

        def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
            fresh = self._standing(session, identifier)
            for name, value in values.items():
                setattr(fresh, name, value)
            fresh.turn += 1
            fresh.course += int("cursor" in values)

        return Plan(link("webhook", identifier, "webhooks"), record=record, body=shown)

    # --- parts

    def _row(self, session: Session, identifier: str) -> WebhookRow:
        row = repository.by_id(session, identifier, self._actor.tenant)
        if row is None:
            raise NotFound(resource="webhook", id=identifier)
        return row

    def _standing(self, session: Session, identifier: str) -> WebhookRow:
        row = self._row(session, identifier)
        if row.status == repository.DELETED:
            raise WebhookDeleted(id=identifier)
        return row

    def _position(self, session: Session, after: str, state: str) -> int:
        if after == "now":
            return events.reach(session, Selection(confirmed=state == "confirmed"))
        return 0 if after == "start" else number_of(after, self._log)

    def _check(self, url: str) -> None:
        async def check() -> None:
            connections = Connections(self._settings)
            try:
                await asyncio.wait_for(connections.check(url), self._settings.timeout_seconds)
            finally:
                await connections.close()

        try:
            asyncio.run(check())
        except AddressRefused as refused:
            raise WebhookUrlRefused(url=url, reason=str(refused)) from None
        except TimeoutError:
            raise WebhookUrlRefused(url=url, reason="its name could not be resolved in time") from None

    def _shown(self, session: Session, row: WebhookRow) -> Webhook:
        counts = repository.count_dead_letters(session, [row.seq])
        return self._show(row, events.last(session), counts.get(row.seq, 0))

    def _show(self, row: WebhookRow, last: int, dead: int) -> Webhook:
        return Webhook(
            id=row.id,
            url=row.url,
            types=row.types,
            loan=row.loan,
            state=row.state,  # type: ignore[arg-type]
            on_failure=row.on_failure,  # type: ignore[arg-type]
            status=row.status,  # type: ignore[arg-type]
            secret=None,
            cursor=event_id(self._log, row.cursor),
            behind=max(0, last - row.cursor),
            delivered=row.delivered,
            delivered_at=row.delivered_at,
            attempts=row.attempts,
            next_attempt_at=_moment(row.next_at) if row.attempts else None,
            problem=row.problem,
            dead_letters=dead,
            created_at=row.created_at,
        )

    def _show_letter(self, letter: DeadLetter) -> DeadLetterResource:
        return DeadLetterResource(
            event=event_id(self._log, letter.event),
            status=letter.status,  # type: ignore[arg-type]
            attempts=letter.attempts,
            problem=letter.problem,
            at=letter.at,
        )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
