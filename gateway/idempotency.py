"""One request, one effect: what was answered to an Idempotency-Key is stored together with what it did.

A key is being handled by at most one thread; its answer and its transactions are committed together, so a crash leaves
either both or nothing, and then the request can be repeated. A request that was refused leaves nothing.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from gateway.database import Table, now
from gateway.errors import KeyInProgress, KeyReused


class StoredAnswer(Table):
    """The first answer to a principal's key."""

    __tablename__ = "idempotency"

    principal: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[str] = mapped_column(String(32))


class Keys:
    """The keys being handled by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def held(self, principal: str, key: str) -> Iterator[None]:
        """Holds the key for the block. Raises KeyInProgress if another request holds it."""
        with self._lock:
            if (principal, key) in self._held:
                raise KeyInProgress(key=key)
            self._held.add((principal, key))
        try:
            yield
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
    """The first answer, None if the key is new. Raises KeyReused if it was another request."""
    row = session.get(StoredAnswer, (principal, key))
    if row is None:
        return None
    if row.request_hash != fingerprint:
        raise KeyReused(key=key)
    return row.answer


def store(session: Session, principal: str, key: str, fingerprint: str, answer: dict[str, Any]) -> None:
    """Keeps the answer; the key must be new."""
    session.add(StoredAnswer(principal=principal, key=key, request_hash=fingerprint, answer=answer, created_at=now()))
    session.flush()
