"""Telling processes apart and ending them without ever hitting a stranger.

A process is named by id and start time. A signal is sent through a handle taken before the start time is compared, so a
process id that was given to somebody else in between is never signalled.
"""

from __future__ import annotations

import os
import signal
import time
from functools import cache
from pathlib import Path

import psutil

from chain.runtime.plan import ProcessIdentity


@cache
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return "boot"


def _start_time(pid: int) -> str | None:
    """The start time of `pid`, or None if there is no such process or it has ended and waits to be collected."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    except ProcessLookupError:
        return None
    else:
        # The name in parentheses may hold anything, so count from its end: state is field 3, starttime field 22.
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else f"{_boot()}:{fields[19]}"
    try:  # systems without /proc
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of the live process `pid`, or None."""
    start_time = _start_time(pid)
    return None if start_time is None else ProcessIdentity(pid, start_time)


def alive(process: ProcessIdentity) -> bool:
    """Whether exactly this process still runs."""
    return _start_time(process.pid) == process.start_time


def send(process: ProcessIdentity, number: signal.Signals) -> bool:
    """Sends a signal to exactly this process. False if it is gone."""
    if not hasattr(os, "pidfd_open"):
        if not alive(process):
            return False
        os.kill(process.pid, number)
        return True
    try:
        handle = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return False
    try:
        if not alive(process):
            return False
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


def wait_gone(process: ProcessIdentity, seconds: float) -> bool:
    """Waits until the process has ended; False if it still runs after `seconds`."""
    deadline = time.monotonic() + seconds
    while alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end(process: ProcessIdentity, seconds: float) -> bool:
    """SIGTERM, and SIGKILL after `seconds`. True if the process was running."""
    if not send(process, signal.SIGTERM):
        return False
    if not wait_gone(process, seconds):
        send(process, signal.SIGKILL)
        wait_gone(process, 5.0)
    return True
