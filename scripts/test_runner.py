"""Runs the checks and tests in three tiers.

`--fast` is for the inner loop and starts no network. Without an option everything runs with reduced counts, as in CI.
`--full` runs all counts and skips the steps that have passed since the last change, so that it can be interrupted.
A step's whole output is shown when it fails, and all steps run even if one has failed. The last line is plain:
passed, failed and skipped tests. Exit codes: 0 all is well, 1 something failed, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal

from chain.toolchain import layout
from chain.toolchain.components import npm_environment, tool_path
from chain.toolchain.processes import go_environment

Tier = Literal["fast", "default", "full"]
ROOT = layout.checkout()
STATE = ROOT / ".loan-ledger" / "test-full.json"
PROGRAMS = ROOT / ".venv" / "bin"
SOURCES = ("chain", "gateway", "scripts", "tests")
SUMMARY = re.compile(r"(\d+) (passed|failed|skipped|error|errors)\b")
MARKS: Mapping[Tier, str] = {"fast": "not slow and not network and not full", "default": "not full", "full": ""}
# A file's tests stay in one process, so that what they share is built once; tests/conftest.py gives the order.
WORKERS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True)
class Step:
    """One program to run. `applies` is false where there is nothing for it to look at yet."""

    name: str
    command: Sequence[str | Path]
    folder: Path = ROOT
    environment: Mapping[str, str] = field(default_factory=dict)
    applies: bool = True
    live: bool = False


def steps(tier: Tier, seed: str, pytest_arguments: Sequence[str]) -> Iterable[Step]:
    """The steps of a tier in their order: quick ones first."""
    yield from static_steps(tier)
    if tier != "fast":
        yield from contract_steps(tier, seed)
        yield from ipfs_steps()
    marks = ["-m", MARKS[tier]] if MARKS[tier] else []
    yield Step(
        "pytest",
        [PROGRAMS / "python", "-m", "pytest", *WORKERS, "-rs", *marks, *pytest_arguments],
        environment={"LOAN_LEDGER_TEST_TIER": tier, "LOAN_LEDGER_TEST_SEED": seed},
        live=True,
    )


def static_steps(tier: Tier) -> Iterable[Step]:
    """Formatting, lint, types and import directions of the Python code."""
    python = [folder for folder in SOURCES if any((ROOT / folder).rglob("*.py"))]
    yield Step("ruff check", [PROGRAMS / "ruff", "check", *python])
    if tier != "fast":
        yield Step("ruff format", [PROGRAMS / "ruff", "format", "--check", *python])
    yield Step("mypy", [PROGRAMS / "mypy"])
    client = ROOT / "gateway" / "clients" / "python"
    settings = ["--config-file", ROOT / "pyproject.toml"]
    yield Step("mypy of the client", [PROGRAMS / "mypy", *settings, "-p", "loan_ledger_client"], folder=client)
    yield Step("import-linter", [PROGRAMS / "lint-imports"])
    if tier != "fast":
        yield Step("clients of the API", [PROGRAMS / "python", "-P", "-m", "gateway.cli", "api", "check"])


def contract_steps(tier: Tier, seed: str) -> Iterable[Step]:
    """Format, lint, analysis and tests of the contracts, and whether the manifest is theirs."""
    forge, slither = layout.binary("forge"), layout.slither_dir()
    environment = layout.forge_environment() | {"FOUNDRY_PROFILE": "full" if tier == "full" else "default"}
    sources = any((ROOT / "contracts").rglob("*.sol"))
    tests = any((ROOT / "tests" / "contracts").rglob("*.t.sol"))
    yield Step("forge fmt", [forge, "fmt", "--check"], environment=environment, applies=sources)
    yield Step("forge lint", [forge, "lint", "--deny", "warnings"], environment=environment, applies=sources)
    yield Step(
        "solhint",
        [
            tool_path("node"),
            ROOT / "node_modules" / "solhint" / "solhint.js",
            "--max-warnings",
            "0",
            "contracts/**/*.sol",
        ],
        environment=npm_environment(),
        applies=sources,
    )
    yield Step(
        "slither",
        [slither / "bin" / "slither", ".", "--config-file", "slither.config.json"],
        environment=environment
        | {
            "PATH": f"{forge.parent}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(slither),
            # It deletes what is there, so it gets folders of its own.
            "FOUNDRY_OUT": "contracts/cache/analysis/out",
            "FOUNDRY_CACHE_PATH": "contracts/cache/analysis/cache",
        },
        applies=sources,
    )
    yield Step("manifest", [PROGRAMS / "python", "-m", "chain.compiler", "--check"], applies=sources)
    yield Step(
        f"forge test (seed {int(seed)})",
        [forge, "test", "--fuzz-seed", hex(int(seed)), "--gas-snapshot-check", "true"],
        environment=environment,
        applies=tests,
    )


def ipfs_steps() -> Iterable[Step]:
    """Vet and tests of the IPFS node."""
    go, module, environment = tool_path("go"), layout.ipfs_module(), go_environment()
    there = (module / "go.mod").is_file()
    yield Step("go vet", [go, "vet", "./..."], folder=module, environment=environment, applies=there)
    yield Step("go test", [go, "test", "./..."], folder=module, environment=environment, applies=there)


@dataclass(frozen=True)
class Outcome:
    """How a step ended; `counts` are the figures of pytest's own summary."""

    passed: bool
    counts: Mapping[str, int]


