"""SoftHSM is installed for the tests only where that can be done, and never stops a set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chain.toolchain import layout
from chain.toolchain.components import COMPONENTS, Shell

SOFTHSM = COMPONENTS["softhsm"]


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "softhsm_module", lambda: None)


@pytest.mark.usefixtures("absent")
@pytest.mark.parametrize(("user", "apt", "asked"), [(0, True, True), (1000, True, False), (0, False, False)])
def test_it_is_asked_for_only_as_root_with_apt(
    monkeypatch: pytest.MonkeyPatch, user: int, apt: bool, asked: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/apt-get" if apt else None)
    assert SOFTHSM.complete() is not asked


@pytest.mark.parametrize("works", ["first", "after update", "never"])
def test_a_server_without_packages_does_not_stop_the_set_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, works: str
) -> None:
    log = tmp_path / "log"
    updated = tmp_path / "updated"
    good = {"first": "exit 0", "after update": f"test -e {updated}", "never": "exit 100"}[works]
    program = tmp_path / "apt-get"
    program.write_text(f'#!/bin/sh\necho "$1" >> {log}\n[ "$1" = update ] && {{ touch {updated}; exit 0; }}\n{good}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    def run(command: object, environment: object, folder: object) -> None:
        subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)  # type: ignore[call-overload]

    SOFTHSM.install(Shell(run=run, suffix=".partial"))
    expected = {"first": ["install"], "after update": ["install", "update", "install"]}
    assert log.read_text().split() == expected.get(works, ["install", "update", "install"])
