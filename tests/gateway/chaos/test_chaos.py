"""Two gateways on one PostgreSQL while everything around them fails: nothing is lost, doubled or left out.

The chain is a real Clique network whose node is killed, the database a real server that crashes, the gateways are
killed with SIGKILL, and between them and their node stands a proxy that is slow, mute, or lies. Callers do what callers
should: they repeat a request with its key until they have an answer. What was faulty when is drawn from a printed seed.
"""

from __future__ import annotations

import json
import os
import random
import re
import secrets
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

import httpx
import pytest
from eth_account import Account

from chain.keys.keystore import address_of
from chain.ledger import calls
from chain.ledger.connection import connect
from chain.ledger.contracts import Contracts
from chain.runtime.supervisor import service, stop
from gateway.auth.service import issue_token
from gateway.launch.bring_up import bring_up_chain
from gateway.launch.files import Launch
from gateway.launch.seats import key_folder

BOOKING, APPROVING = "booking", "approving"
ENDED = ("final", "failed")
DRAIN_SECONDS = 240


@dataclass
class Intent:
    """What a caller wants once: its key, its request, and what it was told."""

    key: str
    path: str
    body: dict[str, object]
    mark: str
    transaction: str | None = None
    refusal: str | None = None


@dataclass
class Net:
    """The chain, the bank's seat and all that can be broken."""

    network: object
    contracts: Contracts
    proxy: object
    postgres: object
    token: str
    gateways: list[object] = field(default_factory=list)

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{gateway.port}" for gateway in self.gateways]

    def node_pid(self) -> int | None:
        return service(self.network.state, "node-bank").pid


@pytest.fixture
def net(tmp_path, start_postgres, rpc_proxy, gateway_process) -> Iterator[Net]:
    """A Clique network, a PostgreSQL of its own, a proxy before the bank's node and two gateways of the bank."""
    network = bring_up_chain(tmp_path / "chaos", Launch("clique", simulated=True), start_day=date(2026, 1, 5))
    try:
        proxy, postgres = rpc_proxy(network.nodes["bank"]), start_postgres()
        settings = network.state.path / "bank" / "settings.toml"
        text = re.sub(r'rpc_url = "[^"]*"', f'rpc_url = "{proxy.url}"', settings.read_text())
        ours = r"^(db|database_url|resend_seconds|replace_seconds) = .*$"
        text = re.sub(ours, "", text, flags=re.M).split("\n[[ipfs]]")[0]
        head, _, rest = text.partition("\n[[keys]]")
        lines = [
            f'database_url = "{postgres.database()}"', f'database_password_file = "{postgres.password_file}"',
            "resend_seconds = 2.0", "replace_seconds = 8.0",
        ]  # fmt: skip
        settings.write_text("\n".join([head, *lines, "", "[[keys]]"]) + rest)
        token = issue_token(network.state.path, "bank", "chaos")
        made = Net(network, Contracts(network.consortium), proxy, postgres, token)
        ledger = _AsLedger(network.state.path)
        for _ in range(2):
            gateway = gateway_process(ledger, "bank")
            gateway.start()
            made.gateways.append(gateway)
        made.token = issue_token(network.state.path, "bank", "chaos")
        yield made
    finally:
        stop(network.state)


@dataclass
class _AsLedger:
    """What `gateway_process` needs of a ledger."""

    state: object
    clients: dict[str, object] = field(default_factory=dict)


# --- callers


