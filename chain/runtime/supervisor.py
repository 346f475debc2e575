"""Starting, extending, watching and stopping a network's services: the side of the supervisor that programs call.

All functions are safe to call again: `start` and `add` restart nothing that runs as wanted. Callers of one state folder
take turns. The supervisor itself is `chain.runtime.daemon`, one process per state folder.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from chain.runtime.errors import ServiceKeepsFailing, ServiceNotReady, ServiceUnknown, SupervisorFailed
from chain.runtime.leftovers import clear_leftovers
from chain.runtime.logs import open_log, tail
from chain.runtime.plan import Owner, Plan, ProcessIdentity, RuntimeReport, ServiceReport, ServiceSpec
from chain.runtime.probes import answers
from chain.runtime.processes import alive, identify, send, wait_gone
from chain.runtime.state import PLAN_FILE, RUNTIME_FILE, StateFolder
from chain.toolchain.layout import checkout

_START_SECONDS: Final = 20.0
_FAILURES_ENDURED: Final = 4
_TAIL_LINES: Final = 12


def start(state: StateFolder, services: Sequence[ServiceSpec], owner: Owner | None = None) -> None:
    """Makes `services` the whole plan of the network and sees that a supervisor runs it.

    owner: the process whose end stops the network; None keeps it running. Raises SupervisorFailed.
    """
    state.create()
    with state.locked("plan"):
        _publish(state, Plan(tuple(services), owner))


def add(state: StateFolder, services: Iterable[ServiceSpec]) -> None:
    """Adds services to the plan, or replaces those of the same name. Raises SupervisorFailed."""
    with state.require().locked("plan"):
        plan = current_plan(state)
        merged = {spec.name: spec for spec in plan.services}
        merged.update((spec.name, spec) for spec in services)
        _publish(state, Plan(tuple(merged.values()), plan.owner))


def current_plan(state: StateFolder) -> Plan:
    """The plan the supervisor follows; empty if none was made yet."""
    return state.read(PLAN_FILE, Plan) if state.has(PLAN_FILE) else Plan()


def wait_ready(
    state: StateFolder, names: Iterable[str], timeout: float, progress: Callable[[str], None] | None = None
) -> None:
    """Waits until each named service answers; `timeout` in seconds for all together.

    progress: called with a service's name once it is ready.
    Raises ServiceUnknown, ServiceNotReady, ServiceKeepsFailing; the last two quote the end of the log.
    """
    specs = {spec.name: spec for spec in current_plan(state).services}
    waiting = list(names)
    for name in waiting:
        if name not in specs:
            raise ServiceUnknown(name=name, known=", ".join(specs))
    began = time.monotonic()
    restarts_before = {name: report.restarts for name, report in status(state).services.items()}
    while waiting:
        reports = status(state).services
        for name in list(waiting):
            report = reports.get(name)
            if report is not None and report.state == "running" and answers(specs[name].ready):
                waiting.remove(name)
                if progress is not None:
                    progress(name)
            elif report is not None and report.restarts - restarts_before.get(name, 0) >= _FAILURES_ENDURED:
                raise ServiceKeepsFailing(
                    name=name, restarts=report.restarts, exit=report.exit, log=report.log, tail=_tail(state, name)
                )
        if waiting and time.monotonic() - began > timeout:
            name = waiting[0]
            raise ServiceNotReady(
                name=name,
                seconds=round(timeout),
                state=reports[name].state if name in reports else "not started",
                log=state.log(name),
                tail=_tail(state, name),
            )
        if waiting:
            time.sleep(0.05)


def status(state: StateFolder) -> RuntimeReport:
    """How the services fare now. A supervisor that died counts as stopped, and so do its services.

    Raises StateFolderMissing.
    """
    if not state.require().has(RUNTIME_FILE):
        return RuntimeReport(daemon=None)
    report = state.read(RUNTIME_FILE, RuntimeReport)
    if report.daemon is None or not alive(report.daemon):
        return RuntimeReport(daemon=None)
    return report


def service(state: StateFolder, name: str) -> ServiceReport:
    """How one service fares. Raises ServiceUnknown."""
    reports = status(state).services
    if name not in reports:
        raise ServiceUnknown(name=name, known=", ".join(reports))
    return reports[name]


def restart(state: StateFolder, name: str) -> None:
    """Ends one service with SIGTERM; the supervisor starts it again on the same ports. Raises ServiceUnknown."""
    report = service(state, name)
    if report.pid is not None and report.start_time is not None:
        send(ProcessIdentity(report.pid, report.start_time), signal.SIGTERM)


def stop(state: StateFolder) -> bool:
    """Stops all services and the supervisor; the state folder stays. False if nothing ran.

    Also ends what a supervisor killed before could not end itself.
    """
    with state.require().locked("plan"):
        report = state.read(RUNTIME_FILE, RuntimeReport) if state.has(RUNTIME_FILE) else RuntimeReport(None)
        patience = 5.0 + max((spec.stop_seconds for spec in current_plan(state).services), default=0.0)
        ran = False
        if report.daemon is not None and send(report.daemon, signal.SIGTERM):
            ran = True
            if not wait_gone(report.daemon, patience):
                send(report.daemon, signal.SIGKILL)
                wait_gone(report.daemon, 5.0)
        cleared = clear_leftovers(state) if state.path.is_dir() else ()
        return ran or bool(cleared)


def this_process() -> ProcessIdentity:
    """The identity of the calling process, to be an `Owner`."""
    identity = identify(os.getpid())
    if identity is None:
        raise RuntimeError("a running process has no start time")
    return identity


def _publish(state: StateFolder, plan: Plan) -> None:
    if not (state.has(PLAN_FILE) and current_plan(state) == plan):
        state.write(PLAN_FILE, plan)
    daemon = status(state).daemon
    if daemon is None or not send(daemon, signal.SIGHUP):
        _start_daemon(state)


def _start_daemon(state: StateFolder) -> None:
    log = state.log("supervisor")
    output = open_log(log)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "chain.runtime.daemon", "--state", str(state.path)],
            cwd=checkout(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.close(output)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        daemon = status(state).daemon
        if daemon is not None and daemon.pid == process.pid:
            process.returncode = 0  # it outlives this process and is nobody's to wait for
            return
        if process.poll() is not None:
            raise SupervisorFailed(reason=tail(log, 1) or f"it ended with status {process.returncode}", log=log)
        if time.monotonic() > deadline:
            process.terminate()
            raise SupervisorFailed(reason=f"no sign of it after {_START_SECONDS:.0f} s", log=log)
        time.sleep(0.02)


def _tail(state: StateFolder, name: str) -> str:
    return tail(state.log(name), _TAIL_LINES)
