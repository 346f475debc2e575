"""The outbox against a node that is slow, forgetful or lost in the middle: everything is sent exactly once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from eth_account import Account
from waiting import until

from chain.ledger.connection import connect

TRIED = ("eth_call", "eth_estimateGas")
KEYS = {"bank": "bank-booking", "platform": "platform-lending", "regulator": "regulator-supervising"}


@pytest.fixture
def impatient(make_ledger):
    """A ledger whose gateways send again after a second and raise prices after two; no gateway started."""
    return make_ledger(extra="resend_seconds = 1.0\nreplace_seconds = 2.0")


def _nonce(ledger, seat):
    return connect(ledger.rpc).eth.get_transaction_count(Account.from_key(ledger.key(KEYS[seat])).address)


def _transaction(client, accepted):
    return client.get(f"/v1/transactions/{accepted['transactions'][0]['id']}")


def _wait_status(client, accepted, *statuses):
    def look():
        found = _transaction(client, accepted)
        return found if found["status"] in statuses else None

    return until(look)


def _registered(ledger, seat, name):
    return ledger.clients[seat].http.get(f"/v1/parties/{ledger.address(name)}").json().get("registered")


@pytest.mark.parametrize(
    ("method", "forwarded", "status"),
    [
        ("eth_estimateGas", False, "queued"),
        ("eth_sendRawTransaction", False, "signed"),
        ("eth_sendRawTransaction", True, "signed"),
        ("eth_getBlockReceipts", False, "sent"),
    ],
    ids=["while_queued", "between_signing_and_broadcast", "after_broadcast_before_it_is_noted", "while_sent"],
)
def test_security_07_kill_9_at_each_stage_sends_exactly_once(
    impatient, gateway_process, rpc_proxy, use_rpc, method, forwarded, status
):
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)
    gateway = gateway_process(impatient, "bank")
    bank = gateway.start()
    before = _nonce(impatient, "bank")
    reached, release = threading.Event(), threading.Event()

    def hold(called, body):
        if called != method:
            return None
        if forwarded:
            proxy.forward(body)
        reached.set()
        release.wait(60)
        return b"{}"

    proxy.hook = hold
    accepted = bank.post("/v1/parties", impatient.party_request("Killed"), key="k", wait=None).json()
    assert reached.wait(30)
    assert _transaction(bank, accepted)["status"] == status
    gateway.kill()
    release.set()
    proxy.hook = None
    gateway.start()
    final = _wait_status(bank, accepted, "final", "failed")
    assert final["status"] == "final"
    assert _nonce(impatient, "bank") == before + 1
    assert len(final["attempts"]) == 1
    replayed = bank.post("/v1/parties", impatient.party_request("Killed"), key="k")
    assert replayed.json()["transactions"][0]["id"] == final["id"]
    assert _nonce(impatient, "bank") == before + 1
    assert _registered(impatient, "bank", "Killed")


def test_a_transaction_that_the_pool_forgot_is_sent_again(impatient, serve):
    bank = serve(impatient, "bank")
    w3 = connect(impatient.rpc)
    w3.provider.make_request("evm_setAutomine", [False])
    accepted = bank.post("/v1/parties", impatient.party_request("Dropped"), wait=None).json()
    sent = _wait_status(bank, accepted, "sent")
    w3.provider.make_request("anvil_dropTransaction", [sent["hash"]])
    until(lambda: w3.eth.get_transaction_count(Account.from_key(impatient.key(KEYS["bank"])).address, "pending") == 1)
    w3.provider.make_request("evm_setAutomine", [True])
    w3.provider.make_request("evm_mine", [])
    final = _wait_status(bank, accepted, "final")
    assert final["hash"] == sent["hash"]
    assert _nonce(impatient, "bank") == 1


def test_a_stuck_transaction_is_replaced_by_a_better_paid_one_with_its_nonce(impatient, serve):
    bank = serve(impatient, "bank")
    w3 = connect(impatient.rpc)
    w3.provider.make_request("evm_setAutomine", [False])
    accepted = bank.post("/v1/parties", impatient.party_request("Stuck"), wait=None).json()
    first = _wait_status(bank, accepted, "sent")
    replaced = until(lambda: (t := _transaction(bank, accepted))["hash"] != first["hash"] and t)
    assert replaced["nonce"] == first["nonce"]
    w3.provider.make_request("evm_setAutomine", [True])
    w3.provider.make_request("evm_mine", [])
    final = _wait_status(bank, accepted, "final")
    assert len(final["attempts"]) >= 2
    assert {attempt["nonce"] for attempt in final["attempts"]} == {first["nonce"]}
    assert _nonce(impatient, "bank") == 1


def test_a_nonce_taken_by_a_stranger_with_the_same_key_gives_the_call_another(impatient, serve):
    bank = serve(impatient, "bank")
    w3 = connect(impatient.rpc)
    w3.provider.make_request("evm_setAutomine", [False])
    accepted = bank.post("/v1/parties", impatient.party_request("Taken"), wait=None).json()
    sent = _wait_status(bank, accepted, "sent")
    account = Account.from_key(impatient.key(KEYS["bank"]))
    stranger = account.sign_transaction(
        {"to": account.address, "value": 0, "gas": 21000, "gasPrice": 10**12, "nonce": sent["nonce"],
         "chainId": w3.eth.chain_id}
    )  # fmt: skip
    w3.provider.make_request("anvil_dropTransaction", [sent["hash"]])
    w3.eth.send_raw_transaction(stranger.raw_transaction)
    w3.provider.make_request("evm_mine", [])
    w3.provider.make_request("evm_setAutomine", [True])
    final = _wait_status(bank, accepted, "final")
    assert final["nonce"] == sent["nonce"] + 1
    assert [a["status"] for a in final["attempts"]].count("replaced") >= 1
    assert _registered(impatient, "bank", "Taken")


def test_many_in_flight_have_contiguous_nonces_and_all_become_final(ledger):
    before = _nonce(ledger, "bank")
    names = [f"Many{n}" for n in range(60)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda name: ledger.bank.post("/v1/parties", ledger.party_request(name), wait=None).json(), names)
        )
    done = [_wait_status(ledger.bank, accepted, "final", "failed") for accepted in answers]
    assert {t["status"] for t in done} == {"final"}
    assert sorted(t["nonce"] for t in done) == list(range(before, before + 60))


def test_a_refused_simulation_uses_no_nonce_and_gives_the_contracts_error(ledger):
    ledger.register("Dear")
    before = _nonce(ledger, "platform")
    terms = ledger.terms("DEAR", "Dear", "5000.00")
    terms["pricing"] = {"rate": "0.05", "per": "month", "day_count": "MONTHLY_12"}
    _, body = ledger.proposal(terms, "Dear")
    answer = ledger.platform.post("/v1/loans", body)
    problem = answer.json()
    assert problem["code"] == "contract.RateAboveCap"
    assert answer.status_code == problem["status"]
    assert problem["params"] == {"rate": "600000000", "cap": "240000000"}
    assert problem["transactions"][0]["nonce"] is None
    assert _nonce(ledger, "platform") == before


def test_one_byte_changed_in_signed_terms_is_refused_by_name(ledger):
    ledger.register("Signer")
    terms = ledger.terms("BYTE", "Signer", "5000.00")
    _, body = ledger.proposal(terms, "Signer")
    body["terms"] = terms | {"principal": {"amount": "5000.01", "currency": "CNY"}}
    answer = ledger.platform.post("/v1/loans", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "order.signer_wrong")
    assert answer.json()["params"]["expected"] == ledger.address("Signer")


def test_a_call_that_depends_on_one_in_flight_waits_for_it(ledger):
    """Both are accepted at once; the second is impossible until the first is mined."""
    ledger.register("Chain1", "Chain2")
    ledger.deposit("Chain2", 100_000)
    ledger.end_day()
    terms = ledger.terms("CHAIN", "Chain1", "1000.00")
    loan, body = ledger.proposal(terms, "Chain1")
    first = ledger.platform.post("/v1/loans", body, wait=None).json()
    cancel = {"expected_history_length": 1, "reason": "changed mind"}
    second = ledger.platform.post(f"/v1/loans/{loan}/cancel", cancel, wait=None).json()
    assert _wait_status(ledger.platform, first, "final", "failed")["status"] == "final"
    assert _wait_status(ledger.platform, second, "final", "failed")["status"] == "final"
    assert ledger.platform.get(f"/v1/loans/{loan}")["state"] == "Cancelled"


def test_a_race_lost_on_chain_fails_with_the_reason(ledger):
    """Two seats act on the same history length; both simulations pass, one transaction reverts in its block."""
    loan, borrower, _ = ledger.active("RACE")
    ledger.repay(loan, borrower, 10_000)
    ledger.end_day()
    w3 = connect(ledger.rpc)
    body = {"expected_history_length": ledger.length(loan)}
    w3.provider.make_request("evm_setAutomine", [False])
    try:
        claims = []
        for seat in ("platform", "regulator"):
            accepted = ledger.clients[seat].post(f"/v1/loans/{loan}/claim", body, wait=None).json()
            _wait_status(ledger.clients[seat], accepted, "sent")
            claims.append((ledger.clients[seat], accepted))
    finally:
        w3.provider.make_request("evm_mine", [])
        w3.provider.make_request("evm_setAutomine", [True])
    ended = sorted((_wait_status(*claim, "final", "failed") for claim in claims), key=lambda t: t["status"])
    assert [t["status"] for t in ended] == ["failed", "final"]
    assert ended[0]["error"]["code"] == "contract.HistoryMoved"
    assert ended[0]["block"] == ended[1]["block"]


def test_a_call_that_the_node_refuses_waits_alone_and_readiness_says_so(impatient, serve, rpc_proxy, use_rpc):
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)
    bank = serve(impatient, "bank")
    refusal = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"the database is compacting"}}'
    held = impatient.address("Held")[2:].lower().encode()
    proxy.hook = lambda method, body: refusal if method in TRIED and held in body else None
    accepted = bank.post("/v1/parties", impatient.party_request("Held"), wait=None).json()
    ready = until(lambda: (r := bank.http.get("/health/ready")).status_code == 503 and r.json())
    assert "compacting" in next(c["detail"] for c in ready["checks"] if c["name"] == "outbox")
    impatient.register("NotHeld")  # what the node has against one call holds up no other
    assert _transaction(bank, accepted)["status"] == "queued"
    assert "compacting" in _transaction(bank, accepted)["waiting_for"]
    proxy.hook = None
    assert _wait_status(bank, accepted, "final")
    assert until(lambda: bank.http.get("/health/ready").status_code == 200)


def test_a_call_too_big_for_any_block_fails_and_uses_no_nonce(impatient, serve, rpc_proxy, use_rpc):
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)
    bank = serve(impatient, "bank")
    refusal = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"gas required exceeds allowance (30000000)"}}'
    proxy.hook = lambda method, _: refusal if method == "eth_estimateGas" else None
    answer = bank.post("/v1/parties", impatient.party_request("Big"))
    assert answer.json()["code"] == "outbox.refused_by_node"
    assert _nonce(impatient, "bank") == 0


def test_a_seat_whose_node_is_gone_says_so_and_goes_on_when_it_is_back(impatient, serve, rpc_proxy, use_rpc):
    proxy = rpc_proxy(impatient.rpc)
    use_rpc(impatient, "bank", proxy.url)
    bank = serve(impatient, "bank")
    proxy.hook = lambda *_: b"gone"
    accepted = bank.post("/v1/parties", impatient.party_request("Gone"), wait=None)
    assert accepted.status_code == 202
    assert until(lambda: bank.http.get("/health/ready").status_code == 503)
    proxy.hook = None
    assert _wait_status(bank, accepted.json(), "final")
    assert _nonce(impatient, "bank") == 1


def test_each_key_has_nonces_of_its_own_and_signs_within_its_scopes(impatient, serve):
    bank = serve(impatient, "bank")
    keys = {key["name"]: key["address"] for key in bank.get("/v1/network")["seat"]["keys"]}
    assert set(keys) == {"booking", "attesting", "correcting", "approving"}
    impatient.register("Keys1", "Keys2")
    impatient.deposit("Keys1", 1_000)
    impatient.end_day()
    w3 = connect(impatient.rpc)
    sent = {name: w3.eth.get_transaction_count(address) for name, address in keys.items()}
    assert sent == {"booking": 3, "attesting": 2, "correcting": 0, "approving": 0}
    by_function = {t["function"]: t["sender"] for t in bank.get("/v1/transactions")["items"]}
    assert by_function["register"] == by_function["credit"] == keys["booking"]
    assert by_function["attest"] == by_function["closeDay"] == keys["attesting"]
