"""The windows of a measurement, one after the other on one network, and what each found."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psutil
from bench_book import Book, Key, book_scopes, bring_up, open_loans
from bench_client import Client, Pressure, Watch, pour_raw, single, singles, watch
from bench_cost import Cost, busy, cost, family, memory
from bench_rpc import Rpc
from bench_stored import failures, fill, final_seconds, under_way

from chain.ledger import calls
from chain.ledger.structs import BankEntry
from chain.runtime.ports import LOOPBACK, port
from chain.runtime.supervisor import service, stop
from gateway.auth.service import issue_token
from gateway.launch.bring_up import gateway_name

WARM_UP = 3.0
IN_FLIGHT = 1200
ITEMS = 50  # repayments in one transaction of the batch window; what the gateway itself puts together
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Window:
    """One window. rate: transactions (batch: repayments) per second of block time. machine: share of all processors'
    time that was used, by whatever; others: share used by what does not belong to the measurement. refused: what was
    not accepted, or failed later: a window with any of it measured something else."""

    name: str
    keys: int
    rate: float
    transactions: int
    cost: dict[str, float]
    machine: float
    others: float
    accepted: dict[str, float] = field(default_factory=dict)
    final: dict[str, float] = field(default_factory=dict)
    memory_mib: float = 0.0
    gas: float = 0.0
    refused: list[str] = field(default_factory=list)


@dataclass
class Result:
    """All windows of one run."""

    gas_limit: int
    loans: int
    windows: list[Window] = field(default_factory=list)

    def of(self, name: str, keys: int) -> Window | None:
        """A window by its name."""
        return next((one for one in self.windows if (one.name, one.keys) == (name, keys)), None)

    def ratios(self) -> dict[int, float]:
        """R by number of keys."""
        found = {}
        for one in self.windows:
            raw = self.of("raw", one.keys)
            if one.name == "gateway" and raw is not None and raw.rate:
                found[one.keys] = round(one.rate / raw.rate, 3)
        return found

    def batch(self) -> dict[str, float]:
        """Repayments per second in batches over single raw ones, and what gas alone would give."""
        raw, many = self.of("raw", 1), self.of("batch", 1)
        if raw is None or many is None or not raw.rate or not many.gas:
            return {}
        by_gas = raw.gas / many.gas
        ratio = many.rate / raw.rate
        return {"ratio": round(ratio, 3), "by_gas": round(by_gas, 3), "of_it": round(ratio / by_gas, 3)}

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "bench": "gateway", "gas_limit": self.gas_limit, "loans": self.loans,
            "R": {str(keys): ratio for keys, ratio in self.ratios().items()}, "batch": self.batch(),
            "windows": [asdict(one) for one in self.windows],
        }  # fmt: skip


@dataclass
class Bench:
    """What is to be measured."""

    state: Path | None
    gas_limit: int
    keys: Sequence[int]
    seconds: float
    loans: int
    stored: int
    batches: bool
    duties: str
    say: Callable[[str], None]
    statement: int = 1000

    async def run(self) -> Result:
        """Measures; the network is removed afterwards."""
        path = self.state or Path(mkdtemp(prefix="bench-gateway-")) / "net"
        book = bring_up(path, self.gas_limit, max(self.keys), self.say)
        result = Result(self.gas_limit, self.loans)
        try:
            open_loans(book, self.loans, self.say)
            for keys in self.keys:
                result.windows.append(self._told(await self._raw(book, book.keys[:keys])))
                result.windows.append(self._told(await self._gateway(book, keys, "gateway")))
            if self.batches:
                result.windows.append(self._told(await self._gateway(book, 1, "batch")))
            if self.stored:
                self.say(f"storing {self.stored} transactions")
                fill(book.state.path / "bank" / "gateway.db", self.stored)
                result.windows.append(self._told(await self._gateway(book, 1, "stored")))
        finally:
            stop(book.state)
            book.state.remove()
        return result

    def _told(self, window: Window) -> Window:
        self.say(
            f"{window.name}, {window.keys} keys: {window.rate:.1f}/s, CPU ms per transaction {window.cost}, "
            f"machine {window.machine:.0%} ({window.others:.0%} by others)"
        )
        for text in window.refused[:3]:
            self.say(f"  refused: {text}")
        return window

    def _entry(self) -> int:
        self.statement += 10
        return self.statement

    async def _raw(self, book: Book, keys: Sequence[Key]) -> Window:
        rpc = Rpc(book.rpc_url)
        statement = self._entry()
        for key in keys:
            key.nonce = rpc.nonce(key.account.address)
        wanted = int(self.gas_limit / 90_000 * (self.seconds + WARM_UP) * 1.1)
        raws = []
        for number in range(wanted):
            place = number % len(book.loans)
            key = keys[place % len(keys)]
            entry = BankEntry(statement + number // 65_000, number % 65_000 + 1, b"\x09" * 32)
            call = calls.collect([book.receipt(book.loans[place], entry)])
            raws.append(book.sign_call(key.account, key.nonce, call))
            key.nonce += 1
        self.say(f"{wanted} raw transactions are signed")
        sent = [0]

        async def pour(going: Callable[[], bool], pressure: Pressure) -> None:
            sent[0] = await pour_raw(book.rpc_url, raws, going, pressure)

        window = await self._window(book, "raw", len(keys), (), pour, 1, raws)
        for number in range(sent[0], wanted):  # signed for nothing: the loans stand where they stood before
            book.loans[number % len(book.loans)].length -= 1
        return window

    async def _gateway(self, book: Book, keys: int, name: str) -> Window:
        process = start_gateway(book, keys, self.duties)
        try:
            token = issue_token(book.state.path, "bank", "bench")
            where = port(book.state, gateway_name("bank") + ".http")
            wait_ready(where, process)
            self.say("the gateway is ready and has indexed what came before")
            statement = self._entry()
            since = time.time()
            if name == "batch":
                client = Client(LOOPBACK, where, "/v1/repayments:batch", token, len(book.loans) // ITEMS)
                bodies, items = batches(book, statement), ITEMS
            else:
                client = Client(LOOPBACK, where, "/v1/repayments", token, len(book.loans))
                bodies, items = singles(book, statement), 1
            window = await self._window(
                book, name, keys, family(process.pid),
                lambda going, pressure: client.run(bodies, going, pressure), items,
            )  # fmt: skip
            left = await ended(book.state.path / "bank" / "gateway.db")
            if left:
                self.say(f"  {left} transactions and repayments have not ended")
            window.final = final_seconds(book.state.path / "bank" / "gateway.db", since)
            window.refused += failures(book.state.path / "bank" / "gateway.db", since)
            return window
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)

    async def _window(
        self,
        book: Book,
        name: str,
        keys: int,
        gateway: Sequence[psutil.Process],
        pour: Callable[[Callable[[], bool], Pressure], Any],
        items: int,
        raws: Sequence[str] = (),
    ) -> Window:
        nodes = [psutil.Process(pid) for s in book.network.nodes if (pid := service(book.state, f"node-{s}").pid)]
        pressure = Pressure(IN_FLIGHT if items == 1 else 2 * IN_FLIGHT // items)
        found = Watch(book.rpc_url)
        began, before, used = time.monotonic(), cost(gateway, nodes), busy()
        end = began + WARM_UP + self.seconds
        open_ = [True]
        watching = asyncio.create_task(watch(found, pressure, lambda: open_[0]))
        answers = await pour(lambda: time.monotonic() < end, pressure)
        until, spent, whole = time.monotonic(), cost(gateway, nodes) - before, busy() - used
        until_by_blocks = time.time()
        in_window = found.look()
        drained = time.monotonic() + 60
        while pressure.mined < pressure.sent and time.monotonic() < drained:
            await asyncio.sleep(0.2)
        await asyncio.sleep(1)
        open_[0] = False
        await watching
        if pressure.mined < pressure.sent:
            self.say(f"  {pressure.sent - pressure.mined} of {pressure.sent} were not mined")
        own = spent.gateway + spent.nodes + spent.client
        all_cpus = (until - began) * (os.cpu_count() or 1)
        window = Window(
            name=name, keys=keys, rate=round(found.rate(WARM_UP, until_by_blocks) * items, 1),
            transactions=found.total, cost=Cost(*vars(spent).values()).per(in_window * items),
            machine=whole / all_cpus, others=max(0.0, whole - own) / all_cpus,
            memory_mib=round(memory(gateway) / 2**20, 1), gas=gas_per(book, found) / items,
        )  # fmt: skip
        if not raws:
            window.accepted = percentiles(answers.seconds)
            window.refused = answers.refused
        return window


async def ended(path: Path, seconds: float = 60.0) -> int:
    """Waits until all that was accepted has ended, so that the next window begins with none on its way; how many
    have not after `seconds`."""
    end = time.monotonic() + seconds
    while (left := under_way(path)) and time.monotonic() < end:
        await asyncio.sleep(0.25)
    return left


def gas_per(book: Book, found: Watch) -> float:
    """Mean gas of the transactions of the fullest block."""
    fullest = max(found.blocks, key=lambda block: block.ours, default=None)
    if fullest is None or not fullest.ours:
        return 0.0
    block = Rpc(book.rpc_url).ask("eth_getBlockByNumber", hex(fullest.number), False)
    return int(block["gasUsed"], 16) / len(block["transactions"])


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    return {f"p{p}": round(ordered[min(len(ordered) - 1, len(ordered) * p // 100)] * 1000, 1) for p in (50, 95, 99)}


def batches(book: Book, statement: int) -> Any:
    """Bodies without end, of ITEMS repayments of as many loans each."""
    entry, at = 0, 0
    while True:
        items = []
        for _ in range(ITEMS):
            entry += 1
            if entry == 2**16:
                statement, entry = statement + 1, 1
            items.append(single(book.loans[at % len(book.loans)], statement, entry))
            at += 1
        yield json.dumps({"items": items}).encode()


def start_gateway(book: Book, keys: int, duties: str) -> subprocess.Popen[bytes]:
    """The bank's gateway with the first `keys` booking keys. duties: the setting of that name."""
    settings = book.state.path / "bank" / "settings.toml"
    base = settings.with_name("settings.without-bench.toml")
    if not base.exists():
        base.write_text(settings.read_text())
    more = [f'max_in_flight = 2048\nduties = "{duties}"', ""]
    for key in book.keys[1:keys]:
        more += [
            "[[keys]]", f'name = "{key.name}"',
            f'folder = "{key.folder.relative_to(settings.parent)}"', f"scopes = [{book_scopes()}]", "",
        ]  # fmt: skip
    first, tables = base.read_text().split("\n\n[[keys]]", 1)
    settings.write_text(
        first
        + '\nauth_rate_client = "1000000/second"\n'
        + more[0]
        + "\n\n"
        + "\n".join(more[1:])
        + "\n[[keys]]"
        + tables
    )
    log = (book.state.path / "logs" / "gateway-bench.log").open("ab")
    command = [sys.executable, "-m", "gateway", "serve", "--state", str(book.state.path), "--seat", "bank"]
    env = {**os.environ, "LOAN_LEDGER_GATEWAY_LOG_LEVEL": "warning"}
    return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=env)  # noqa: S603


def wait_ready(where: int, process: subprocess.Popen[bytes]) -> None:
    """Waits until the gateway is ready and has indexed what came before, which is no part of the window."""
    end = time.monotonic() + 180
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{LOOPBACK}:{where}/health/ready", timeout=5) as answer:
                checks = {check["name"]: check["detail"] for check in json.load(answer)["checks"]}
                if answer.status == 200 and int(checks["index"].partition(" ")[0]) <= 1:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the gateway did not become ready")
