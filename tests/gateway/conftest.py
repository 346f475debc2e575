"""A real ledger for the gateway's tests: anvil, the real contracts, and gateways of four seats over real HTTP.

Most tests share one ledger and gateways that run in threads of this process; tests that kill a gateway start their own
process. What goes between a gateway and its node can be watched and stopped with `rpc_proxy`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from eth_account import Account

from chain.bank.account_statement import Remittance
from chain.bank.amounts import Minor
from chain.bank.pain001 import read_payment_order
from chain.bank.posting import CustodyAccount
from chain.bank.simulated import Counterparty, SimulatedDepositoryBank
from chain.deployment import MemberSeat, deploy, grant, planned_domain
from chain.keys.keystore import KeystoreCost, store_key
from chain.keys.reader import ensure_reader_key, reader_public_key
from chain.ledger.connection import connect
from chain.ledger.roles import Role, Scope
from chain.ledger.typed_data import sign_typed
from chain.toolchain.layout import binary
from gateway.app import create_app
from gateway.auth.service import issue_token
from gateway.launch.seats import OPERATIONAL_KEYS
from gateway.logs import configure_logging
from gateway.settings import load_settings

configure_logging("warning")
START = date(2026, 1, 5)
SEATS = ("platform", "bank", "regulator", "observer")
ACCOUNT = CustodyAccount("CN00LEDGER0000000001", "CNY", 1, 0)


def _key(name: str) -> str:
    return "0x" + bytes(connect("http://127.0.0.1:1").keccak(text=f"gateway test {name}")).hex()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that needs a chain belongs to the tests of the network."""
    for item in items:
        if {"start_anvil", "ipfs_pair"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.network)


@dataclass
class Client:
    """One seat over HTTP."""

    url: str
    token: str
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=90, trust_env=False
        )

    def get(self, path: str, **more: Any) -> Any:
        """A resource; the test fails with the problem if it is refused."""
        response = self.http.get(path, **more)
        assert response.status_code == 200, (path, response.status_code, response.text)
        return response.json()

    def post(self, path: str, body: Any = None, *, key: str | None = None, wait: float | None = 60, **more: Any) -> Any:
        """A change, and the raw response."""
        headers = {"Idempotency-Key": key or secrets.token_hex(8)}
        if wait:
            headers["Prefer"] = f"wait={wait:g}"
        headers |= more.pop("headers", {})
        return (
            self.http.post(path, json=body, headers=headers, **more)
            if body is not None
            else self.http.post(path, headers=headers, **more)
        )

    def done(self, path: str, body: Any = None, **more: Any) -> Any:
        """A change that must become final."""
        response = self.post(path, body, **more)
        assert response.status_code in (200, 201), (path, response.status_code, response.text)
        return response.json()


