"""Many sequences at once: chunks of seeds over processes, with what is done kept in a file, so that a long run goes on
where it was interrupted. What was done belongs to the code as it was: the file is named after it."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from harness.running import machine, run_seed

from chain.compiler.sources import fingerprint
from chain.toolchain import layout

CHUNK = 25


@dataclass
class Total:
    """What many sequences did. failures: reports of those that differ, by seed."""

    sequences: int = 0
    commands: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    features: Counter[str] = field(default_factory=Counter)
    failures: dict[int, str] = field(default_factory=dict)

    def add(self, chunk: dict[str, object]) -> None:
        """One chunk's figures, as `run_chunk` gives them."""
        self.sequences += int(str(chunk["sequences"]))
        for name in ("commands", "refusals", "features"):
            counted = chunk[name]
            assert isinstance(counted, dict)
            getattr(self, name).update(counted)
        failures = chunk["failures"]
        assert isinstance(failures, dict)
        self.failures |= {int(seed): report for seed, report in failures.items()}

    def summary(self) -> str:
        """For people: counts, and what the sequences were examples of."""
        covered = ", ".join(f"{count} x {what}" for what, count in self.features.most_common())
        return (
            f"{self.sequences} sequences, {sum(self.commands.values())} commands of {len(self.commands)} kinds, "
            f"{sum(self.refusals.values())} refusals of {len(self.refusals)} kinds, {len(self.failures)} differences; "
            f"among them {covered}"
        )


def run_chunk(first: int, count: int) -> dict[str, object]:
    """Some consecutive seeds, as plain JSON."""
    commands, refusals, features = Counter[str](), Counter[str](), Counter[str]()
    failures: dict[int, str] = {}
    for seed in range(first, first + count):
        outcome = run_seed(seed)
        commands += outcome.done
        refusals += outcome.refused
        features += outcome.features
        if outcome.differences:
            failures[seed] = outcome.report()
    return {
        "first": first,
        "sequences": count,
        "commands": commands,
        "refusals": refusals,
        "features": features,
        "failures": failures,
    }


def run_many(first: int, count: int, progress: Path | None = None, processes: int | None = None) -> Total:
    """`count` sequences from seed `first` on. progress: a folder where finished chunks are kept. Stops early at the
    first chunk that differs."""
    machine()  # compiled and deployed once, before the processes part
    file = progress / f"differential-{code_digest()}.jsonl" if progress else None
    total, known = Total(), set[int]()
    for chunk in _kept(file):
        if first <= int(str(chunk["first"])) < first + count:
            known.add(int(str(chunk["first"])))
            total.add(chunk)
    starts = [start for start in range(first, first + count, CHUNK) if start not in known]
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes or os.cpu_count(), mp_context=context) as pool:
        running = [pool.submit(run_chunk, start, min(CHUNK, first + count - start)) for start in starts]
        for finished in as_completed(running):
            if finished.cancelled():
                continue
            chunk = finished.result()
            total.add(chunk)
            if chunk["failures"]:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(chunk) + "\n")
    return total


def code_digest() -> str:
    """Of everything that a result depends on: contracts, model, schedules and the harness itself."""
    root = layout.checkout()
    digest = hashlib.sha256(fingerprint(root).encode())
    for folder in ("chain/model", "chain/schedules/ledger", "tests/differential/harness"):
        for file in sorted((root / folder).glob("*.py")):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _kept(file: Path | None) -> Iterator[dict[str, object]]:
    """The finished chunks; a line cut off by an interruption is left out."""
    if file is None or not file.exists():
        return
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue
