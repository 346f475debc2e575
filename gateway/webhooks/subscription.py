"""The delivery of one webhook: its events one at a time, each tried until it is taken or laid aside."""

from __future__ import annotations

import asyncio
import random
import time

import anyio.to_thread
import structlog
from sqlalchemy.orm import Session

from gateway.database import now
from gateway.events import repository as events
from gateway.events.reading import chosen_types, event_id, wire
from gateway.events.repository import Selection
from gateway.events.tables import EventRow
from gateway.events.tail import Tail
from gateway.webhooks import repository
from gateway.webhooks.connecting import Connections
from gateway.webhooks.posting import Outcome, Target, post
from gateway.webhooks.progress import Progress, TurnOver
from gateway.webhooks.secrets import Vault
from gateway.webhooks.settings import WebhookSettings
from gateway.webhooks.sights import sight_in
from gateway.webhooks.tables import DeadLetter, WebhookRow

log = structlog.get_logger()

_LOOK_SECONDS = 0.5
_PROBLEM = 300


class Slots:
    """How many posts may be under way: those that failed before wait for slots of their own."""

    def __init__(self, count: int) -> None:
        self.sound = asyncio.Semaphore(count)
        self.failing = asyncio.Semaphore(count)


class Subscription:
    """Delivers to one webhook, as its row said at the start of this turn. asked: dead letters are to be sent again."""

    def __init__(
        self,
        row: WebhookRow,
        log_name: str,
        tail: Tail,
        connections: Connections,
        progress: Progress,
        vault: Vault,
        slots: Slots,
        settings: WebhookSettings,
    ) -> None:
        self.id = row.id
        self.asked = False
        self._row = row
        self._log_name = log_name
        self._tail = tail
        self._connections = connections
        self._progress = progress
        self._vault = vault
        self._slots = slots
        self._settings = settings
        self._failures = row.attempts
        self._selection = Selection(
            chosen_types(row.types), row.loan, sight_in(row.sight), confirmed=row.state == "confirmed"
        )

    async def run(self) -> None:
        """Goes on until it is cancelled, held, or its turn is over."""
        try:
            if self._failures:
                await asyncio.sleep(max(0.0, self._row.next_at - time.time()))
            position = self._row.cursor
            while True:
                if self.asked:
                    await self._dead_letters()
                found, reached = await self._tail.next(position, self._selection, _LOOK_SECONDS)
                if found:
                    await self._check_turn()
                for event in found:
                    if not await self._deliver(event):
                        return
                    position = event.seq
                if reached > position:
                    position = reached
                    self._progress.reached(self._row, position, delivered=False)
        except TurnOver:
            log.info("webhook changed", webhook=self.id)

    async def _check_turn(self) -> None:
        """Raises TurnOver if its owner has changed, paused or deleted the webhook: nothing more is posted then."""

        def stands() -> bool:
            with self._tail.database.read() as session:
                return repository.is_of_turn(session, self._row.seq, self._row.turn)

        if not await anyio.to_thread.run_sync(stands):
            raise TurnOver(self.id)

    async def _deliver(self, event: EventRow) -> bool:
        """Whether to go on: the event was taken, or it is a dead letter now."""
        while True:
            outcome = await self._post(event)
            if outcome.problem is None:
                self._failures = 0
                self._progress.reached(self._row, event.seq, delivered=True)
                return True
            self._failures += 1
            if outcome.gone or self._failures >= self._settings.attempts:
                return await self._give_up(event, outcome)
            await self._retry_later(outcome.problem)

    async def _post(self, event: EventRow) -> Outcome:
        body = wire(event, self._log_name).encode()
        identifier = event_id(self._log_name, event.seq)
        async with self._slots.failing if self._failures else self._slots.sound:
            return await post(self._connections, Target.of(self._row, self._vault), identifier, body)

    async def _retry_later(self, problem: str) -> None:
        pause = min(self._settings.backoff_seconds * 2 ** (self._failures - 1), self._settings.max_backoff_seconds)
        pause *= 1 - random.random() / 2  # noqa: S311  # spreads tries, hides nothing
        failures, next_at = self._failures, time.time() + pause

        def work(session: Session) -> None:
            repository.note(session, self._row.seq, attempts=failures, next_at=next_at, problem=problem[:_PROBLEM])

        await self._progress.decide(self._row, work)
        await asyncio.sleep(pause)
        await self._check_turn()

    async def _give_up(self, event: EventRow, outcome: Outcome) -> bool:
        """Lays the event aside and goes on, or holds the webhook. Who answers 410 wants no more: held too."""
        problem = (outcome.problem or "")[:_PROBLEM]
        held = outcome.gone or self._row.on_failure == "hold"
        failures = self._failures

        def work(session: Session) -> None:
            if held:
                repository.note(session, self._row.seq, status="held", attempts=failures, next_at=0.0, problem=problem)
                return
            letter = DeadLetter(
                webhook=self._row.seq, event=event.seq, status="dead", attempts=failures, problem=problem, at=now()
            )
            repository.add_dead_letter(session, letter)
            repository.note(session, self._row.seq, cursor=event.seq, attempts=0, next_at=0.0, problem=problem)

        await self._progress.decide(self._row, work)
        log.warning("webhook gave up", webhook=self.id, number=event.seq, held=held, problem=problem)
        self._failures = 0
        return not held

    async def _dead_letters(self) -> None:
        """Tries each dead letter that was asked for once."""
        self.asked = False
        for number, attempts in await anyio.to_thread.run_sync(self._asked):
            event = await anyio.to_thread.run_sync(self._event, number)
            if event is None:
                continue
            outcome = await self._post(event)
            problem = outcome.problem

            def work(
                session: Session, number: int = number, attempts: int = attempts, problem: str | None = problem
            ) -> None:
                if problem is None:
                    repository.bury(session, self._row.seq, number)
                    repository.note(session, self._row.seq, delivered=WebhookRow.delivered + 1, delivered_at=now())
                else:
                    letter = DeadLetter(
                        webhook=self._row.seq, event=number, status="dead", attempts=attempts + 1,
                        problem=problem[:_PROBLEM], at=now(),
                    )  # fmt: skip
                    repository.add_dead_letter(session, letter)

            await self._progress.decide(self._row, work)

    def _asked(self) -> list[tuple[int, int]]:
        with self._tail.database.read() as session:
            return [(event, attempts) for _, event, attempts in repository.asked(session, self._row.seq)]

    def _event(self, number: int) -> EventRow | None:
        with self._tail.database.read() as session:
            return events.get(session, number)
