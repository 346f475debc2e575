"""Measures ACTUS contracts per second against jactus from PyPI, on the same cases in one run.

Each engine has a process of its own, is warm, and reads the terms anew in every round; loading files and packages is
excluded. Only cases that both can run are timed; how many those are is part of the result. The median of the rounds
counts. The rounds of the two engines alternate, so that a busy machine slows both alike. jactus gets an environment in
the cache folder, made once. The table goes to stderr, one JSON object to stdout (and to --out).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

PEER = "jactus==0.2.0"
RUNNERS = Path(__file__).resolve().parent / "schedules_runners"
FILES = ("actus-pam.json", "actus-lam.json", "actus-nam.json", "actus-ann.json")
FACTOR_WANTED = 20


def base_python() -> str:
    """A Python that the peer installs on: it needs one before 3.13."""
    if sys.version_info < (3, 13):
        return sys.executable
    for name in ("python3.12", "python3.11"):
        found = shutil.which(name)
        if found:
            return found
    print(f"{PEER} needs Python 3.11 or 3.12 on PATH.", file=sys.stderr)
    raise SystemExit(4)


def peer_python() -> Path:
    """The interpreter of the peer's environment, which is made on first use."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "loan-ledger" / "bench-jactus"
    python, ready = cache / "bin" / "python", cache / PEER
    if not ready.exists():
        print(f"Installing {PEER} into {cache} (once).", file=sys.stderr)
        subprocess.run([base_python(), "-m", "venv", "--clear", cache], check=True, stdout=sys.stderr)  # noqa: S603
        subprocess.run([python, "-m", "pip", "install", "--quiet", PEER], check=True, stdout=sys.stderr)  # noqa: S603
        ready.touch()
    return python


class Engine:
    """One engine in a process of its own, which runs a round whenever it is asked to."""

    def __init__(self, python: Path, runner: str, files: list[Path]) -> None:
        command = [python, RUNNERS / runner, *files]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603
        first = self._answer()
        self.ran: set[str] = set(first["ran"])
        self.refused: dict[str, str] = first["refused"]
        self.rates: list[float] = []

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args} ended with code {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def round(self, names: list[str], seconds: float) -> float:
        """Contracts per second over whole passes through `names`, for at least `seconds`."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"names": names, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        return float(self._answer()["per_second"])

    def close(self) -> None:
        """Let the process end."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def report(result: dict[str, object], ours: list[float], theirs: list[float]) -> None:
    """The table a person reads."""
    table = Table(title="ACTUS contracts per second, one process each, warm, terms read anew")
    for column in ("engine", "median", "lowest", "highest"):
        table.add_column(column, justify="left" if column == "engine" else "right")
    for engine, rates in (("chain.schedules", ours), (PEER, theirs)):
        table.add_row(engine, *(f"{each:,.0f}" for each in (statistics.median(rates), min(rates), max(rates))))
    console = Console(stderr=True)
    console.print(table)
    console.print(f"{result['cases']} of {result['cases_given']} cases run in both; ratio {result['ratio']}")


def main() -> int:
    """Exit 0 if the ratio is at least the one wanted, 1 if not, 4 without the peer data."""
    parser = argparse.ArgumentParser(prog="scripts/bench schedules", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds per engine; the median counts")
    parser.add_argument("--seconds", type=float, default=1.0, help="shortest length of a round")
    parser.add_argument("--out", type=Path, help="also write the JSON here")
    arguments = parser.parse_args()
    data = os.environ.get("LOAN_LEDGER_PEER_DATA")
    if not data or not all((Path(data) / name).is_file() for name in FILES):
        print(f"Set LOAN_LEDGER_PEER_DATA to the folder that holds {', '.join(FILES)}.", file=sys.stderr)
        return 4
    files = [Path(data) / name for name in FILES]
    given = sum(len(json.loads(file.read_text(encoding="utf-8"))) for file in files)
    theirs = Engine(peer_python(), "jactus_cases.py", files)
    ours = Engine(Path(sys.executable), "ledger_cases.py", files)
    names = sorted(ours.ran & theirs.ran)
    for engine in (ours, theirs):
        engine.round(names, arguments.seconds)  # to warm up
    for _ in range(arguments.rounds):
        for engine in (ours, theirs):
            engine.rates.append(engine.round(names, arguments.seconds))
    for engine in (ours, theirs):
        engine.close()
    ratio = statistics.median(ours.rates) / statistics.median(theirs.rates)
    result: dict[str, object] = {
        "bench": "schedules",
        "peer": PEER,
        "cases": len(names),
        "cases_given": given,
        "refused_by_us": ours.refused,
        "refused_by_peer": theirs.refused,
        "contracts_per_second": {"ours": ours.rates, "peer": theirs.rates},
        "median": {"ours": statistics.median(ours.rates), "peer": statistics.median(theirs.rates)},
        "ratio": round(ratio, 1),
    }
    text = json.dumps(result, indent=2)
    if arguments.out is not None:
        arguments.out.write_text(text + "\n", encoding="utf-8")
    report(result, ours.rates, theirs.rates)
    print(text)
    return 0 if ratio >= FACTOR_WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
