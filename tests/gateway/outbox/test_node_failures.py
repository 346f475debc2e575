"""The outbox against nodes that time out, answer twice, change their chain, lie, or are full."""

from __future__ import annotations

import json
import threading
import time

import pytest
from eth_account import Account
from waiting import until

from chain.ledger.connection import connect

BOOKING = "bank-booking"


@pytest.fixture
def impatient(make_ledger):
    """A ledger whose gateways send again after a second and raise prices only after a minute; none started."""
    return make_ledger(extra="resend_seconds = 1.0\nreplace_seconds = 60.0")


@pytest.fixture
def proxied(impatient, rpc_proxy, use_rpc, serve):
    """The bank's gateway behind a proxy to its node."""
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)
    return proxy, serve(impatient, "bank")


def _transaction(client, accepted):
    return client.get(f"/v1/transactions/{accepted['transactions'][0]['id']}")


def _wait(client, accepted, *statuses):
    return until(lambda: (t := _transaction(client, accepted))["status"] in statuses and t)


def _nonce(ledger):
    return connect(ledger.rpc).eth.get_transaction_count(Account.from_key(ledger.key(BOOKING)).address)


def _raws(body):
    return json.loads(body)["params"][0]


def test_security_09_a_timeout_with_unknown_outcome_and_already_known_keep_the_same_hash(impatient, proxied):
    proxy, bank = proxied
    seen = []

    def lose_the_first_answer(method, body):
        if method != "eth_sendRawTransaction":
            return None
        seen.append(_raws(body))
        if len(seen) == 1:
            proxy.forward(body)  # the node takes it, and nobody learns of it
            return b"no answer"
        return None  # "already known", or "nonce too low" once it is mined

    connect(impatient.rpc).provider.make_request("evm_setAutomine", [False])
    proxy.hook = lose_the_first_answer
    accepted = bank.post("/v1/parties", impatient.party_request("Timeout"), wait=None).json()
    until(lambda: len(seen) >= 2)
    connect(impatient.rpc).provider.make_request("evm_setAutomine", [True])
    connect(impatient.rpc).provider.make_request("evm_mine", [])
    final = _wait(bank, accepted, "final", "failed")
    assert final["status"] == "final"
    assert len(final["attempts"]) == 1
    assert set(seen) == {seen[0]}
    assert _nonce(impatient) == 1


@pytest.mark.parametrize("question", ["eth_chainId", "eth_getBlockByNumber"], ids=["chain_id", "genesis_block"])
def test_security_03_a_node_of_another_chain_at_the_start_is_sent_nothing(
    impatient, rpc_proxy, use_rpc, serve, question
):
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)

    def another_chain(method, body):
        if method != question:
            return None
        if question == "eth_chainId":
            return b'{"jsonrpc":"2.0","id":1,"result":"0x7"}'
        if json.loads(body)["params"][0] != "0x0":
            return None
        return proxy.forward(body).replace(b'"hash":"0x', b'"hash":"0xff', 1)

    proxy.hook = another_chain
    bank = serve(impatient, "bank", ready=False)
    accepted = bank.post("/v1/parties", impatient.party_request("Elsewhere"), wait=None).json()
    ready = until(lambda: (r := bank.http.get("/health/ready")).status_code == 503 and "another chain" in r.text and r)
    assert not ready.json()["ready"]
    assert _transaction(bank, accepted)["status"] == "queued"
    assert proxy.count("eth_sendRawTransaction") == 0
    proxy.hook = None
    assert _wait(bank, accepted, "final")
    assert _nonce(impatient) == 1


def test_security_03_a_node_swapped_behind_its_url_is_sent_nothing_until_it_is_back(impatient, proxied, make_ledger):
    proxy, bank = proxied
    impatient.register("Before")
    own, proxy.target = proxy.target, make_ledger().rpc  # another chain with the same chain id
    accepted = bank.post("/v1/parties", impatient.party_request("Swapped"), wait=None).json()
    until(lambda: "another chain" in bank.http.get("/health/ready").text)
    sent = proxy.count("eth_sendRawTransaction")
    time.sleep(0.5)
    assert proxy.count("eth_sendRawTransaction") == sent
    assert _transaction(bank, accepted)["status"] == "queued"
    proxy.target = own
    assert _wait(bank, accepted, "final")
    assert _nonce(impatient) == 2


def test_a_receipt_of_a_block_that_is_not_the_chains_makes_nothing_final(impatient, proxied):
    proxy, bank = proxied
    lying = threading.Event()
    lying.set()

    def another_block(method, body):
        if method not in ("eth_getBlockReceipts", "eth_getTransactionReceipt") or not lying.is_set():
            return None
        said = json.loads(proxy.forward(body))
        for receipt in said["result"] if isinstance(said["result"], list) else [said["result"]]:
            if receipt is not None:
                receipt["blockHash"] = "0x" + "ab" * 32
        return json.dumps(said).encode()

    proxy.hook = another_block
    accepted = bank.post("/v1/parties", impatient.party_request("Lied"), wait=None).json()
    until(lambda: _transaction(bank, accepted)["status"] in ("mined", "sent"))
    time.sleep(1.5)
    assert _transaction(bank, accepted)["status"] in ("mined", "sent")
    lying.clear()
    final = _wait(bank, accepted, "final")
    assert len(final["attempts"]) == 1
    assert _nonce(impatient) == 1


def test_a_full_pool_is_waited_for_with_the_same_transactions(impatient, proxied):
    proxy, bank = proxied
    refusal = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"txpool is full"}}'
    proxy.hook = lambda method, _: refusal if method == "eth_sendRawTransaction" else None
    names = [f"Full{n}" for n in range(5)]
    accepted = [bank.post("/v1/parties", impatient.party_request(name), wait=None).json() for name in names]
    signed = _wait(bank, accepted[0], "signed")
    until(lambda: "pool is full" in bank.http.get("/health/ready").text)
    proxy.hook = None
    final = [_wait(bank, one, "final", "failed") for one in accepted]
    assert [one["status"] for one in final] == ["final"] * 5
    assert final[0]["hash"] == signed["hash"]
    assert all(len(one["attempts"]) == 1 for one in final)
    assert sorted(one["nonce"] for one in final) == list(range(5))


def test_a_node_that_gives_no_receipts_by_block_is_asked_for_each(impatient, proxied):
    proxy, _ = proxied
    unknown = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method does not exist"}}'
    proxy.hook = lambda method, _: unknown if method == "eth_getBlockReceipts" else None
    impatient.register("ByHash1", "ByHash2")
    assert proxy.count("eth_getTransactionReceipt") > 0
    assert _nonce(impatient) == 2