class Callers:
    """Threads that want things done, and repeat themselves until they are answered."""

    def __init__(self, net: Net, threads: int, pause: float) -> None:
        self._net = net
        self._pause = pause
        self._stop = threading.Event()
        self.intents: list[Intent] = []
        self.repeated = 0
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(threads)]
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """No more new wishes; those that are open are repeated until they are answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join(seconds)
            assert not thread.is_alive(), "a caller got no answer"

    def _run(self, number: int) -> None:
        with httpx.Client(timeout=10, trust_env=False, headers={"Authorization": f"Bearer {self._net.token}"}) as http:
            while not self._stop.is_set():
                intent = self._approval() if number % 3 == 2 else self._registration()
                self.intents.append(intent)
                self._ask(http, intent)
                time.sleep(self._pause)

    def _registration(self) -> Intent:
        name, address = secrets.token_hex(8), Account.from_key(secrets.token_bytes(32)).address
        body = {
            "reference": name, "address": address, "kind": "PERSON",
            "identity": {"name": f"Party {name}", "document_type": "CN-ID", "document_number": f"11-{name}"},
            "account": {"number": str(int(name, 16)), "name": f"Party {name}"},
        }  # fmt: skip
        return Intent(secrets.token_hex(12), "/v1/parties", body, address)

    def _approval(self) -> Intent:
        contracts = self._net.contracts
        call = calls.freeze(secrets.token_bytes(32), secrets.token_bytes(32))
        action = "0x" + contracts.action(call).hex()
        body = {"contract": call.contract, "data": "0x" + contracts.encode(call).hex(), "action": action}
        return Intent(secrets.token_hex(12), "/v1/foreign-approvals", body, action)

    def _ask(self, http: httpx.Client, intent: Intent) -> None:
        while intent.transaction is None and intent.refusal is None:
            url = random.choice(self._net.urls)
            try:
                answer = http.post(url + intent.path, json=intent.body, headers={"Idempotency-Key": intent.key})
            except httpx.HTTPError:
                self._again()
                continue
            if answer.status_code in (200, 202):
                intent.transaction = answer.json()["transactions"][0]["id"]
            elif answer.status_code >= 500 or answer.status_code in (409, 429):
                self._again()
            else:
                intent.refusal = answer.text

    def _again(self) -> None:
        self.repeated += 1
        time.sleep(0.2)


# --- what goes wrong


@contextmanager
def _node_says(net: Net, answer) -> Iterator[None]:
    net.proxy.hook = answer
    try:
        yield
    finally:
        net.proxy.hook = None


def _slow(method, body):
    time.sleep(1.5)


def _mute(method, body):
    time.sleep(12)
    return b""


def _spoiled(method, body):
    return b"<html>502 Bad Gateway</html>"


def _error(message: str) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": message}}).encode()


def _says_known(method, body):
    return _error("already known") if method == "eth_sendRawTransaction" else None


def _pool_full(method, body):
    return _error("txpool is full") if method == "eth_sendRawTransaction" else None


def _nothing_mined(method, body):
    receipt = method in ("eth_getTransactionReceipt", "eth_getTransactionByHash")
    return b'{"jsonrpc":"2.0","id":1,"result":null}' if receipt else None


def _other_chain(method, body):
    return b'{"jsonrpc":"2.0","id":1,"result":"0x1"}' if method == "eth_chainId" else None


LIES = (_slow, _mute, _spoiled, _says_known, _pool_full, _nothing_mined, _other_chain)


class Chaos:
    """Breaks things, one after the other, and counts what it broke."""

    def __init__(self, net: Net, seed: int) -> None:
        self._net = net
        self._random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self._victim = 0

    def kill_gateway(self) -> None:
        """SIGKILL; it comes back after two seconds, while the other one goes on."""
        self._victim = 1 - self._victim
        gateway = self._net.gateways[self._victim]
        gateway.kill()
        self.done["gateway killed"] += 1
        time.sleep(2)
        gateway.start()

    def kill_node(self) -> None:
        """SIGKILL; its pool is lost, and the supervisor starts it again."""
        pid = self._net.node_pid()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.done["node killed"] += 1

    def crash_database(self) -> None:
        """All connections are cut, as in a crash."""
        self._net.postgres.restart(at_once=self._random.random() < 0.5)
        self.done["database restarted"] += 1

    def lie(self, how=None) -> None:
        """The node says something else for a few seconds."""
        chosen = how or self._random.choice(LIES)
        with _node_says(self._net, chosen):
            time.sleep(self._random.uniform(2, 5))
        self.done[f"node: {chosen.__name__.strip('_')}"] += 1

    def once_each(self) -> None:
        """Everything that can go wrong, once."""
        steps = [self.kill_gateway, self.kill_node, self.crash_database, self.kill_gateway]
        steps += [lambda how=how: self.lie(how) for how in LIES]
        self._random.shuffle(steps)
        for step in steps:
            step()

    def for_seconds(self, seconds: float) -> None:
        """A gateway is killed every twenty seconds, and something else happens every few."""
        end, next_kill, next_database = time.monotonic() + seconds, 0.0, time.monotonic() + 45
        while time.monotonic() < end:
            if time.monotonic() > next_kill:
                next_kill = time.monotonic() + 20
                self.kill_gateway()
            elif time.monotonic() > next_database:
                next_database = time.monotonic() + 45
                self.crash_database()
            elif self._random.random() < 0.2:
                self.kill_node()
            else:
                self.lie()
            time.sleep(self._random.uniform(0.5, 3))


# --- what must hold


def _all_ended(net: Net, intents: list[Intent]) -> dict[str, dict[str, object]]:
    """Every accepted request's transaction, once all have ended."""
    found: dict[str, dict[str, object]] = {}
    end = time.monotonic() + DRAIN_SECONDS
    with httpx.Client(timeout=30, trust_env=False, headers={"Authorization": f"Bearer {net.token}"}) as http:
        for intent in intents:
            while True:
                shown = http.get(f"{net.urls[0]}/v1/transactions/{intent.transaction}")
                if shown.status_code == 200 and shown.json()["status"] in ENDED:
                    found[intent.key] = shown.json()
                    break
                assert time.monotonic() < end, (shown.status_code, shown.text)
                time.sleep(0.3)
    return found