@dataclass
class Ledger:
    """A deployed ledger with its state folder and clients by seat."""

    state: Path
    rpc: str
    clients: dict[str, Client] = field(default_factory=dict)
    stops: list[Callable[[], None]] = field(default_factory=list)
    bank_system: SimulatedDepositoryBank = field(default_factory=lambda: SimulatedDepositoryBank(ACCOUNT))

    @property
    def platform(self) -> Client:
        return self.clients["platform"]

    @property
    def bank(self) -> Client:
        return self.clients["bank"]

    @property
    def regulator(self) -> Client:
        return self.clients["regulator"]

    @property
    def observer(self) -> Client:
        return self.clients["observer"]

    # --- parties

    @staticmethod
    def key(name: str) -> str:
        """A party's key, the same for the same name."""
        return _key(name)

    def address(self, name: str) -> str:
        return str(Account.from_key(_key(name)).address)

    def party_request(self, name: str) -> dict[str, Any]:
        return {
            "reference": name,
            "address": self.address(name),
            "kind": "PERSON",
            "identity": {"name": f"Party {name}", "document_type": "CN-ID", "document_number": f"1101-{name}"},
            "account": {"number": f"6222{zlib.crc32(name.encode()):012d}", "name": f"Party {name}"},
        }

    def register(self, *names: str) -> None:
        for name in names:
            self.bank.done("/v1/parties", self.party_request(name))

    def payer(self, name: str) -> Counterparty:
        party = self.bank.get(f"/v1/parties/{name}")
        return Counterparty(party["account"]["name"], party["account"]["number"])

    # --- the bank's day

    def today(self) -> date:
        return date.fromisoformat(self.bank.get("/v1/business-date")["business_date"])

    def deposit(self, name: str, amount: int) -> None:
        """Books a lender's deposit at the simulated bank; it arrives with the day's statement."""
        reference = self.bank.get(f"/v1/parties/{name}")["deposit_reference"]
        self.bank_system.receive(Minor(amount), self.payer(name), Remittance((), (reference,)), self.today())

    def repay(self, loan: str, name: str, amount: int, value_date: date | None = None) -> str:
        reference = self.bank.get(f"/v1/loans/{loan}")["repayment_reference"]
        text = Remittance((f"repayment {reference}",), ())
        return self.bank_system.receive(Minor(amount), self.payer(name), text, value_date or self.today())

    def statement(self, day: date | None = None) -> bytes:
        return self.bank_system.close_day(day or self.today())

    def post_statement(self, data: bytes, **more: Any) -> Any:
        headers = {"Content-Type": "application/xml"}
        response = self.bank.post("/v1/account-statements", content=data, headers=headers, **more)
        assert response.status_code == 200, response.text
        return response.json()

    def end_day(self, through: date | None = None) -> None:
        """Posts the day's statement and closes the day (all days up to `through`)."""
        day = through or self.today()
        self.post_statement(self.statement(day))
        self.bank.done("/v1/day-ends", {"through": day.isoformat()})

    # --- loans

    def terms(self, number: str, borrower: str, principal: str, **changed: Any) -> dict[str, Any]:
        return {
            "borrower": self.address(borrower),
            "principal": {"amount": principal, "currency": "CNY"},
            "regime": "test-regime",
            "funding_deadline": (self.today() + timedelta(days=10)).isoformat(),
            "text": {
                "number": number,
                "salt": "0x" + secrets.token_hex(32),
                "text_hash": "0x" + "02" * 32,
                "cid_commitment": "0x" + "03" * 32,
            },
            "pricing": {"rate": "0.05", "day_count": "MONTHLY_12"},
            "schedule": {"method": "EQUAL_INSTALMENT", "instalments": 6, "period_months": 1},
        } | changed

    def proposal(self, terms: dict[str, Any], borrower: str) -> tuple[str, dict[str, Any]]:
        """The loan's id and the signed proposal."""
        prepared = self.platform.http.post("/v1/loans:prepare", json={"terms": terms})
        assert prepared.status_code == 200, prepared.text
        signature = sign_typed(prepared.json()["typed_data"], _key(borrower))
        return prepared.json()["loan_id"], {"terms": terms, "borrower_signature": "0x" + signature.hex()}

    def propose(self, number: str, borrower: str, principal: str, **changed: Any) -> str:
        loan, body = self.proposal(self.terms(number, borrower, principal, **changed), borrower)
        self.platform.done("/v1/loans", body)
        return loan

    def length(self, loan: str, seat: str = "platform") -> int:
        """Of the loan's history at the node's newest block, whichever seat wrote it."""
        newest = {"Ledger-Min-Block": str(connect(self.rpc).eth.block_number)}
        return int(self.clients[seat].get(f"/v1/loans/{loan}", headers=newest)["history"]["length"])

    def subscribe(self, loan: str, *lenders: tuple[str, str]) -> Any:
        items = [
            {
                "lender": self.address(name),
                "amount": {"amount": amount, "currency": "CNY"},
                "salt": "0x" + secrets.token_hex(32),
                "valid_through": (self.today() + timedelta(days=10)).isoformat(),
            }
            for name, amount in lenders
        ]
        prepared = self.platform.http.post(f"/v1/loans/{loan}/subscriptions:prepare", json={"subscriptions": items})
        signed = [
            item | {"signature": "0x" + sign_typed(document["typed_data"], _key(name)).hex()}
            for item, document, (name, _) in zip(items, prepared.json()["items"], lenders, strict=True)
        ]
        body = {"expected_history_length": self.length(loan), "subscriptions": signed}
        return self.platform.done(f"/v1/loans/{loan}/subscriptions", body)

    def active(self, number: str, principal: str = "5000.00", **changed: Any) -> tuple[str, str, str]:
        """A disbursed loan, with its borrower and only lender."""
        loan, borrower, lender = self.funded(number, principal, **changed)
        self.step("platform", loan, "disburse")
        self.pay_out()
        self.end_day()
        return loan, borrower, lender

    def second(self, seat: str = "bank") -> Client:
        """The same seat, asked by a second person."""
        if f"{seat}-second" not in self.clients:
            token = issue_token(self.state, seat, "second")
            self.clients[f"{seat}-second"] = Client(self.clients[seat].url, token)
        return self.clients[f"{seat}-second"]

    def proposals(self, seat: str = "bank") -> list[dict[str, Any]]:
        """What waits for a second person."""
        return list(self.clients[seat].get("/v1/proposals?status=proposed")["items"])

    def approve(self, proposal: str, seat: str = "bank") -> Any:
        """The second person looks at a proposal and approves it."""
        shown = self.second(seat).get(f"/v1/proposals/{proposal}")
        assert shown["call"] is not None, shown["problem"]
        return self.second(seat).done("/v1/approvals", {"proposal": proposal, "action": shown["call"]["action"]})

    def approve_all(self, seat: str = "bank", count: int = 1) -> list[dict[str, Any]]:
        """Waits until `count` proposals are there, and approves them; gives them as they were shown."""
        until = time.monotonic() + 30
        while len(found := self.proposals(seat)) < count:
            assert time.monotonic() < until, found
            time.sleep(0.05)
        for proposal in found:
            self.approve(proposal["id"], seat)
        return found

    def signed(self, path: str, terms: dict[str, Any], *names: str) -> list[str]:
        """What the named parties sign of an order prepared at the platform's seat."""
        prepared = self.platform.http.post(f"{path}:prepare", json=terms)
        assert prepared.status_code == 200, prepared.text
        return ["0x" + sign_typed(prepared.json()["typed_data"], _key(name)).hex() for name in names]

    def order(self, **values: Any) -> dict[str, Any]:
        """An order's values with a fresh salt and a last day."""
        last = (self.today() + timedelta(days=40)).isoformat()
        return {"salt": "0x" + secrets.token_hex(32), "valid_through": last} | values

    def step(self, seat: str, loan: str, name: str, **more: Any) -> Any:
        body = {"expected_history_length": self.length(loan, seat)} | more
        return self.clients[seat].done(f"/v1/loans/{loan}/{name}", body)

    def pay_out(self) -> None:
        """Instructs all reserved payouts and has the bank's system book them today."""
        accepted = self.bank.done("/v1/payout-instructions", {})
        file = self.bank.http.get(f"{accepted['resource']['href']}.xml")
        assert file.status_code == 200, file.text
        self.bank_system.execute(read_payment_order(file.content))

    def funded(
        self, number: str, principal: str = "5000.00", lender: str | None = None, **changed: Any
    ) -> tuple[str, str, str]:
        """A funded loan, with its borrower and only lender. changed: terms."""
        borrower, lender = f"B-{number}", lender or f"L-{number}"
        self.register(borrower, lender)
        self.deposit(lender, int(principal.replace(".", "")))
        self.end_day()
        loan = self.propose(number, borrower, principal, **changed)
        self.subscribe(loan, (lender, principal))
        return loan, borrower, lender


