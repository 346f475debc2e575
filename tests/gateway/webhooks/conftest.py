"""Receivers of webhooks, real servers on this machine, and seats that may deliver to them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gateway.database import Database
from gateway.events.service import publish
from gateway.settings import load_settings

SETTINGS = "\n".join(
    [
        'webhooks.allowed_networks = ["127.0.0.0/8"]',
        "webhooks.backoff_seconds = 0.05",
        "webhooks.max_backoff_seconds = 0.2",
        "webhooks.attempts = 3",
        "webhooks.timeout_seconds = 1.5",
    ]
)


class Receiver:
    """Takes webhooks. answer: the status for an event; by default all are taken."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.answer: Callable[[dict[str, Any]], int] = lambda event: 200
        self.headers: dict[str, str] = {}
        self.body = b"thank you"
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((dict(self.headers), body))
                status = receiver.answer(json.loads(body))
                try:
                    self.send_response(status)
                    for name, value in receiver.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(receiver.body)))
                    self.end_headers()
                    self.wfile.write(receiver.body)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        """Every event that arrived, as often as it did."""
        return [json.loads(body) for _, body in list(self.requests)]

    @property
    def told(self) -> list[str]:
        """What they say."""
        return [event["data"]["webhook"] for event in self.events if event["type"] == "webhook.test"]

    def close(self) -> None:
        """Ends it."""
        self.server.shutdown()
        self.server.server_close()


@dataclass
class Publisher:
    """Commits events to a seat's database from this process."""

    database: Database
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(10**9)))

    def publish(self, count: int = 1) -> list[str]:
        """One commit of `count` events; gives what they say."""
        told = [str(next(self.numbers)) for _ in range(count)]
        with self.database.write() as session:
            for text in told:
                publish(session, "webhook.test", "webhooks/x", {"webhook": text})
        return told


@pytest.fixture
def receiver() -> Iterator[Callable[[], Receiver]]:
    """Starts receivers."""
    made: list[Receiver] = []

    def make() -> Receiver:
        made.append(Receiver())
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def publisher_for() -> Iterator[Callable[..., Publisher]]:
    """Opens a seat's database."""
    opened: list[Database] = []

    def make(ledger: Any, password: str | None = None) -> Publisher:
        opened.append(Database.open(load_settings(ledger.state, "observer").database_url, password))
        opened[-1].create_tables()
        return Publisher(opened[-1])

    yield make
    for database in opened:
        database.close()


@dataclass
class Hooks:
    """A seat's webhooks over HTTP, and who publishes at it."""

    client: Any
    publisher: Publisher

    def make(self, url: str, **body: Any) -> dict[str, Any]:
        """A new webhook for test events; it ends with the test."""
        answer = self.client.post("/v1/webhooks", {"url": url, "types": ["webhook.test"], **body}, wait=None)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def get(self, hook: dict[str, Any]) -> dict[str, Any]:
        """As it is now."""
        shown: dict[str, Any] = self.client.get(f"/v1/webhooks/{hook['id']}")
        return shown

    def do(self, hook: dict[str, Any], what: str, body: Any = None) -> dict[str, Any]:
        """A change of it."""
        answer = self.client.post(f"/v1/webhooks/{hook['id']}/{what}", body, wait=None)
        assert answer.status_code == 201, answer.text
        done: dict[str, Any] = answer.json()
        return done

    def dead(self, hook: dict[str, Any]) -> list[dict[str, Any]]:
        """Its dead letters."""
        return list(self.client.get(f"/v1/webhooks/{hook['id']}/dead-letters?limit=200")["items"])

    def end(self) -> None:
        """Deletes all webhooks."""
        for hook in self.client.get("/v1/webhooks?limit=200")["items"]:
            self.client.http.delete(f"/v1/webhooks/{hook['id']}", headers={"Idempotency-Key": f"end-{hook['id']}"})


@pytest.fixture(scope="module")
def delivering() -> str:
    """Settings under which this machine's servers are delivered to, without much patience."""
    return SETTINGS


@pytest.fixture(scope="module")
def seat_hooks(make_ledger: Any, serve: Any, publisher_for: Any) -> Hooks:
    """An observer's seat."""
    ledger = make_ledger(extra=SETTINGS)
    return Hooks(serve(ledger, "observer"), publisher_for(ledger))


@pytest.fixture
def hooks(seat_hooks: Hooks) -> Iterator[Hooks]:
    """The same, without webhooks at first."""
    yield seat_hooks
    seat_hooks.end()


@pytest.fixture(scope="session")
def hooks_of() -> Callable[..., Hooks]:
    """For other seats."""
    return Hooks
