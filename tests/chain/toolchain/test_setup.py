"""The set-up: order, failure, repetition, two at once, and what it leaves to stdout (nothing)."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chain.toolchain import setup
from chain.toolchain.components import Component, Shell
from chain.toolchain.errors import PrerequisiteMissing, StepFailed
from chain.toolchain.processes import log_tail
from chain.toolchain.progress import Progress

Install = Callable[[Shell], None]


class Workshop:
    """Small components that really run programs and write files below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.components: dict[str, Component] = {}
        self.installed: list[str] = []

    def add(self, name: str, *needs: str, install: Install | None = None) -> None:
        """A component that is complete when its file is there."""
        target = self.folder / name

        def write(shell: Shell) -> None:
            shell.run(["/bin/sh", "-c", f"echo making {name}; echo x > {target}"], {}, self.folder)
            self.installed.append(name)

        self.components[name] = Component(name, f"makes {name}", needs, True, target.exists, install or write)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workshop:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "made"
    folder.mkdir()
    made = Workshop(folder)
    monkeypatch.setattr(setup, "COMPONENTS", made.components)
    return made


def test_needs_are_installed_first_and_each_once(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    workshop.add("base")
    workshop.add("left", "base")
    workshop.add("right", "base")
    setup.ensure(["left", "right"])
    assert workshop.installed[0] == "base"
    assert sorted(workshop.installed) == ["base", "left", "right"]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "left: done" in printed.err


def test_nothing_is_said_or_done_when_all_is_there(workshop: Workshop, capsys: pytest.CaptureFixture[str]) -> None:
    workshop.add("base")
    setup.ensure(["base"])
    capsys.readouterr()
    setup.ensure(["base"])
    assert workshop.installed == ["base"]
    assert capsys.readouterr() == ("", "")


def test_a_need_that_is_no_longer_needed_is_not_installed(workshop: Workshop) -> None:
    workshop.add("base")
    workshop.add("top", "base")
    (workshop.folder / "top").touch()
    setup.ensure(["top"])
    assert workshop.installed == []


def test_a_failing_program_names_its_step_and_its_output_is_kept(workshop: Workshop) -> None:
    def fail(shell: Shell) -> None:
        shell.run(["/bin/sh", "-c", "echo no such luck; exit 3"], {}, workshop.folder)

    workshop.add("broken", install=fail)
    workshop.add("top", "broken")
    with pytest.raises(StepFailed, match=r"'broken' failed: sh ended with code 3"):
        setup.ensure(["top"])
    assert "no such luck" in log_tail("broken")
    assert workshop.installed == []


def test_the_next_run_goes_on_after_a_failure(workshop: Workshop) -> None:
    broken = True

    def fail_once(shell: Shell) -> None:
        command = "exit 1" if broken else f"echo x > {workshop.folder / 'top'}"
        shell.run(["/bin/sh", "-c", command], {}, workshop.folder)

    workshop.add("base")
    workshop.add("top", "base", install=fail_once)
    with pytest.raises(StepFailed):
        setup.ensure(["top"])
    broken = False
    setup.ensure(["top"])
    assert workshop.installed == ["base"]
    assert (workshop.folder / "top").exists()


def test_a_failure_ends_what_runs_beside_it(workshop: Workshop) -> None:
    def fail(shell: Shell) -> None:
        shell.run(["/bin/sh", "-c", "sleep 0.3; exit 1"], {}, workshop.folder)

    def linger(shell: Shell) -> None:
        shell.run(["/bin/sh", "-c", "sleep 30"], {}, workshop.folder)

    workshop.add("broken", install=fail)
    workshop.add("slow", install=linger)
    began = time.monotonic()
    with pytest.raises(StepFailed, match="broken"):
        setup.ensure(["broken", "slow"])
    assert time.monotonic() - began < 10


def test_two_at_once_install_once(workshop: Workshop) -> None:
    def slowly(shell: Shell) -> None:
        shell.run(["/bin/sh", "-c", f"sleep 0.5; echo x > {workshop.folder / 'base'}"], {}, workshop.folder)
        workshop.installed.append("base")

    workshop.add("base", install=slowly)
    threads = [threading.Thread(target=setup.ensure, args=(["base"],)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert workshop.installed == ["base"]


def test_a_full_disk_or_missing_right_is_one_sentence(workshop: Workshop) -> None:
    def deny(shell: Shell) -> None:
        raise PermissionError(13, "Permission denied", "/somewhere")

    workshop.add("base", install=deny)
    with pytest.raises(PrerequisiteMissing, match=r"Permission denied.*run the same command again"):
        setup.ensure(["base"])


def test_progress_writes_plain_lines_where_there_is_no_terminal() -> None:
    written = io.StringIO()
    with Progress("set-up", written) as progress:
        progress.started("geth", "building")
        progress.finished("geth")
    lines = written.getvalue().splitlines()
    assert [line.partition(" s  ")[2] for line in lines] == [
        "geth: building",
        "geth: done in 0 s",
        "ready; longest step: geth, 0 s",
    ]
    assert "\x1b" not in written.getvalue()
