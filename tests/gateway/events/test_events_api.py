"""Events over HTTP: what a loan's life gives, page by page, and what a reorganisation takes back."""

from __future__ import annotations

import pytest
from jsonschema_rs import meta, validator_for
from waiting import until

from chain.ledger.connection import connect


def _all(client, **params):
    """Every event above a cursor, page by page, and the cursor behind them."""
    after, items = params.pop("after", "start"), []
    while True:
        page = client.get("/v1/events", params={**params, "after": after, "limit": 50})
        items += page["items"]
        if page["next_cursor"] == after or not page["items"]:
            return items, page["next_cursor"]
        after = page["next_cursor"]


@pytest.fixture(scope="module")
def lived(ledger):
    """A loan that was funded, paid out and repaid once, and where the bank's log stood before."""
    before = {seat: ledger.clients[seat].get("/v1/events?after=now")["next_cursor"] for seat in ("bank", "platform")}
    loan, borrower, _ = ledger.active("EVENTS")
    ledger.repay(loan, borrower, 12_345)
    ledger.end_day()
    return loan, before


def test_a_loans_events_are_its_history_in_order(ledger, lived):
    loan, before = lived
    history = ledger.bank.get(f"/v1/loans/{loan}/history")["items"]
    events, _ = _all(ledger.bank, loan=loan, after=before["bank"])
    entries = [event for event in events if "seq" in event["data"]]
    assert [(e["data"]["seq"], e["data"]["head"], e["block"]) for e in entries] == [
        (entry["seq"], entry["head"], entry["block"]) for entry in history
    ]
    types = [event["type"] for event in entries]
    assert types[:3] == ["loan.proposed", "loan.subscribed", "loan.funded"]
    assert types[-1] == "payment.posted"
    posted = entries[-1]["data"]["values"]["posted"]
    assert posted["amount"] == {"amount": "123.45", "currency": "CNY"}
    assert all(event["subject"] == f"loans/{loan}" for event in entries)


def test_the_data_of_every_event_fits_the_schema_of_its_type(ledger, lived):
    types = {kind["type"]: kind for kind in ledger.bank.get("/v1/event-types")["items"]}
    for kind in types.values():
        assert meta.is_valid(kind["data_schema"])
    seen = set()
    for client in (ledger.bank, ledger.platform, ledger.regulator, ledger.observer):
        for event in _all(client)[0]:
            kind = types[event["type"].removesuffix(".withdrawn")]
            validator_for(kind["data_schema"]).validate(event["data"])
            assert set(event["data"]) == set(kind["data_schema"]["properties"]), event
            assert (event["block"] is None) or kind["of_blocks"], event
            seen.add(event["type"])
    assert {"party.registered", "day.closed", "custody.attested", "custody.credited", "regime_profile.set"} <= seen
    assert {"account_statement.taken_in", "account_statement.entry_posted", "account_statement.posted"} <= seen


def test_types_are_described_in_both_languages(ledger):
    english = ledger.bank.get("/v1/event-types")["items"]
    chinese = ledger.bank.get("/v1/event-types", headers={"Accept-Language": "zh"})["items"]
    assert [kind["type"] for kind in english] == [kind["type"] for kind in chinese]
    assert all(kind["description"].isascii() for kind in english)
    assert not any(kind["description"].isascii() for kind in chinese)


def test_a_transaction_is_told_from_its_acceptance_to_its_end(ledger, lived):
    _, before = lived
    events, _ = _all(ledger.platform, type="transaction.*", after=before["platform"])
    assert events
    told: dict[str, list[str]] = {}
    for event in events:
        told.setdefault(event["subject"], []).append(event["type"].removeprefix("transaction."))
    assert all(states == ["accepted", "mined", "final"] for states in told.values()), told
    known = {f"transactions/{t['id']}" for t in ledger.platform.get("/v1/transactions?limit=200")["items"]}
    assert told.keys() <= known


def test_a_refused_transaction_is_told_with_its_reason(ledger, lived):
    loan, _ = lived
    after = ledger.platform.get("/v1/events?after=now")["next_cursor"]
    body = {"expected_history_length": ledger.length(loan) + 7}
    refused = ledger.platform.post(f"/v1/loans/{loan}/close", body)
    assert refused.status_code == 409
    events, _ = _all(ledger.platform, after=after, type="transaction.failed")
    assert events[-1]["data"]["error"]["code"] == refused.json()["code"]
    assert events[-1]["block"] is None


