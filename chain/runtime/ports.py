"""Ports: given out once per purpose, written to `ports.json`, and kept for every restart.

Free ports are taken below the range the system uses for outgoing connections, so that no passing connection can sit on
one while its service restarts. A reservation file in the cache folder keeps networks of the same user apart, also while
they are stopped; a reservation ends with its state folder. Loopback only.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from chain.runtime.errors import NoFreePort
from chain.runtime.state import PORTS_FILE, StateFolder
from chain.toolchain.layout import cache_dir

LOOPBACK: Final = "127.0.0.1"
_LOW: Final = 12_000
_ATTEMPTS: Final = 2_000


def port(state: StateFolder, purpose: str) -> int:
    """The port of `purpose` (such as `node-bank.http`) in this network; taken at first use. Raises NoFreePort."""
    with _reservations() as reserved:
        ports: dict[str, int] = state.read(PORTS_FILE, dict[str, int]) if state.has(PORTS_FILE) else {}
        if purpose not in ports:
            ports[purpose] = _free(reserved)
            reserved[str(ports[purpose])] = str(state.path)
            state.write(PORTS_FILE, ports)
    return ports[purpose]


def _free(taken: dict[str, str]) -> int:
    high = _first_outgoing_port() - 1
    for _ in range(_ATTEMPTS):
        candidate = random.randint(_LOW, high)  # noqa: S311 - not a secret
        if str(candidate) not in taken and _is_free(candidate):
            return candidate
    raise NoFreePort(low=_LOW, high=high)


def _first_outgoing_port() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError):
        first = 32_768
    return first if first > _LOW + 1_000 else 65_535


def _is_free(candidate: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((LOOPBACK, candidate))
        except OSError:
            return False
    return True


@contextmanager
def _reservations() -> Iterator[dict[str, str]]:
    """The ports of all this user's networks and the state folders they belong to; changes are kept."""
    folder = cache_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "ports.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = folder / "ports.json"
        try:
            stored = json.loads(file.read_text())
            reserved = {str(key): str(value) for key, value in stored.items() if Path(str(value)).is_dir()}
        except (FileNotFoundError, ValueError, AttributeError):
            reserved = {}  # only a convenience: a damaged file is started anew, ports are probed in any case
        before = dict(reserved)
        yield reserved
        if reserved != before:
            temporary = folder / f".ports.{os.getpid()}"
            temporary.write_text(json.dumps(reserved))
            temporary.replace(file)
