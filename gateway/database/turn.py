"""A lock that is given to those who wait in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """One holder at a time, first come first served: who releases it and asks again stands behind all who wait.

    An ordinary lock goes to whoever runs first, which under load is the thread that has just released it.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._taken = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Holds the turn for the block."""
        self._take()
        try:
            yield
        finally:
            self._give()

    def try_take(self) -> bool:
        """Takes the turn if nobody has it; `give_back` ends it."""
        with self._guard:
            if self._taken:
                return False
            self._taken = True
            return True

    def give_back(self) -> None:
        """Ends a turn that `try_take` gave."""
        self._give()

    def _take(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def _give(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # it is theirs now: `_taken` stays
            else:
                self._taken = False
