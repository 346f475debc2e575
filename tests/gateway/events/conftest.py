"""Seats whose only work is to tell of events, which the tests publish themselves, as another process of the seat."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from gateway.database import Database
from gateway.events.service import publish
from gateway.settings import load_settings

IMPATIENT = "\n".join(
    [
        "events.heartbeat_seconds = 0.5",
        "events.stall_seconds = 1.5",
        "events.check_seconds = 0.5",
        "events.max_streams = 20",
    ]
)


@dataclass
class Publisher:
    """Commits events to a seat's database from this process."""

    database: Database
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def publish(self, count: int = 1, size: int = 0, **more: Any) -> list[str]:
        """One commit of `count` events; gives what they say."""
        told = [f"{next(self.numbers)}" + "x" * size for _ in range(count)]
        with self.database.write() as session:
            for text in told:
                publish(session, "webhook.test", "webhooks/x", {"webhook": text}, **more)
        return told


@pytest.fixture(scope="module")
def publisher_for() -> Iterator[Callable[..., Publisher]]:
    """Opens a seat's database."""
    opened: list[Database] = []

    def make(ledger: Any, seat: str = "observer", password: str | None = None) -> Publisher:
        opened.append(Database.open(load_settings(ledger.state, seat).database_url, password))
        opened[-1].create_tables()
        return Publisher(opened[-1])

    yield make
    for database in opened:
        database.close()


class Reading:
    """A stream that is being read in a thread."""

    def __init__(self, client: Any, query: str = "", last: str | None = None) -> None:
        self.events: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.signs = 0
        self.last = last
        self.refused: dict[str, str] | None = None
        self.ended = threading.Event()
        self._answered = threading.Event()
        self._leave = threading.Event()
        self.status = 0
        headers = {"Authorization": f"Bearer {client.token}"} | ({"Last-Event-ID": last} if last else {})
        self._thread = threading.Thread(
            target=self._run, args=(f"{client.url}/v1/events/stream{query}", headers), daemon=True
        )
        self._thread.start()
        assert self._answered.wait(20)

    def _run(self, url: str, headers: dict[str, str]) -> None:
        try:
            with httpx.stream("GET", url, headers=headers, timeout=30, trust_env=False) as answer:
                self.status = answer.status_code
                self._answered.set()
                block: list[str] = []
                for line in answer.iter_lines():
                    if line:
                        block.append(line)
                        continue
                    self._take(block)
                    block = []
                    if self._leave.is_set():
                        return
        except httpx.HTTPError:
            pass
        finally:
            self._answered.set()
            self.ended.set()

    def _take(self, block: list[str]) -> None:
        """An event counts, and with it its id, once its block has ended."""
        refused = "event: refused" in block
        for line in block:
            if line.startswith("data: ") and refused:
                self.refused = json.loads(line[6:])
            elif line.startswith("data: "):
                self.events.append(json.loads(line[6:]))
            elif line.startswith(":"):
                self.signs += 1
        self.ids += [line[4:] for line in block if line.startswith("id: ")]

    @property
    def told(self) -> list[str]:
        """What the events say."""
        return [event["data"]["webhook"] for event in self.events if event["type"] == "webhook.test"]

    def leave(self) -> None:
        """Goes at the next line, which a heartbeat brings."""
        self._leave.set()
        assert self.ended.wait(10)


@pytest.fixture
def read_stream() -> Iterator[Callable[..., Reading]]:
    """Reads streams."""
    made: list[Reading] = []

    def make(client: Any, query: str = "", last: str | None = None) -> Reading:
        made.append(Reading(client, query, last))
        return made[-1]

    yield make
    for reading in made:
        reading.leave()


@pytest.fixture(scope="module")
def impatient() -> str:
    """Settings for streams that don't wait long."""
    return IMPATIENT