def test_pages_and_filters_give_the_same_events_as_one_long_page(ledger, lived):
    loan, _ = lived
    everything, end = _all(ledger.bank)
    short, after = [], "start"
    while page := ledger.bank.get("/v1/events", params={"after": after, "limit": 7}):
        short += page["items"]
        if len(page["items"]) < 7:
            break
        after = page["next_cursor"]
    assert [e["id"] for e in short[: len(everything)]] == [e["id"] for e in everything]
    numbers = [int(event["id"].rsplit("_", 1)[1]) for event in everything]
    assert numbers == list(range(1, len(everything) + 1))
    chosen, _ = _all(ledger.bank, type=["payment.*", "day.closed"])
    ids = {event["id"] for event in everything}
    assert [e["id"] for e in chosen if e["id"] in ids] == [
        e["id"] for e in everything if e["type"].startswith("payment.") or e["type"] == "day.closed"
    ]
    assert ledger.bank.get("/v1/events", params={"after": end, "loan": loan})["items"] == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("after=7", 400, "request.cursor_invalid"),
        ("after=evt_00000000_7", 410, "event.other_log"),
        ("type=loan.exploded", 422, "event.type_unknown"),
        ("type=nothing.*", 422, "event.type_unknown"),
        ("loan=7", 422, "request.invalid"),
        ("state=perhaps", 422, "request.invalid"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(ledger, query, status, code):
    for path in ("/v1/events", "/v1/events/stream"):
        refused = ledger.bank.http.get(f"{path}?{query}")
        assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_confirmed_events_are_the_recorded_ones_that_stand(ledger, lived):
    def settled():
        recorded, _ = _all(ledger.bank)
        confirmed, _ = _all(ledger.bank, state="confirmed")
        return [e["id"] for e in recorded] == [e["id"] for e in confirmed] and len(recorded)

    assert until(settled)


def test_security_21_reorganisation_withdraws_what_it_takes_and_tells_what_came_instead(make_ledger, serve):
    ledger = make_ledger(extra="resend_seconds = 1.0")
    bank = serve(ledger, "bank")
    ledger.register("Before")
    names = ["Reorg1", "Reorg2"]
    ledger.register(*names)
    until(lambda: bank.get("/v1/events?type=ledger.confirmed")["items"])
    height = bank.get("/v1/network")["heights"]["indexed"]
    before, cursor = _all(bank)
    lost = [event for event in before if event["block"] is not None and event["block"] > height - 2]
    assert {"party.registered", "transaction.mined", "transaction.final"} <= {event["type"] for event in lost}

    w3 = connect(ledger.rpc)
    w3.provider.make_request("anvil_reorg", [2, []])
    w3.provider.make_request("evm_mine", [])

    def again():
        events, _ = _all(bank, after=cursor)
        registered = [e for e in events if e["type"] == "party.registered"]
        final = [e for e in events if e["type"] == "transaction.final"]
        return len(registered) >= 2 and len(final) >= 2 and events

    events = until(again)
    withdrawn = [event for event in events if event["withdraws"] is not None]
    # Each one that lost its block is withdrawn once, newest first, with the data that it had.
    assert [event["withdraws"] for event in withdrawn] == [event["id"] for event in reversed(lost)]
    by_id = {event["id"]: event for event in lost}
    for event in withdrawn:
        assert event["type"] == by_id[event["withdraws"]]["type"] + ".withdrawn"
        assert event["data"] == by_id[event["withdraws"]]["data"]
        assert (event["subject"], event["loan"], event["block"]) == (by_id[event["withdraws"]]["subject"], None, None)
    # What is told afterwards is what the chain holds now.
    last_withdrawal = events.index(withdrawn[-1])
    fresh = [event for event in events if event["withdraws"] is None and event["type"] == "party.registered"]
    assert [events.index(event) > last_withdrawal for event in fresh] == [True, True]
    assert sorted(event["data"]["account"] for event in fresh) == sorted(ledger.address(name) for name in names)
    assert all(event["block"] > height for event in fresh)
    # A fold over the log gives exactly what stands: each party once, each transaction final once.
    everything, _ = _all(bank)
    gone = {event["withdraws"] for event in everything}
    standing = [event for event in everything if event["id"] not in gone and event["withdraws"] is None]
    accounts = [event["data"]["account"] for event in standing if event["type"] == "party.registered"]
    assert sorted(accounts) == sorted(ledger.address(name) for name in ["Before", *names])
    finals = [event["subject"] for event in standing if event["type"] == "transaction.final"]
    assert len(finals) == len(set(finals)) == 3


def test_a_reader_of_confirmed_events_sees_nothing_of_a_reorganisation_above_the_confirmed_height(
    make_ledger, serve, monkeypatch
):
    """Confirmation is held back while blocks come and go; what went was never a confirmed event."""
    from gateway.node import Node

    ledger = make_ledger(extra="resend_seconds = 1.0")
    held = [None]
    right = Node.confirmed
    monkeypatch.setattr(Node, "confirmed", lambda self: min(right(self), held[0] if held[0] is not None else 10**9))
    bank = serve(ledger, "bank")
    ledger.register("Before")
    until(lambda: bank.get("/v1/events?type=ledger.confirmed")["items"])
    _, cursor = _all(bank, state="confirmed")
    held[0] = bank.get("/v1/network")["heights"]["indexed"]
    bank.post("/v1/parties", ledger.party_request("Unsure"), wait=None)
    until(lambda: len(bank.get("/v1/events?type=party.registered")["items"]) == 2)
    shown, _ = _all(bank, state="confirmed", after=cursor)
    assert "party.registered" not in [event["type"] for event in shown]
    w3 = connect(ledger.rpc)
    w3.provider.make_request("anvil_reorg", [1, []])
    w3.provider.make_request("evm_mine", [])
    until(lambda: any(e["withdraws"] for e in _all(bank, type="party.registered")[0]))
    until(lambda: len([e for e in _all(bank, type="party.registered")[0] if e["withdraws"] is None]) == 3)
    held[0] = None

    def settled():
        events, _ = _all(bank, state="confirmed", after=cursor)
        return events if "transaction.final" in [event["type"] for event in events] else None

    shown = until(settled)
    assert [event["withdraws"] for event in shown] == [None] * len(shown)
    assert [event["type"] for event in shown].count("party.registered") == 1
