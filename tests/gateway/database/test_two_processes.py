"""Two gateway processes of one seat on one database: they share the work, and together they are still one."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account import Account
from sqlalchemy import select

from chain.ledger.connection import connect as connect_node
from gateway.database import open_database
from gateway.idempotency import Keys
from gateway.launch.seats import OPERATIONAL_KEYS
from gateway.leases import Leases
from gateway.outbox.tables import OutboxTransaction
from gateway.settings import load_settings

BOOKING = OPERATIONAL_KEYS["bank"]["booking"]
MORE_KEYS = {**OPERATIONAL_KEYS, "bank": {**OPERATIONAL_KEYS["bank"], "booking2": BOOKING, "booking3": BOOKING}}
LATER = 600.0


@dataclass
class Pair:
    """The bank's two processes, and its database as a third one would see it."""

    ledger: Any
    clients: list[Any]
    database: Any

    def transactions(self):
        with self.database.read() as session:
            return session.scalars(select(OutboxTransaction).order_by(OutboxTransaction.seq)).all()

    def holders(self):
        with self.database.read() as session:
            return Leases(self.database, "nobody").holders_within(session)

    def wait_until_shared(self):
        until = time.monotonic() + 60
        while len(set((held := self.holders()).values())) < 2 or len(held) < 6:
            assert time.monotonic() < until, held
            time.sleep(0.2)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request, make_ledger):
    return make_ledger(database=request.param, keys=MORE_KEYS)


@pytest.fixture(scope="module")
def pair(ledger, gateway_processes):
    processes = [gateway_processes(ledger, "bank"), gateway_processes(ledger, "bank")]
    client = ledger.clients["bank"]  # the newest token; those before it stopped working
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda process: process.start(), processes))
    clients = [type(client)(f"http://127.0.0.1:{process.port}", client.token) for process in processes]
    database = open_database(load_settings(ledger.state, "bank"))
    pair = Pair(ledger, clients, database)
    pair.wait_until_shared()
    yield pair
    database.close()


def registration(ledger):
    name = secrets.token_hex(6)
    return {**ledger.party_request(name), "address": Account.from_key(secrets.token_bytes(32)).address}


def mined(ledger, sender):
    return connect_node(ledger.rpc).eth.get_transaction_count(sender)


def test_security_05_same_key_and_body_50_times_at_once_over_two_processes_is_one_transaction(pair):
    request, key = registration(pair.ledger), secrets.token_hex(8)
    before = len(pair.transactions())
    turns = [pair.clients[number % 2] for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda client: client.post("/v1/parties", request, key=key, wait=None), turns))
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency.in_progress"}
    accepted = {answer.json()["transactions"][0]["id"] for answer in answers if answer.status_code == 202}
    assert len(accepted) == 1
    for client in pair.clients:
        again = client.post("/v1/parties", request, key=key)
        assert again.status_code == 200, again.text
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json()["transactions"][0]["id"] in accepted
    assert len(pair.transactions()) == before + 1


def test_security_06_same_key_other_body_and_in_flight_at_the_other_process(pair):
    key = secrets.token_hex(8)
    request = registration(pair.ledger)
    principal = _principal(pair)
    with Keys(pair.database).held(principal, key):
        for client in pair.clients:
            answer = client.post("/v1/parties", request, key=key, wait=None)
            assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.in_progress")
    assert pair.clients[0].post("/v1/parties", request, key=key).status_code == 200
    answer = pair.clients[1].post("/v1/parties", registration(pair.ledger), key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")


@pytest.mark.parametrize(
    ("ledger", "count"),
    [
        ("postgresql", 200),
        pytest.param("postgresql", 1000, marks=pytest.mark.full),
        pytest.param("sqlite", 200, marks=pytest.mark.full),
    ],
    indirect=["ledger"],
)
def test_security_08_two_workers_and_all_their_calls_have_contiguous_nonces(pair, count):
    senders = {key["address"]: key["name"] for key in pair.clients[0].get("/v1/network")["seat"]["keys"]}
    before = {sender: mined(pair.ledger, sender) for sender in senders}

    def ask(number):
        answer = pair.clients[number % 2].post("/v1/parties", registration(pair.ledger), wait=None)
        assert answer.status_code == 202, answer.text
        return answer.json()["transactions"][0]["id"]

    with ThreadPoolExecutor(16) as pool:
        accepted = list(pool.map(ask, range(count)))
    assert len(set(accepted)) == count
    until = time.monotonic() + LATER
    while any(row.status not in ("final", "failed") for row in pair.transactions()):
        assert time.monotonic() < until, Counter(row.status for row in pair.transactions())
        time.sleep(0.3)
    rows = [row for row in pair.transactions() if row.id in set(accepted)]
    assert Counter(row.status for row in rows) == {"final": count}
    by_sender = {sender: [row for row in rows if row.sender == sender] for sender in senders}
    used = {senders[sender] for sender, mine in by_sender.items() if mine}
    assert used == {"booking", "booking2", "booking3"}, "all keys that can"
    w3 = connect_node(pair.ledger.rpc)
    for sender, mine in by_sender.items():
        first = before[sender]
        assert sorted(row.nonce for row in mine) == list(range(first, first + len(mine))), "no gap, no double"
        assert mined(pair.ledger, sender) == first + len(mine), "nothing else was sent"
    assert all(w3.eth.get_transaction_receipt(row.hash)["status"] == 1 for row in rows)
    assert len(set(pair.holders().values())) == 2, "both worked"


def _principal(pair):
    """How the gateway names whose token it is."""
    key = secrets.token_hex(8)
    assert pair.clients[0].post("/v1/parties", registration(pair.ledger), key=key, wait=None).status_code == 202
    return pair.transactions()[-1].principal