def _check(net: Net, callers: Callers) -> Counter[str]:
    """Each accepted request has one transaction, mined once if it is final; the keys' nonces have no gap."""
    intents = callers.intents
    assert [intent.refusal for intent in intents if intent.refusal is not None] == []
    ended = _all_ended(net, intents)
    assert len(ended) == len(intents)
    assert len({transaction["id"] for transaction in ended.values()}) == len(intents), "no two share a transaction"
    w3 = connect(net.network.nodes["platform"])
    by_hash = {attempt["hash"]: row["id"] for row in ended.values() for attempt in row["attempts"] or []}
    mined: dict[str, dict[int, str]] = {}
    senders = {address_of(key_folder(net.network.state, "bank", name)) for name in (BOOKING, APPROVING)}
    since = max(deployment.block for deployment in net.contracts.consortium.deployments.values())
    for number in range(since + 1, w3.eth.block_number + 1):
        for transaction in w3.eth.get_block(number, full_transactions=True)["transactions"]:
            if transaction["from"] in senders:
                nonces = mined.setdefault(transaction["from"], {})
                assert transaction["nonce"] not in nonces
                nonces[transaction["nonce"]] = "0x" + bytes(transaction["hash"]).hex()
    for sender, nonces in mined.items():
        assert sorted(nonces) == list(range(len(nonces))), "no gap"
        assert w3.eth.get_transaction_count(sender) == len(nonces)
    executed = Counter(by_hash.get(mined_hash) for nonces in mined.values() for mined_hash in nonces.values())
    assert None not in executed, "nothing was mined that no request asked for"
    assert set(executed.values()) <= {1}, "nothing was mined twice"
    statuses: Counter[str] = Counter()
    for intent in intents:
        row = ended[intent.key]
        statuses[str(row["status"])] += 1
        if row["status"] == "final":
            assert executed[row["id"]] == 1, "what is final is on the chain"
        else:
            assert row["error"]["code"]
    assert statuses["final"] == sum(executed.values())
    return statuses


def _run(net: Net, capsys, breaking, threads: int, pause: float) -> None:
    seed = int(os.environ.get("LOAN_LEDGER_SEED", secrets.randbelow(2**32)))
    chaos, callers = Chaos(net, seed), Callers(net, threads, pause)
    time.sleep(2)
    breaking(chaos)
    callers.finish(DRAIN_SECONDS)
    statuses = _check(net, callers)
    with capsys.disabled():
        broken = ", ".join(f"{count} x {what}" for what, count in sorted(chaos.done.items()))
        print(
            f"\nchaos, seed {seed}: {len(callers.intents)} requests, {callers.repeated} repeated, {dict(statuses)}; "
            f"0 lost, 0 doubled, 0 gaps; {broken}"
        )
    assert statuses["final"] > len(callers.intents) * 0.9
    assert chaos.done["gateway killed"] >= 2


@pytest.mark.network
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_while_everything_fails_once(net, capsys):
    _run(net, capsys, lambda chaos: chaos.once_each(), threads=3, pause=0.3)


@pytest.mark.full
@pytest.mark.timeout(0)
def test_nothing_is_lost_or_doubled_in_ten_minutes_of_chaos(net, capsys):
    _run(net, capsys, lambda chaos: chaos.for_seconds(600), threads=6, pause=0.2)
