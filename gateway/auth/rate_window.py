"""A moving window in memory for the `limits` library: the moments of the last hits of each key.

The library's own memory storage starts a thread for nearly every hit, which costs more than the rest of a request:
this one forgets old hits when their key is hit again, and idle keys from time to time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Final

from limits.storage import Storage
from limits.storage.base import MovingWindowSupport

_SWEEP_SECONDS: Final = 60.0


class MemoryWindow(Storage, MovingWindowSupport):
    """Hits of one process."""

    STORAGE_SCHEME = ["ledger-memory"]  # noqa: RUF012 - as the base class has it

    def __init__(self) -> None:
        super().__init__(None)
        self._lock = threading.Lock()
        self._hits: dict[str, deque[float]] = {}
        self._expiries: dict[str, float] = {}
        self._sweep_at = time.monotonic() + _SWEEP_SECONDS

    @property
    def base_exceptions(self) -> type[Exception]:
        """None of its own."""
        return ValueError

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Counts `amount` hits unless that makes more than `limit` within `expiry` seconds."""
        now = time.monotonic()
        with self._lock:
            if now >= self._sweep_at:
                self._sweep(now)
            hits = self._hits.get(key)
            if hits is None:
                hits = self._hits[key] = deque()
                self._expiries[key] = expiry
            while hits and hits[0] <= now - expiry:
                hits.popleft()
            if len(hits) + amount > limit:
                return False
            hits.extend([now] * amount)
            return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest hit within the window was (seconds since 1970), and how many there are."""
        now = time.monotonic()
        with self._lock:
            hits = [hit for hit in self._hits.get(key, ()) if hit > now - expiry]
        return time.time() - (now - hits[0] if hits else 0.0), len(hits)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Counts hits without a limit; how many there are."""
        self.acquire_entry(key, 2**31, expiry, amount)
        return self.get(key)

    def get(self, key: str) -> int:
        """How many hits there are."""
        return self.get_moving_window(key, 0, int(self._expiries.get(key, 0)))[1]

    def get_expiry(self, key: str) -> float:
        """When the last of the hits is forgotten (seconds since 1970)."""
        return time.time() + self._expiries.get(key, 0)

    def check(self) -> bool:
        """It always answers."""
        return True

    def reset(self) -> int:
        """Forgets everything; how many keys that were."""
        with self._lock:
            count = len(self._hits)
            self._hits.clear()
            self._expiries.clear()
        return count

    def clear(self, key: str) -> None:
        """Forgets a key."""
        with self._lock:
            self._hits.pop(key, None)
            self._expiries.pop(key, None)

    def _sweep(self, now: float) -> None:
        idle = [key for key, hits in self._hits.items() if not hits or hits[-1] <= now - self._expiries[key]]
        for key in idle:
            del self._hits[key], self._expiries[key]
        self._sweep_at = now + _SWEEP_SECONDS
