"""Several keys of a seat that sign the same functions, and gateways that share one database."""

from __future__ import annotations

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_account import Account
from waiting import until
from web3 import Web3

from chain.deployment.keys import grant
from chain.keys.keystore import KeystoreCost, store_key
from chain.ledger import calls
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger as Chain
from gateway.launch.seats import OPERATIONAL_KEYS

SCOPES = OPERATIONAL_KEYS["bank"]["booking"]


@pytest.fixture
def many_keys(make_ledger):
    """A ledger whose bank has three booking keys; no gateway started."""
    ledger = make_ledger()
    w3 = connect(ledger.rpc)
    consortium = Consortium.load(ledger.state / "consortium.json")
    chain = Chain(w3, Contracts(consortium))
    settings = ledger.state / "bank" / "settings.toml"
    listed = ", ".join(f'"{scope.name}"' for scope in sorted(SCOPES))
    for name in ("booking-2", "booking-3"):
        secret = ledger.key(f"bank-{name}")
        account = Account.from_key(secret)
        store_key(ledger.state / "bank" / "keys" / f"bank-{name}", account, KeystoreCost.DEVNET)
        w3.provider.make_request("anvil_setBalance", [account.address, hex(10**21)])
        domain = chain.contracts.domain("Consortium")
        consent = grant(domain, 2, secret, sum(scope.bit for scope in SCOPES), 0)
        call = calls.register_key(consent.address, consent.scopes, 0, consent.signature)
        chain.send(call, ledger.key("bank"))
        key = f'[[keys]]\nname = "{name}"\nfolder = "keys/bank-{name}"\nscopes = [{listed}]\n'
        settings.write_text(re.sub(r"\[\[keys\]\]", key + "[[keys]]", settings.read_text(), count=1))
    return ledger


def _register(ledger, client, names):
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda n: client.post("/v1/parties", ledger.party_request(n), wait=None).json(), names))
    return [answer["transactions"][0]["id"] for answer in answers]


def _ended(client, ids):
    found = [client.get(f"/v1/transactions/{one}") for one in ids]
    return found if all(one["status"] in ("final", "failed") for one in found) else None


def test_keys_with_the_same_scopes_share_the_work_each_without_a_gap(many_keys, serve):
    bank = serve(many_keys, "bank")
    ids = _register(many_keys, bank, [f"Shared{n}" for n in range(45)])
    ended = until(lambda: _ended(bank, ids))
    assert {one["status"] for one in ended} == {"final"}
    by_key = Counter(one["sender"] for one in ended)
    assert len(by_key) == 3
    assert max(by_key.values()) - min(by_key.values()) <= 1
    for key, count in by_key.items():
        assert sorted(one["nonce"] for one in ended if one["sender"] == key) == list(range(count))


def test_two_processes_of_a_seat_share_its_keys_and_a_killed_ones_go_to_the_other(many_keys, gateway_process):
    first, second = (gateway_process(many_keys, "bank") for _ in range(2))
    client = first.start()
    other = second.start()
    w3 = connect(many_keys.rpc)
    ids = _register(many_keys, client, [f"Both{n}" for n in range(30)])
    first.kill()
    ids += _register(many_keys, other, [f"After{n}" for n in range(30)])
    ended = until(lambda: _ended(other, ids), 90)
    assert {one["status"] for one in ended} == {"final"}
    assert len({one["hash"] for one in ended}) == 60
    for key in {one["sender"] for one in ended}:
        nonces = sorted(one["nonce"] for one in ended if one["sender"] == key)
        assert nonces == list(range(len(nonces)))
        assert w3.eth.get_transaction_count(Web3.to_checksum_address(key)) == len(nonces)


def test_the_duties_can_be_done_apart_and_end_with_the_gateway_that_is_killed(make_ledger, gateway_process):
    ledger = make_ledger(extra='duties = "apart"')
    gateway = gateway_process(ledger, "bank")
    bank = gateway.start()
    until(lambda: bank.http.get("/health/ready").status_code == 200)
    ledger.register("Apart")
    gateway.kill()
    gateway.start()
    ledger.register("Again")
    assert {one["status"] for one in bank.get("/v1/transactions")["items"]} == {"final"}


def test_a_gateway_told_to_end_answers_who_waits_and_is_gone_in_time(make_ledger, gateway_process):
    ledger = make_ledger()
    gateway = gateway_process(ledger, "bank")
    bank = gateway.start()
    connect(ledger.rpc).provider.make_request("evm_setAutomine", [False])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bank.post, "/v1/parties", ledger.party_request("Waits"), wait=60)
        until(lambda: bank.get("/v1/transactions")["items"])
        began = time.monotonic()
        gateway.stop()
        assert time.monotonic() - began < 15
        assert waiting.result().status_code == 202
