"""State folders with room for a supervisor, and small real services to run in them."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from chain.runtime.plan import ServiceSpec
from chain.runtime.ports import port
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop

LISTENER = """
import signal, socket, sys
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
print("listening", flush=True)
while True:
    server.accept()[0].close()
"""


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    folder = StateFolder(tmp_path / "net").create()
    yield folder
    if folder.path.is_dir():
        stop(folder)


@pytest.fixture
def listener() -> Callable[..., ServiceSpec]:
    """A service that accepts connections on a kept port."""

    def build(state: StateFolder, name: str = "listener") -> ServiceSpec:
        number = port(state, f"{name}.tcp")
        return ServiceSpec(
            name=name,
            argv=(sys.executable, "-c", LISTENER, str(number)),
            ports={"tcp": number},
            ready=f"tcp://127.0.0.1:{number}",
        )

    return build


@pytest.fixture
def script() -> Callable[..., ServiceSpec]:
    """A service that runs a piece of Python."""

    def build(name: str, code: str, **fields: object) -> ServiceSpec:
        return ServiceSpec(name=name, argv=(sys.executable, "-c", code), **fields)  # type: ignore[arg-type]

    return build


@pytest.fixture
def eventually() -> Callable[..., None]:
    """Waits until a condition holds, or fails."""

    def wait(condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.02)

    return wait


@pytest.fixture
def stray() -> Iterator[Callable[[], int]]:
    """Starts processes that belong to no network; they are ended after the test."""
    started: list[int] = []

    def start() -> int:
        started.append(os.spawnv(os.P_NOWAIT, "/bin/sleep", ["sleep", "60"]))
        return started[-1]

    yield start
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)