def run(step: Step) -> Outcome:
    """Run one step. A live step's output is shown as it comes, that of the others only if it fails."""
    began = time.monotonic()
    if step.live:
        say(f"{step.name} ...")
    environment = {**os.environ, **layout.contained_environment(), **step.environment}
    lines: list[str] = []
    try:
        code = follow(step, environment, lines)
    except OSError as error:
        lines.append(f"{step.command[0]} could not be started: {error.strerror}\n")
        code = 127
    if code != 0 and not step.live:
        sys.stdout.writelines(lines)
    say(f"{step.name}: {'ok' if code == 0 else f'FAILED (code {code})'}, {time.monotonic() - began:.1f} s")
    return Outcome(code == 0, summary_counts(lines) if step.live else {})


def follow(step: Step, environment: Mapping[str, str], lines: list[str]) -> int:
    """Run the step's program to its end, collect its output in `lines` and give its exit code."""
    with subprocess.Popen(  # noqa: S603 - the commands are written above
        [str(word) for word in step.command],
        cwd=step.folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            if step.live:
                sys.stdout.write(line)
                sys.stdout.flush()
    return process.returncode


def summary_counts(lines: Sequence[str]) -> dict[str, int]:
    """The figures of pytest's last summary line, such as `3 passed, 1 skipped in 2.50s`."""
    for line in reversed(lines):
        if " in " in line and SUMMARY.search(line):
            return {kind.rstrip("s") if kind.startswith("error") else kind: int(n) for n, kind in SUMMARY.findall(line)}
    return {}


def say(text: str) -> None:
    """A line of the runner's own."""
    print(f"-- {text}", flush=True)


class PassedSteps:
    """The steps of the full tier that have passed for the files as they are, kept over interruptions."""

    def __init__(self, files: str) -> None:
        self._files = files
        self._names: dict[str, bool] = {}
        try:
            stored = json.loads(STATE.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return
        if stored.get("files") == files:
            self._names = dict.fromkeys(stored["passed"], True)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def add(self, name: str) -> None:
        """Remember that the step `name` has passed."""
        self._names[name] = True
        STATE.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = STATE.with_suffix(".partial")
        unfinished.write_text(json.dumps({"files": self._files, "passed": list(self._names)}), encoding="utf-8")
        unfinished.replace(STATE)

    def forget(self) -> None:
        """Start anew next time."""
        STATE.unlink(missing_ok=True)


def files_digest() -> str:
    """A hash over all files of the checkout that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    state = sha256()
    for name in sorted(set(listed.split(b"\0")) - {b""}):
        file = ROOT / os.fsdecode(name)
        if file.is_file():
            state.update(name + b"\0" + sha256(file.read_bytes()).digest())
    return state.hexdigest()


def step_key(step: Step) -> str:
    """A step's name without what differs from run to run."""
    return step.name.partition(" (")[0]


def parse(arguments: Sequence[str]) -> tuple[Tier, list[str]]:
    """The tier, and what is for pytest (everything after the options known here)."""
    parser = argparse.ArgumentParser(prog="scripts/test", description=__doc__, allow_abbrev=False)
    tiers = parser.add_mutually_exclusive_group()
    tiers.add_argument("--fast", action="store_const", const="fast", dest="tier", help="no network, under 2 minutes")
    tiers.add_argument("--full", action="store_const", const="full", dest="tier", help="all counts; resumable")
    parser.set_defaults(tier="default")
    known, rest = parser.parse_known_args(arguments)
    return known.tier, rest


def main(arguments: Sequence[str]) -> int:
    """Run the tier's steps and say how it went."""
    tier, pytest_arguments = parse(arguments)
    seed = os.environ.get("LOAN_LEDGER_TEST_SEED") or str(secrets.randbelow(2**32))
    say(f"tier {tier}, seed {seed}; repeat with LOAN_LEDGER_TEST_SEED={seed}")
    remembered = PassedSteps(files_digest()) if tier == "full" else None
    began, failed, counts = time.monotonic(), list[str](), dict[str, int]()
    for step in steps(tier, seed, pytest_arguments):
        if not step.applies:
            say(f"{step.name}: nothing to look at yet")
        elif remembered is not None and step_key(step) in remembered:
            say(f"{step.name}: has passed already for these files")
        else:
            outcome = run(step)
            counts.update(outcome.counts)
            if not outcome.passed:
                failed.append(step.name)
            elif remembered is not None:
                remembered.add(step_key(step))
    if remembered is not None and not failed:
        remembered.forget()
    say(f"{time.monotonic() - began:.0f} s; " + (f"FAILED: {', '.join(failed)}" if failed else "all steps passed"))
    wrong = counts.get("failed", 0) + counts.get("error", 0)
    print(f"{counts.get('passed', 0)} passed, {wrong} failed, {counts.get('skipped', 0)} skipped", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