def _settings(
    ledger: Ledger,
    seat: str,
    rpc: str,
    ipfs: list[tuple[str, Path]],
    extra: str = "",
    keys: Mapping[str, Mapping[str, frozenset[Scope]]] = OPERATIONAL_KEYS,
) -> None:
    folder = ledger.state / seat
    folder.mkdir(exist_ok=True, mode=0o700)
    lines = [f'seat = "{seat}"', 'mode = "dev"', f'role = "{seat}"', f'rpc_url = "{rpc}"', 'engine = "anvil"']
    lines.append("poll_seconds = 0.03")
    lines.append(extra)
    if seat != "observer":
        observer = reader_public_key(ledger.state / "observer").public_bytes_raw().hex()
        lines.append(f'readers = {{ observer = "{observer}" }}')
    for name, scopes in keys.get(seat, {}).items():
        listed = ", ".join(f'"{scope.name}"' for scope in sorted(scopes))
        lines += ["[[keys]]", f'name = "{name}"', f'folder = "keys/{seat}-{name}"', f"scopes = [{listed}]"]
    for url, token in ipfs:
        lines += ["[[ipfs]]", f'api_url = "{url}"', f'token_file = "{token}"']
    (folder / "settings.toml").write_text("\n".join(lines) + "\n")


@dataclass
class Started:
    """What runs for the tests: gateways, which poll, and nodes. What a test or a module started ends with it: left
    alone, they would take the processor from the tests after them."""

    stops: list[Callable[[], None]] = field(default_factory=list)
    nodes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kept: int = 0  # stops of the shared ledger, at the front of both lists
    kept_nodes: int = 0

    def end(self, stops: int, nodes: int) -> None:
        """Ends what came after the first `stops` gateways and the first `nodes` nodes, but for what is kept."""
        for stop in reversed(self.stops[max(stops, self.kept) :]):
            stop()
        for node in self.nodes[max(nodes, self.kept_nodes) :]:
            node.terminate()
            node.wait(10)
        del self.stops[max(stops, self.kept) :], self.nodes[max(nodes, self.kept_nodes) :]

    def keep(self, stops: int, nodes: int) -> None:
        """Keeps what was started since, for all tests that follow."""
        new, new_nodes = self.stops[stops:], self.nodes[nodes:]
        del self.stops[stops:], self.nodes[nodes:]
        self.stops[:0], self.nodes[:0] = new, new_nodes
        self.kept, self.kept_nodes = len(new), len(new_nodes)


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """All that runs; ended afterwards."""
    running = Started()
    yield running
    running.kept = running.kept_nodes = 0
    running.end(0, 0)


