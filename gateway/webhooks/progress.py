"""Notes how far each webhook was delivered: many in one commit, at most a few times a second.

What is noted late is delivered again after a crash; what decides something (a failure, a dead letter) is stored before
anything else happens. Nothing is decided for a webhook that its owner has changed meanwhile, and nothing noted for one
whose cursor was set.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import anyio.to_thread
from sqlalchemy.orm import Session

from gateway.database import Database, now
from gateway.webhooks import repository
from gateway.webhooks.tables import WebhookRow

_SAVE_SECONDS = 0.2


class TurnOver(Exception):
    """The webhook's owner has changed what is delivered: this delivery is over."""


@dataclass
class _Reached:
    course: int
    cursor: int
    delivered: int = 0


class Progress:
    """Of all webhooks of one event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reached: dict[int, _Reached] = {}

    def reached(self, row: WebhookRow, cursor: int, *, delivered: bool) -> None:
        """The webhook's events up to `cursor` are done; `delivered`: one more was taken."""
        noted = self._reached.get(row.seq)
        if noted is None or noted.course != row.course:
            noted = self._reached[row.seq] = _Reached(row.course, cursor)
        noted.cursor = cursor
        noted.delivered += int(delivered)

    async def run(self) -> None:
        """Saves again and again."""
        while True:
            await asyncio.sleep(_SAVE_SECONDS)
            await self.save()

    async def save(self) -> None:
        """Stores what was noted."""
        reached, self._reached = self._reached, {}
        if not reached:
            return

        def work(session: Session) -> None:
            moment = now()
            for seq, noted in reached.items():
                if repository.goes_on(session, seq, noted.course):
                    values: dict[str, object] = {"cursor": noted.cursor, "attempts": 0, "next_at": 0.0, "problem": None}
                    if noted.delivered:
                        values |= {"delivered": WebhookRow.delivered + noted.delivered, "delivered_at": moment}
                    repository.note(session, seq, **values)

        await self.store(work)

    async def decide(self, row: WebhookRow, work: Callable[[Session], None]) -> None:
        """Stores something about a webhook now, with what was noted before it. Raises TurnOver."""
        await self.save()

        def decided(session: Session) -> bool:
            stands = repository.stands(session, row.seq, row.turn)
            if stands:
                work(session)
            return stands

        if not await self.store(decided):
            raise TurnOver(row.id)

    async def store(self, work: Callable[[Session], object]) -> object:
        """Runs `work` in a group commit, from a thread."""
        return await anyio.to_thread.run_sync(self._database.grouped, work)
