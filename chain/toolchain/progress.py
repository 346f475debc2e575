"""Tells on stderr what the set-up is doing, for how long, and which step takes the time.

On a terminal one line is redrawn; elsewhere a plain line is written when a step starts and ends, and every 15 seconds
while steps run. Says nothing at all when there is nothing to do. Never writes to stdout.
"""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TextIO

HEARTBEAT_SECONDS = 15.0
REDRAW_SECONDS = 0.25


class Progress:
    """A display of concurrent steps; safe to use from several threads."""

    def __init__(self, title: str, stream: TextIO | None = None) -> None:
        self._title = title
        self._stream = sys.stderr if stream is None else stream
        self._interactive = self._stream.isatty()
        self._lock = threading.RLock()
        self._began = time.monotonic()
        self._running: dict[str, tuple[float, str]] = {}
        self._took: dict[str, float] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tick, name="progress", daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        with self._lock:
            self._erase()
            if kind is None and self._took:
                slowest = max(self._took, key=lambda step: self._took[step])
                self._line(f"ready; longest step: {slowest}, {self._took[slowest]:.0f} s")

    def started(self, step: str, about: str) -> None:
        """Step `step` begins; `about` says in a few words what it does."""
        with self._lock:
            self._running[step] = (time.monotonic(), about)
            if not self._interactive:
                self._line(f"{step}: {about}")

    def detail(self, step: str, text: str) -> None:
        """What step `step` does right now (its last line of output)."""
        with self._lock:
            if step in self._running:
                self._running[step] = (self._running[step][0], text)

    def finished(self, step: str) -> None:
        """Step `step` ended well."""
        with self._lock:
            self._took[step] = self._end(step)
            self._line(f"{step}: done in {self._took[step]:.0f} s")

    def failed(self, step: str) -> None:
        """Step `step` ended with an error."""
        with self._lock:
            self._line(f"{step}: failed after {self._end(step):.0f} s")

    def note(self, text: str) -> None:
        """A remark of its own line."""
        with self._lock:
            self._line(text)

    def _end(self, step: str) -> float:
        began, _ = self._running.pop(step, (time.monotonic(), ""))
        return time.monotonic() - began

    def _line(self, text: str) -> None:
        self._erase()
        self._stream.write(f"{self._title} {time.monotonic() - self._began:4.0f} s  {text}\n")
        self._stream.flush()

    def _erase(self) -> None:
        if self._interactive:
            self._stream.write("\r\x1b[K")

    def _tick(self) -> None:
        while not self._stop.wait(REDRAW_SECONDS if self._interactive else HEARTBEAT_SECONDS):
            with self._lock:
                now = time.monotonic()
                parts = [f"{step} {now - began:.0f} s" for step, (began, _) in self._running.items()]
                if not parts:
                    continue
                if not self._interactive:
                    self._line("running: " + ", ".join(parts))
                    continue
                newest = max(self._running.values(), key=lambda entry: entry[0])[1]
                text = f"{self._title} {now - self._began:4.0f} s  {', '.join(parts)}  ({newest})"
                self._stream.write("\r\x1b[K" + text[:118])
                self._stream.flush()
