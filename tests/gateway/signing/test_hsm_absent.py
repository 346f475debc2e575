"""A whole seat whose booking key is in an HSM: while that is away its gateway says so, keeps what it has, and signs
with nothing else."""

from __future__ import annotations

import json
import time

import httpx
import pytest
from waiting import until

from chain.ledger.connection import connect
from chain.ledger.contracts import encode_function
from gateway.signing.command import register
from gateway.signing.tokens import token_at


@pytest.fixture
def seat(make_ledger, serve, hsm, pin, capsys):
    """The bank's gateway with its booking key on a token. The old key's file stays where it was, registered."""
    ledger = make_ledger()
    token = hsm.token()
    address = token_at(hsm.module, token, pin).create_key("booking")
    part = {"module": str(hsm.module), "token": token, "label": "booking", "pin": str(pin), "address": address}
    inline = ", ".join(f"{name} = {json.dumps(value)}" for name, value in part.items())
    path = ledger.state / "bank" / "settings.toml"
    text = path.read_text()
    path.write_text(text.replace('folder = "keys/bank-booking"', f'backend = "pkcs11"\npkcs11 = {{ {inline} }}'))
    w3 = connect(ledger.rpc)
    w3.provider.make_request("anvil_setBalance", [address, hex(10**21)])
    register(ledger.state, "bank", "booking")
    assert json.loads(capsys.readouterr().out)["address"] == address
    serve(ledger, "bank")
    return ledger, w3, address


def _ready(client):
    answer = httpx.get(f"{client.url}/health/ready", trust_env=False, timeout=10)
    checks = {check["name"]: check for check in answer.json()["checks"]}
    return answer.status_code, checks["signing"]["ok"], checks["signing"]["detail"]


def _counts(w3, state):
    files = (state / "bank").rglob("UTC--*")
    addresses = [w3.to_checksum_address("0x" + json.loads(path.read_text())["address"]) for path in files]
    assert len(addresses) >= 4, "the root's and the other keys' files are here"
    return {address: w3.eth.get_transaction_count(address) for address in addresses}


def _senders(w3):
    blocks = [w3.eth.get_block(number, True) for number in range(w3.eth.block_number + 1)]
    return [transaction["from"] for block in blocks for transaction in block["transactions"]]


def test_security_24_hsm_absent_gives_503_keeps_the_queue_and_never_uses_a_file_key(seat, hsm):
    ledger, w3, address = seat
    bank = ledger.bank
    ledger.register("Before")
    assert _senders(w3)[-1] == address
    assert _ready(bank) == (200, True, "4 keys can be used")
    by_files = _counts(w3, ledger.state)

    def leave_one_queued():
        # It is away before anybody looked: what comes in then is taken, and waits.
        hsm.away()
        answer = bank.post("/v1/parties", ledger.party_request("Queued"), wait=None, key="queued")
        if answer.status_code == 503:
            hsm.back()
            until(lambda: _ready(bank)[1], what="the key came back")
            return None
        return answer

    accepted = until(leave_one_queued, what="a change is taken while the HSM is away")
    assert accepted.status_code == 202
    (queued,) = accepted.json()["transactions"]

    # Readiness says it, and what is asked for now is refused and not stored.
    status, fine, detail = until(lambda: (found := _ready(bank)) and not found[1] and found, what="readiness shows it")
    assert (status, fine) == (503, False)
    assert "booking" in detail
    refused = bank.post("/v1/parties", ledger.party_request("Refused"), wait=None, key="refused")
    assert (refused.status_code, refused.json()["code"]) == (503, "seat.signer_unavailable")
    assert refused.headers["Retry-After"]
    assert bank.http.get("/v1/parties/Refused").status_code == 404

    # What was taken has no nonce, and nothing else of the seat signs it, however long it takes.
    time.sleep(1.5)
    waiting = bank.get(f"/v1/transactions/{queued['id']}")
    assert (waiting["status"], waiting["nonce"], waiting["hash"]) == ("queued", None, None)
    assert _counts(w3, ledger.state) == by_files
    assert w3.eth.get_transaction_count(address) == 1

    # Other keys of the seat go on meanwhile.
    call = {"contract": "LoanEscrow", "data": "0x" + encode_function("LoanEscrow", "close", (b"\1" * 32, 1)).hex()}
    shown = bank.http.post("/v1/approvals:prepare", json=call).json()
    bank.done("/v1/foreign-approvals", call | {"action": shown["action"]})
    assert sum(_counts(w3, ledger.state).values()) == sum(by_files.values()) + 1

    # It is back: what waited is sent by it, and what was refused can be asked for again with the same key.
    hsm.back()
    until(lambda: bank.get(f"/v1/transactions/{queued['id']}")["status"] == "final", what="the queue goes on")
    again = bank.post("/v1/parties", ledger.party_request("Refused"), key="refused")
    assert again.status_code == 200, again.text
    until(lambda: _ready(bank)[:2] == (200, True), what="readiness says so again")
    assert _senders(w3)[-2:] == [address, address]
