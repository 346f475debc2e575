"""Ending the services that an earlier supervisor of the same state folder left running.

A process is ended only if its id and its start time are those of the last report; a stranger with the same id is left
alone.
"""

from __future__ import annotations

from typing import Final

from chain.runtime.errors import StateFileInvalid
from chain.runtime.plan import ProcessIdentity, RuntimeReport
from chain.runtime.processes import end
from chain.runtime.state import RUNTIME_FILE, StateFolder

_STOP_SECONDS: Final = 5.0


def clear_leftovers(state: StateFolder) -> tuple[str, ...]:
    """Ends them; their names. A report that can't be read names nobody, so nothing is ended then."""
    if not state.has(RUNTIME_FILE):
        return ()
    try:
        report = state.read(RUNTIME_FILE, RuntimeReport)
    except StateFileInvalid:
        return ()
    ended = []
    for service in report.services.values():
        if service.pid is None or service.start_time is None:
            continue
        if end(ProcessIdentity(service.pid, service.start_time), seconds=_STOP_SECONDS):
            ended.append(service.name)
    return tuple(ended)
