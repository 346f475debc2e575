"""What a gateway tells of itself: traces from a request to its final transaction, and no secret anywhere."""

from __future__ import annotations

import base64
import json
import secrets

import pytest

from chain.ledger.connection import connect
from gateway.logs import HIDDEN, hide_secrets

CALLER = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


def _attributes(span):
    return {pair.key: pair.value.string_value or pair.value.int_value for pair in span.attributes}


def test_a_callers_trace_goes_on_to_the_final_transaction(talkative, collector):
    bank = talkative.ledger.clients["bank"]
    headers = {"traceparent": f"00-{CALLER}-{PARENT}-01"}
    answer = bank.done("/v1/parties", talkative.ledger.party_request("Traced"), headers=headers)

    def look(spans):
        ours = {span.name: span for span in spans if span.trace_id.hex() == CALLER}
        return ours if {"POST /v1/parties", "Parties.register", "queued", "signed to final"} <= set(ours) else None

    spans = collector.until(look)
    request, transaction = spans["POST /v1/parties"], spans["Parties.register"]
    assert request.parent_span_id.hex() == PARENT
    assert transaction.parent_span_id == request.span_id
    assert {spans[name].parent_span_id for name in ("queued", "signed to final")} == {transaction.span_id}
    found = _attributes(transaction)
    final = answer["transactions"][0]
    assert (found["loan_ledger.hash"], found["loan_ledger.status"]) == (final["hash"], "final")
    assert _attributes(request)["http.response.status_code"] == 200
    assert transaction.start_time_unix_nano <= spans["queued"].end_time_unix_nano <= transaction.end_time_unix_nano


def test_a_trace_goes_on_behind_a_kill(talkative, collector):
    node = connect(talkative.ledger.rpc).provider
    trace = secrets.token_hex(16)
    headers = {"traceparent": f"00-{trace}-{PARENT}-01"}
    node.make_request("evm_setAutomine", [False])
    request = talkative.ledger.party_request("TracedOverAKill")
    accepted = talkative.ledger.clients["bank"].post("/v1/parties", request, headers=headers, wait=None)
    assert accepted.status_code == 202, accepted.text
    talkative.kill()
    node.make_request("evm_setAutomine", [True])
    talkative.start()

    def look(spans):
        return [span for span in spans if span.name == "Parties.register" and span.trace_id.hex() == trace]

    [transaction] = collector.until(look, 60)
    assert _attributes(transaction)["loan_ledger.status"] == "final"


def test_a_failed_transaction_ends_its_trace_with_its_reason(talkative, collector):
    bank = talkative.ledger.clients["bank"]
    request = talkative.ledger.party_request("Twice")
    bank.done("/v1/parties", request)
    refused = bank.post("/v1/parties", request | {"reference": "Other"})
    assert refused.status_code >= 400
    failing = {"loan": "0x" + "77" * 32, "through": "2020-01-01"}
    answer = bank.post("/v1/day-ends", {"through": failing["through"]})
    assert answer.status_code >= 400
    spans = collector.until(lambda spans: [span for span in spans if span.name == "POST /v1/day-ends"])
    assert _attributes(spans[0])["http.response.status_code"] == answer.status_code


def _files_of(seat):
    """Everything secret that lies in the seat's folder, in the forms in which it could leak."""
    found = []
    for path in sorted(seat.rglob("*")):
        if path.is_file() and (path.parent.name == "secrets" or "passphrase" in path.name or path.suffix == ".pem"):
            content = path.read_bytes().strip()
            lines = [line for line in content.splitlines() if len(line) >= 12 and not line.startswith(b"-----")]
            found += lines
    return found


def test_security_20_secrets_absent_from_logs_traces_and_errors(talkative, collector):
    ledger, bank = talkative.ledger, talkative.ledger.clients["bank"]
    marks = {name: f"{name}-{secrets.token_hex(12)}" for name in ("password", "secret", "query", "body", "header")}
    guessed = "llt_" + secrets.token_urlsafe(32)
    basic = base64.b64encode(f"client:{marks['secret']}".encode()).decode()
    answers = [
        bank.post("/v1/parties", ledger.party_request("Discreet")),
        bank.http.get("/v1/transactions", headers={"Authorization": f"Bearer {guessed}"}),
        bank.http.get("/v1/transactions", headers={"Authorization": f"Basic {basic}"}),
        bank.http.get(f"/v1/transactions?cursor={marks['query']}&token={guessed}"),
        bank.http.post("/v1/oauth/token", data={"grant_type": "client_credentials", "client_id": "nobody",
                                                "client_secret": marks["secret"]}),
        bank.http.post("/v1/sessions", json={"name": "nobody", "password": marks["password"], "totp": "123456"}),
        bank.post("/v1/parties", {"password": marks["body"]}),
        bank.http.post("/v1/parties", content=marks["body"].encode(), headers={"X-Api-Key": marks["header"]}),
        bank.http.get(f"/v1/loans/{marks['query']}"),
        bank.http.get("/v1/proposals", headers={"Cookie": f"token={bank.token}"}),
    ]  # fmt: skip
    collector.until(lambda spans: len(spans) >= 6)
    log = (ledger.state / "bank.log").read_bytes()
    traces = b"".join(collector.raw)
    errors = b"\n".join(answer.content for answer in answers if answer.status_code >= 400)
    assert log.count(b"\n") > 20, "the log is at its most detailed"
    hidden = [bank.token.encode(), guessed.encode(), basic.encode(), *_files_of(ledger.state / "bank")]
    hidden += [ledger.key(name)[2:].encode() for name in ("bank", "bank-booking", "bank-attesting")]
    hidden += [marks[name].encode() for name in ("password", "secret", "body", "header")]
    assert len(hidden) > 12
    for secret in hidden:
        assert secret not in log
        assert secret not in traces
        assert secret not in errors
    assert marks["query"].encode() not in traces


@pytest.mark.parametrize(
    "event",
    [
        {"event": "signed in", "token": "llt_abcdefghijkl"},
        {"event": "request to https://bank:hunter2@db.example/x failed"},
        {"event": "header Authorization: Bearer abcdefgh.ijklmnop"},
        {"event": "got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"},
        {"event": "x", "exception": "ValueError: password is llt_0123456789abcdef"},
        {"event": "x", "client_secret": "plain words"},
        {"event": "x", "database_password": "plain words"},
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(event):
    shown = json.dumps(hide_secrets(None, "info", dict(event)))
    assert HIDDEN in shown
    for secret in ("llt_", "hunter2", "abcdefgh.", "eyJ", "plain words"):
        assert secret not in shown


def test_what_is_no_secret_stays():
    event = {"event": "request", "path": "/v1/loans/0x" + "ab" * 32, "code": "auth.token_missing", "tokens": 3}
    assert hide_secrets(None, "info", dict(event)) == event
