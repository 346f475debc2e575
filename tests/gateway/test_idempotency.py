"""One key, one effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import until

from chain.ledger.connection import connect
from gateway.database import Database
from gateway.errors import KeyInProgress
from gateway.idempotency import Keys, request_hash


def _sent(ledger, seat):
    """Transactions of all the seat's keys in blocks, once all that the tests before left on its way is there too."""
    client = ledger.clients[seat]
    for status in ("queued", "signed", "sent"):
        until(lambda status=status: not client.get("/v1/transactions", params={"status": status})["items"])
    keys = client.get("/v1/network")["seat"]["keys"]
    return sum(connect(ledger.rpc).eth.get_transaction_count(key["address"]) for key in keys)


def test_the_same_request_gets_the_first_answer(ledger):
    request = ledger.party_request("Same")
    first = ledger.bank.post("/v1/parties", request, key="same-1", wait=None)
    assert first.status_code == 202
    again = ledger.bank.post("/v1/parties", request, key="same-1", wait=None)
    assert again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    final = ledger.bank.post("/v1/parties", request, key="same-1")
    assert final.status_code == 200
    assert final.json()["transactions"][0]["id"] == first.json()["transactions"][0]["id"]
    assert final.json()["transactions"][0]["status"] == "final"


def test_another_body_under_the_same_key_is_refused(ledger):
    ledger.bank.done("/v1/parties", ledger.party_request("Body1"), key="body-1")
    answer = ledger.bank.post("/v1/parties", ledger.party_request("Body2"), key="body-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")
    assert ledger.bank.http.get("/v1/parties/Body2").status_code == 404


def test_another_route_under_the_same_key_is_refused(ledger):
    ledger.bank.done("/v1/parties", ledger.party_request("Route1"), key="route-1")
    answer = ledger.bank.post("/v1/day-ends", {"through": "2026-01-01"}, key="route-1")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")


@pytest.mark.parametrize("key", [None, "", "a b", "x" * 201])
def test_a_change_without_a_proper_key_is_refused(ledger, key):
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = ledger.bank.http.post("/v1/parties", json=ledger.party_request("NoKey"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency.key_missing")


def test_a_refused_request_leaves_its_key_free(ledger):
    refused = ledger.bank.post("/v1/day-ends", {"through": "1999-01-01"}, key="free-1")
    assert refused.status_code == 409
    assert ledger.bank.post("/v1/parties", ledger.party_request("Free"), key="free-1").status_code == 200


def test_twenty_at_once_under_one_key_send_one_transaction(ledger):
    request = ledger.party_request("Twenty")
    before = _sent(ledger, "bank")
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: ledger.bank.post("/v1/parties", request, key="twenty-1", wait=None), range(20))
        )
    assert {a.status_code for a in answers} <= {202, 409}
    accepted = [a.json() for a in answers if a.status_code == 202]
    assert len({a["transactions"][0]["id"] for a in accepted}) == 1
    assert {a.json()["code"] for a in answers if a.status_code == 409} <= {"idempotency.in_progress"}
    assert ledger.bank.post("/v1/parties", request, key="twenty-1").status_code == 200
    assert _sent(ledger, "bank") == before + 1


def test_a_key_being_handled_is_held_against_others(tmp_path):
    keys = Keys(Database(tmp_path / "seat.db"))
    with keys.held("someone", "k"):
        with pytest.raises(KeyInProgress), keys.held("someone", "k"):
            pass
        with keys.held("another", "k"):
            pass
    with keys.held("someone", "k"):
        pass


def test_request_parts_are_told_apart():
    assert request_hash(b"ab", b"c") != request_hash(b"a", b"bc")
