"""For receivers: whether a webhook was sent by the seat that holds the secret, now, and for the first time.

Needs the Python standard library only, so that it can be copied. The scheme is that of Standard Webhooks: HMAC-SHA256
over `<id>.<time>.<body>`, in base64, after `v1,`; several signatures, one per secret, while a secret is exchanged.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


class WebhookRefused(Exception):
    """The request is not to be trusted: answer 400 and do nothing."""


class SignatureInvalid(WebhookRefused):
    """None of its signatures was made with a secret that is known, over exactly this id, time and body."""


class TimestampRefused(WebhookRefused):
    """Its time is too old, or in the future."""


class AlreadyReceived(WebhookRefused):
    """Its event was handled before: answer 200, so that it is not sent again, and do nothing."""


class SeenIds(Protocol):
    """Remembers which events were handled; in a database if several processes receive, or for more than one run."""

    def begin(self, identifier: str) -> bool:
        """Whether the event is new and in nobody's hands; it is in this caller's then."""

    def end(self, identifier: str, *, handled: bool) -> None:
        """It was handled, or it was not and may come again."""


class SeenInMemory:
    """Remembers ids of this process, the newest `most`."""

    def __init__(self, most: int = 100_000) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[str, None] = {}

    def begin(self, identifier: str) -> bool:
        """Whether the event is new and in nobody's hands."""
        with self._lock:
            if identifier in self._known:
                return False
            self._known[identifier] = None
            if len(self._known) > self._most:
                del self._known[next(iter(self._known))]
            return True

    def end(self, identifier: str, *, handled: bool) -> None:
        """Forgets the event unless it was handled."""
        if not handled:
            with self._lock:
                self._known.pop(identifier, None)


class Verifier:
    """Checks webhooks. secrets: as shown when the webhook was made or its secret exchanged, for a while both.

    tolerance: seconds by which the sender's clock may differ, and within which what was intercepted could be sent
    again; `seen` refuses that, and must remember for at least as long.
    """

    def __init__(
        self,
        *secrets: str,
        seen: SeenIds | None = None,
        tolerance: float = TOLERANCE_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = [key_of(secret) for secret in secrets]
        self._seen: SeenIds = SeenInMemory() if seen is None else seen
        self._tolerance = tolerance
        self._clock = clock

    @contextmanager
    def received(self, headers: Mapping[str, str], body: bytes) -> Iterator[dict[str, Any]]:
        """The event, for a block that handles it; one whose block raises may come again.

        Raises SignatureInvalid, TimestampRefused, and AlreadyReceived for what was handled or is being handled.
        """
        event = self.verified(headers, body)
        identifier = _header(headers, "webhook-id")
        if not self._seen.begin(identifier):
            raise AlreadyReceived(identifier)
        handled = False
        try:
            yield event
            handled = True
        finally:
            self._seen.end(identifier, handled=handled)

    def verified(self, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """The event, if its signature and time are right. Says nothing about whether it came before."""
        identifier, moment = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
        given = [part[3:] for part in _header(headers, "webhook-signature").split(" ") if part.startswith("v1,")]
        right = [signature(key, identifier, moment, body) for key in self._keys]
        if not any(hmac.compare_digest(one.encode(), other.encode()) for one in given for other in right):
            raise SignatureInvalid("no signature fits")
        if not (moment.isascii() and moment.isdecimal() and abs(self._clock() - int(moment)) <= self._tolerance):
            raise TimestampRefused(moment)
        event: dict[str, Any] = json.loads(body)
        return event


def key_of(secret: str) -> bytes:
    """The key in a secret, which is base64 behind its prefix. Raises ValueError."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("a webhook secret is base64 behind 'whsec_'") from None


def signature(key: bytes, identifier: str, moment: str, body: bytes) -> str:
    """The signature, base64, over id, time (seconds since 1970, as text) and body."""
    digest = hmac.new(key, f"{identifier}.{moment}.".encode() + body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def signatures(keys: Sequence[bytes], identifier: str, moment: str, body: bytes) -> str:
    """The header `webhook-signature`: a signature for each key."""
    return " ".join(f"v1,{signature(key, identifier, moment, body)}" for key in keys)


def _header(headers: Mapping[str, str], name: str) -> str:
    found = headers.get(name)
    if found is None:
        found = next((value for key, value in headers.items() if key.lower() == name), None)
    if found is None:
        raise SignatureInvalid(f"the header {name} is missing")
    return found
