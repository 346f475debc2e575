"""The values that say which services a network runs (`services.json`) and how they fare (`runtime.json`).

The plan is written by those who start a network and read by the supervisor; the report the other way round. Pure data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ServiceState = Literal["running", "waiting", "stopping"]


@dataclass(frozen=True)
class ProcessIdentity:
    """One process of one boot: a process id alone may be used again, with the start time it can't."""

    pid: int
    start_time: str


@dataclass(frozen=True)
class ServiceSpec:
    """A process to keep running.

    name: unique in the network; also the name of its log file.
    argv: the program (absolute path) and its arguments, ports already filled in.
    ports: what it listens on, by purpose; for reports only.
    ready: how to tell that it works: `tcp://HOST:PORT`, `http://...` (answers 200), `rpc+http://...` (answers
        eth_chainId), `file:///PATH` (exists), or empty (running is enough).
    passes: names of secret environment variables it may see; the others are withheld.
    stop_seconds: time between SIGTERM and SIGKILL.
    """

    name: str
    argv: tuple[str, ...]
    cwd: str = "/"
    env: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)
    ready: str = ""
    passes: tuple[str, ...] = ()
    stop_seconds: float = 10.0


@dataclass(frozen=True)
class Owner:
    """The process whose end also ends the network; `remove_state`: the state folder goes with it."""

    process: ProcessIdentity
    remove_state: bool


@dataclass(frozen=True)
class Plan:
    """All services of a network, in the order they are started."""

    services: tuple[ServiceSpec, ...] = ()
    owner: Owner | None = None


@dataclass(frozen=True)
class ServiceReport:
    """How one service fares. `restarts`: starts after the first; `exit`: last exit status, negative for a signal."""

    name: str
    state: ServiceState
    pid: int | None
    start_time: str | None
    ports: Mapping[str, int]
    log: str
    restarts: int
    exit: int | None = None


@dataclass(frozen=True)
class RuntimeReport:
    """The supervisor and its services; `daemon` is None when the network was stopped."""

    daemon: ProcessIdentity | None
    services: Mapping[str, ServiceReport] = field(default_factory=dict)