@pytest.fixture(scope="module", autouse=True)
def _end_with_the_module(started: Started) -> Iterator[None]:
    before = len(started.stops) - started.kept, len(started.nodes) - started.kept_nodes
    yield
    started.end(before[0] + started.kept, before[1] + started.kept_nodes)


@pytest.fixture(autouse=True)
def _end_with_the_test(started: Started) -> Iterator[None]:
    before = len(started.stops), len(started.nodes)
    yield
    started.end(*before)


@pytest.fixture(scope="session")
def start_anvil(tmp_path_factory: pytest.TempPathFactory, started: Started) -> Callable[..., str]:
    """Starts anvils and gives their URLs."""
    processes = started.nodes

    def start(*flags: str) -> str:
        log = tmp_path_factory.mktemp("anvil") / "log"
        command = [str(binary("anvil")), "--port", "0", "--hardfork", "berlin", "--accounts", "0", *flags]
        with log.open("wb") as file:
            processes.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT))
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = re.search(r"Listening on (\S+)", log.read_text())
            if found:
                return f"http://{found.group(1)}"
            time.sleep(0.02)
        raise AssertionError(f"anvil did not start: {log.read_text()[-400:]}")

    return start


@pytest.fixture(scope="session")
def make_ledger(
    start_anvil: Callable[..., str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Callable[..., Ledger]:
    """Deploys a ledger on its own anvil, with keys and settings for each seat; starts no gateway.

    database: "postgresql" gives each seat a database on the PostgreSQL server; so does the environment variable
    LOAN_LEDGER_TEST_DATABASE for all tests that don't say.
    """

    def make(
        *flags: str,
        ipfs: list[tuple[str, Path]] | None = None,
        extra: str = "",
        booking_limit: int = 0,
        database: str = os.environ.get("LOAN_LEDGER_TEST_DATABASE", "sqlite"),
        keys: Mapping[str, Mapping[str, frozenset[Scope]]] = OPERATIONAL_KEYS,
    ) -> Ledger:
        rpc = start_anvil(*flags)
        w3 = connect(rpc)
        state = tmp_path_factory.mktemp("state")
        ledger = Ledger(state, rpc)
        members = []
        domain = planned_domain(w3, Account.from_key(_key("deployer")).address)
        for number, seat in enumerate(SEATS, start=1):
            folder = state / seat
            folder.mkdir(mode=0o700)
            reading = ensure_reader_key(folder).public_key().public_bytes_raw().hex()
            if seat == "observer":
                continue
            account = Account.from_key(_key(seat))
            store_key(folder, account, KeystoreCost.DEVNET)
            grants = []
            for name, scopes in keys[seat].items():
                secret = _key(f"{seat}-{name}")
                store_key(folder / "keys" / f"{seat}-{name}", Account.from_key(secret), KeystoreCost.DEVNET)
                limit = booking_limit if name == "booking" else 0
                grants.append(grant(domain, number, secret, sum(scope.bit for scope in scopes), limit))
            members.append(MemberSeat(seat, Role(seat.upper()), account.address, reading, tuple(grants)))
        operational = [f"{seat}-{name}" for seat, names in keys.items() for name in names]
        for name in ("deployer", "platform", "bank", "regulator", *operational):
            w3.provider.make_request("anvil_setBalance", [Account.from_key(_key(name)).address, hex(10**21)])
        consortium = deploy(
            w3, _key("deployer"), members, name="test", engine="anvil", start_day=START, simulated=True,
            root_keys={m.root: _key(m.name) for m in members},
        )  # fmt: skip
        consortium.signed([_key(m.name) for m in members]).save(state / "consortium.json")
        for seat in SEATS:
            more = [extra]
            if database == "postgresql":
                more.append(request.getfixturevalue("make_postgres")().settings())
            _settings(ledger, seat, rpc, ipfs or [], "\n".join(more), keys)
        return ledger

    return make


@pytest.fixture(scope="session")
def serve(started: Started) -> Callable[..., Client]:
    """Serves a seat in threads of this process."""
    stops = started.stops

    def start(ledger: Ledger, seat: str, *, ready: bool = True) -> Client:
        token = issue_token(ledger.state, seat, "tests")
        app = create_app(ledger.state, load_settings(ledger.state, seat))
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(30)
            listener.close()

        stops.append(stop)
        client = Client(f"http://127.0.0.1:{listener.getsockname()[1]}", token)
        _wait_until(client.url, "ready" if ready else "live")
        ledger.clients[seat] = client
        ledger.stops.append(stop)
        return client

    return start


def _wait_until(url: str, what: str, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    last = "no answer"
    while time.monotonic() < until:
        try:
            answer = httpx.get(f"{url}/health/{what}", trust_env=False, timeout=5)
            if answer.status_code == 200:
                return
            last = answer.text
        except httpx.HTTPError as error:
            last = repr(error)
        time.sleep(0.05)
    raise AssertionError(f"the gateway at {url} is not {what}: {last}")


@pytest.fixture(scope="session")
def ledger(make_ledger: Callable[..., Ledger], serve: Callable[..., Client], started: Started) -> Ledger:
    """The shared ledger with all four gateways and a regime profile."""
    before = len(started.stops), len(started.nodes)
    made = make_ledger()
    for seat in SEATS:
        serve(made, seat)
    started.keep(*before)
    set_regime(made)
    return made


def set_regime(ledger: Ledger) -> None:
    """The regulator's profile that the tests' loans name."""
    ledger.regulator.done(
        "/v1/regime-profiles",
        {
            "name": "test-regime",
            "rate_cap": "0.24",
            "reversal_days": 0,
            "effective_from": "2026-01-01",
            "effective_through": "2030-12-31",
        },
    )


@pytest.fixture(scope="module")
def own_ledger(make_ledger: Callable[..., Ledger]) -> Ledger:
    """A ledger for one module, with impatient gateways, none started."""
    return make_ledger(extra="resend_seconds = 1.0\nreplace_seconds = 2.0")


@pytest.fixture(scope="session")
def with_regime() -> Callable[[Ledger], None]:
    return set_regime


@dataclass
class GatewayProcess:
    """A gateway in a process of its own, to be killed."""

    ledger: Ledger
    seat: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Client:
        """Starts it, and waits until it answers (not until it is ready)."""
        log = self.ledger.state / f"{self.seat}.log"
        env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "LOAN_LEDGER_GATEWAY_PORT": str(self.port)}
        command = [sys.executable, "-m", "gateway", "serve", "--state", str(self.ledger.state), "--seat", self.seat]
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=file, env=env)
        url = f"http://127.0.0.1:{self.port}"
        until = time.monotonic() + 180
        while time.monotonic() < until:
            assert self.process.poll() is None, log.read_text()[-2000:]
            try:
                if httpx.get(f"{url}/health/live", trust_env=False).status_code == 200:
                    return self.ledger.clients[self.seat]
            except httpx.HTTPError:
                time.sleep(0.05)
        raise AssertionError(log.read_text()[-2000:])

    def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self) -> None:
        """SIGTERM, if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def _processes() -> Iterator[Callable[[Ledger, str], GatewayProcess]]:
    made: list[GatewayProcess] = []

    def make(ledger: Ledger, seat: str) -> GatewayProcess:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        ledger.clients[seat] = Client(f"http://127.0.0.1:{port}", issue_token(ledger.state, seat, "tests"))
        made.append(GatewayProcess(ledger, seat, port))
        return made[-1]

    yield make
    for process in made:
        process.stop()


@pytest.fixture
def gateway_process() -> Iterator[Callable[[Ledger, str], GatewayProcess]]:
    """Gateways in processes of their own."""
    yield from _processes()


@pytest.fixture(scope="module")
def gateway_processes() -> Iterator[Callable[[Ledger, str], GatewayProcess]]:
    """The same for a whole module."""
    yield from _processes()


class RpcProxy:
    """Stands between a gateway and its node: counts requests by method, and can hold or spoil some."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.calls: list[str] = []
        self.hook: Callable[[str, bytes], bytes | None] | None = None
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                asked = json.loads(body)
                answer = proxy.batch(asked) if isinstance(asked, list) else proxy.answer(asked["method"], body)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, method: str, body: bytes) -> bytes:
        """The hook's answer to one request, or the node's."""
        self.calls.append(method)
        answer = self.hook(method, body) if self.hook is not None else None
        return self.forward(body) if answer is None else answer

    def batch(self, asked: list[dict[str, Any]]) -> bytes:
        """The answers to many requests; the node gets those together that no hook answers."""
        answers: list[Any] = []
        for one in asked:
            self.calls.append(one["method"])
            said = self.hook(one["method"], json.dumps(one).encode()) if self.hook is not None else None
            if said is None:
                continue
            try:
                answers.append(json.loads(said) | {"id": one["id"]})
            except ValueError:
                return said
        left = [one for one in asked if one["id"] not in {said["id"] for said in answers}]
        return json.dumps(answers + (json.loads(self.forward(json.dumps(left).encode())) if left else [])).encode()

    def forward(self, body: bytes) -> bytes:
        """What the node says."""
        request = urllib.request.Request(self.target, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bytes(answer.read())

    def count(self, method: str) -> int:
        return self.calls.count(method)


@pytest.fixture
def rpc_proxy() -> Iterator[Callable[[str], RpcProxy]]:
    """Proxies to nodes."""
    made: list[RpcProxy] = []

    def make(target: str) -> RpcProxy:
        made.append(RpcProxy(target))
        return made[-1]

    yield make
    for proxy in made:
        proxy.server.shutdown()
        proxy.server.server_close()


@pytest.fixture(scope="session")
def use_rpc() -> Callable[[Ledger, str, str], None]:
    """Points a seat's settings to another node."""

    def use(ledger: Ledger, seat: str, rpc: str) -> None:
        path = ledger.state / seat / "settings.toml"
        path.write_text(re.sub(r'rpc_url = "[^"]*"', f'rpc_url = "{rpc}"', path.read_text()))

    return use


@pytest.fixture(scope="session")
def ipfs_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two real IPFS nodes of a private swarm, and the module that runs and damages them."""
    module = _load(Path(__file__).parents[1] / "node_config" / "ipfs" / "ipfs_nodes.py")
    for swarm in module.swarm(tmp_path_factory.mktemp("ipfs") / "swarm"):
        first, second = swarm.node(), swarm.node()
        module.wait_connected(second, first)
        yield first, second, module


@pytest.fixture(scope="module")
def with_ipfs(make_ledger, serve, with_regime, ipfs_pair, tmp_path_factory):
    """Four seats over two IPFS nodes, and a registered party called Writer."""
    folder = tmp_path_factory.mktemp("tokens")
    nodes = []
    for number, node in enumerate(ipfs_pair[:2]):
        token = folder / f"{number}"
        token.write_text(node.endpoint.token)
        nodes.append((node.endpoint.api_url, token))
    ledger = make_ledger(ipfs=nodes)
    for seat in ("platform", "bank", "regulator", "observer"):
        serve(ledger, seat)
    with_regime(ledger)
    ledger.register("Writer")
    return ledger


def _load(path: Path) -> Any:
    """The module in a file that is on no path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def postgres_server(started: Started) -> Iterator[Any]:
    """A running PostgreSQL server, see `database/postgres_server.py`. Whoever restarts it starts one of their own."""
    with _load(Path(__file__).parent / "database" / "postgres_server.py").postgres_server() as server:
        yield server
        started.kept = started.kept_nodes = 0
        started.end(0, 0)  # the gateways go before their databases


@pytest.fixture
def start_postgres() -> Iterator[Callable[[], Any]]:
    """Starts PostgreSQL servers of a test's own, to be stopped and restarted."""
    servers = _load(Path(__file__).parent / "database" / "postgres_server.py")
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(servers.postgres_server())


@dataclass(frozen=True)
class PostgresDatabase:
    """A fresh database: its URL without the password, and where that is."""

    url: str
    password: str
    password_file: Path

    def settings(self) -> str:
        """Lines for a seat's settings."""
        return f'database_url = "{self.url}"\ndatabase_password_file = "{self.password_file}"'


@pytest.fixture(scope="session")
def make_postgres(postgres_server: Any) -> Callable[[], PostgresDatabase]:
    """Makes fresh databases on the PostgreSQL server."""
    return lambda: PostgresDatabase(postgres_server.database(), postgres_server.password, postgres_server.password_file)


@pytest.fixture
def postgres(make_postgres: Callable[[], PostgresDatabase], postgres_server: Any) -> Iterator[PostgresDatabase]:
    """A fresh database on a real PostgreSQL server."""
    made = make_postgres()
    yield made
    postgres_server.drop(made.url)
