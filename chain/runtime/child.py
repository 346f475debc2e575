"""One supervised process: started in a group of its own, watched, restarted when it ends, stopped when not wanted.

The child gets SIGTERM from the kernel when the supervisor ends in any way (Linux), so a network never outlives its
supervisor. Only processes this object started itself are signalled, and only before they are collected, so their ids
can't have been given to anybody else.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from chain.runtime.logs import open_log
from chain.runtime.plan import ServiceReport, ServiceSpec, ServiceState
from chain.runtime.processes import identify

SECRET_PREFIX: Final = "LOAN_LEDGER_PASSPHRASE_"  # noqa: S105 - the name of a variable
_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 10.0
_HEALTHY_SECONDS: Final = 15.0  # a service that ran this long starts its delays over
_PR_SET_PDEATHSIG: Final = 1


def _die_with_parent() -> Callable[[], None]:
    """What a child does between fork and exec: asks the kernel for SIGTERM at its parent's end."""
    supervisor = os.getpid()
    prctl = getattr(ctypes.CDLL(None, use_errno=True), "prctl", None) if sys.platform.startswith("linux") else None

    def between_fork_and_exec() -> None:
        if prctl is not None:
            prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
            if os.getppid() != supervisor:  # it ended before the request was made
                os._exit(1)

    return between_fork_and_exec


def environment_of(spec: ServiceSpec, environment: Mapping[str, str]) -> dict[str, str]:
    """The variables a service sees: all but other services' passphrases, and its own settings."""
    kept = {
        name: value for name, value in environment.items() if not name.startswith(SECRET_PREFIX) or name in spec.passes
    }
    return {**kept, **spec.env}


class Child:
    """A service and, while it runs, its process. `advance` is called again and again and never waits."""

    def __init__(self, spec: ServiceSpec, log: Path, announce: Callable[[str], None]) -> None:
        self.wanted: ServiceSpec | None = spec
        self._spec = spec
        self._log = log
        self._announce = announce
        self._prepare = _die_with_parent()
        self._process: subprocess.Popen[bytes] | None = None
        self._start_time: str | None = None
        self._started_at = 0.0
        self._starts = 0
        self._delay = _FIRST_DELAY
        self._due = 0.0
        self._kill_at: float | None = None
        self._exit: int | None = None

    @property
    def over(self) -> bool:
        """Nothing runs and nothing is wanted."""
        return self._process is None and self.wanted is None

    def advance(self) -> None:
        """Collects an ended process, starts a due one, ends an unwanted one."""
        now = time.monotonic()
        if self._process is not None:
            if self._ended(self._process):
                self._collect(self._process, now)
            elif self.wanted != self._spec:
                self._end(self._process, now)
        if self._process is None and self.wanted is not None and now >= self._due:
            self._start(self.wanted, now)

    def _start(self, spec: ServiceSpec, now: float) -> None:
        self._spec = spec
        output = open_log(self._log)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the plan is this user's own file
                spec.argv,
                cwd=spec.cwd,
                env=environment_of(spec, os.environ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=self._prepare,  # noqa: PLW1509 - the supervisor has one thread
            )
        except (OSError, subprocess.SubprocessError) as exc:
            os.write(output, f"supervisor: can't start {spec.argv[0]}: {exc}\n".encode())
            self._announce(f"{spec.name}: can't start: {exc}")
            self._exit = 127
            self._starts += 1
            self._postpone(now)
            return
        finally:
            os.close(output)
        identity = identify(self._process.pid)
        self._start_time = identity.start_time if identity else None
        self._started_at = now
        self._starts += 1
        self._kill_at = None
        self._announce(f"{spec.name}: started, pid {self._process.pid}")

    def _ended(self, process: subprocess.Popen[bytes]) -> bool:
        """Whether the process has ended; it is not collected yet, so its id and group are still its own."""
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _collect(self, process: subprocess.Popen[bytes], now: float) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)  # what it started and left behind
        self._exit = process.wait()
        self._process = None
        self._start_time = None
        if self._kill_at is not None:
            self._announce(f"{self._spec.name}: stopped, status {self._exit}")
            self._due = now
            return
        if now - self._started_at >= _HEALTHY_SECONDS:
            self._delay = _FIRST_DELAY
        self._announce(
            f"{self._spec.name}: ended by itself, status {self._exit}; starting again in {self._delay:.1f} s"
        )
        self._postpone(now)

    def _postpone(self, now: float) -> None:
        self._due = now + self._delay
        self._delay = min(self._delay * 2, _LONGEST_DELAY)

    def _end(self, process: subprocess.Popen[bytes], now: float) -> None:
        if self._kill_at is None:
            self._kill_at = now + self._spec.stop_seconds
            process.send_signal(signal.SIGTERM)
        elif now >= self._kill_at:
            self._announce(f"{self._spec.name}: did not stop within {self._spec.stop_seconds:.0f} s, killing it")
            self._kill_at = now + 3_600
            os.killpg(process.pid, signal.SIGKILL)

    def report(self) -> ServiceReport:
        """How it fares now."""
        state: ServiceState = "running"
        if self._process is None:
            state = "waiting"
        elif self._kill_at is not None:
            state = "stopping"
        return ServiceReport(
            name=self._spec.name,
            state=state,
            pid=self._process.pid if self._process else None,
            start_time=self._start_time,
            ports=self._spec.ports,
            log=str(self._log),
            restarts=max(0, self._starts - 1),
            exit=self._exit,
        )
