"""The supervisor of one network: `python -m chain.runtime.daemon --state DIR`.

Runs what `services.json` says, follows changes of that file, restarts what ends, keeps `runtime.json` up to date and
the logs small. One per state folder (a lock says so). SIGTERM stops all services and ends it. When it dies without
notice, the kernel ends its services; what is left all the same is ended by the next start, if id and start time agree.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Final

from chain.errors import LedgerError
from chain.runtime.child import Child
from chain.runtime.errors import SupervisorFailed
from chain.runtime.leftovers import clear_leftovers
from chain.runtime.logs import rotate
from chain.runtime.plan import Plan, RuntimeReport
from chain.runtime.processes import alive, identify
from chain.runtime.state import PLAN_FILE, RUNTIME_FILE, StateFolder

LOCK_FILE: Final = "supervisor.lock"
_TURN_SECONDS: Final = 0.1
_HOUSEKEEPING_SECONDS: Final = 5.0


def announce(text: str) -> None:
    """One line in the supervisor's own log."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    sys.stderr.write(f"{stamp} {text}\n")
    sys.stderr.flush()


class Supervisor:
    """Keeps the services of one state folder running. `run` returns when it was told to stop and all have ended."""

    def __init__(self, state: StateFolder) -> None:
        self._state = state
        self._children: dict[str, Child] = {}
        self._plan = Plan()
        self._plan_stamp: tuple[int, int] | None = None
        self._stopping = False
        self._reported: RuntimeReport | None = None
        self._me = identify(os.getpid())
        self._wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """The main loop: a turn at each signal and every tenth of a second."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._told_to_stop)
        for number in (signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, lambda _number, _frame: None)
        for name in clear_leftovers(self._state):
            announce(f"{name}: left over from before, ended")
        housekeeping = 0.0
        while True:
            self._turn()
            if self._stopping and not self._children:
                break
            if time.monotonic() >= housekeeping:
                self._housekeeping()
                housekeeping = time.monotonic() + _HOUSEKEEPING_SECONDS
            select.select([self._wake], [], [], _TURN_SECONDS)
            self._drain()
        self._publish(RuntimeReport(daemon=None))
        announce("stopped")
        if self._plan.owner is not None and self._plan.owner.remove_state and not alive(self._plan.owner.process):
            try:
                self._state.remove()
            except LedgerError as exc:
                announce(f"its folder stays: {exc}")

    def _told_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _drain(self) -> None:
        try:
            while os.read(self._wake, 512):
                pass
        except BlockingIOError:
            return

    def _turn(self) -> None:
        owner = self._plan.owner
        if owner is not None and not self._stopping and not alive(owner.process):
            announce("the process this network belongs to has ended")
            self._stopping = True
        if self._stopping:
            for child in self._children.values():
                child.wanted = None
        else:
            self._follow_plan()
        for name, child in list(self._children.items()):
            child.advance()
            if child.over:
                del self._children[name]
        self._publish(RuntimeReport(self._me, {name: child.report() for name, child in self._children.items()}))

    def _follow_plan(self) -> None:
        try:
            status = (self._state.path / PLAN_FILE).stat()
        except FileNotFoundError:
            if not self._state.path.is_dir():
                announce("the state folder is gone")
                self._stopping = True
            return
        stamp = (status.st_ino, status.st_mtime_ns)
        if stamp == self._plan_stamp:
            return
        self._plan_stamp = stamp
        try:
            self._plan = self._state.read(PLAN_FILE, Plan)
        except LedgerError as exc:
            announce(f"the plan is kept as it was: {exc}")
            return
        wanted = {spec.name: spec for spec in self._plan.services}
        for name, child in self._children.items():
            child.wanted = wanted.get(name)
        for name, spec in wanted.items():
            if name not in self._children:
                self._children[name] = Child(spec, self._state.log(name), announce)

    def _publish(self, report: RuntimeReport) -> None:
        if report != self._reported and self._state.path.is_dir():
            self._state.write(RUNTIME_FILE, report)
            self._reported = report

    def _housekeeping(self) -> None:
        for log in self._logs():
            if rotate(log):
                announce(f"{log.name} was large and was moved aside")

    def _logs(self) -> Iterable[Path]:
        return (*(self._state.log(name) for name in self._children), self._state.log("supervisor"))


def main() -> int:
    """Runs the supervisor until it is told to stop. Exit status 4 if another one runs for this folder."""
    parser = argparse.ArgumentParser(prog="chain.runtime.daemon", description="Runs the services of one network.")
    parser.add_argument("--state", required=True, type=Path, help="the network's state folder")
    try:
        state = StateFolder(parser.parse_args().state).require()
    except LedgerError as exc:
        announce(str(exc))
        return int(exc.exit_code)
    os.umask(0o077)
    with open(state.path / LOCK_FILE, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            failure = SupervisorFailed(reason="another one runs for this folder", log=state.log("supervisor"))
            announce(str(failure))
            return int(failure.exit_code)
        announce(f"running for {state.path}, pid {os.getpid()}")
        Supervisor(state).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
