"""The index: every history checked, the same at every seat, and undone where the chain was."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.history import check
from chain.ledger.reader import Ledger as Reader
from gateway.database import Database
from gateway.errors import IndexBroken
from gateway.indexer import follower, repository
from gateway.indexer.tables import IndexedEntry, IndexedLoan, IndexedPosition


def _reader(ledger):
    return Reader(connect(ledger.rpc), Contracts(Consortium.load(ledger.state / "consortium.json")))


def _until(look, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_the_index_says_what_the_contracts_say(ledger):
    loan, borrower, _ = ledger.active("INDEX")
    ledger.repay(loan, borrower, 12_345)
    ledger.end_day()
    record = _reader(ledger).loan(bytes.fromhex(loan[2:]))
    shown = ledger.observer.get(f"/v1/loans/{loan}")
    assert shown["history"]["length"] == record.length
    assert shown["history"]["head"] == "0x" + record.head.hex()
    assert shown["state"].upper() == record.state.name
    assert int(shown["outstanding"]["amount"].replace(".", "")) == record.outstanding
    [position] = ledger.observer.get(f"/v1/loans/{loan}/positions")["items"]
    claimable = _reader(ledger).claimable(bytes.fromhex(loan[2:]), bytes.fromhex(position["subject"][2:]))
    assert int(position["claimable"]["amount"].replace(".", "")) == claimable


def test_every_seat_shows_the_same_history_whose_fold_is_the_head(ledger):
    loan, _, _ = ledger.funded("HISTORY")
    block = ledger.platform.get(f"/v1/loans/{loan}")["history"]["last_block"]
    at = {"Ledger-Min-Block": str(block)}
    shown = [client.get(f"/v1/loans/{loan}/history", headers=at)["items"] for client in ledger.clients.values()]
    assert all(history == shown[0] for history in shown)
    assert [entry["kind"] for entry in shown[0]] == ["Proposed", "Subscribed", "Funded"]
    with Database(ledger.state / "observer" / "gateway.db").read() as session:
        entries = [repository.history_entry(row) for row in repository.entries(session, loan)]
    assert "0x" + check(bytes.fromhex(loan[2:]), entries).hex() == shown[0][-1]["head"]


def test_reading_at_a_block_that_is_not_there_yet_says_so(ledger, monkeypatch):
    monkeypatch.setattr("gateway.access._INDEX_WAIT", 0.1)
    answer = ledger.observer.http.get("/v1/loans", headers={"Ledger-Min-Block": "99999999"})
    assert (answer.status_code, answer.json()["code"]) == (503, "index.behind")


@pytest.mark.parametrize("what", ["payload", "head", "seq"])
def test_a_history_that_does_not_continue_stops_the_index(ledger, tmp_path, what):
    loan, _, _ = ledger.funded(f"BROKEN-{what}")
    records = [r for r in _reader(ledger).logs(0, connect(ledger.rpc).eth.block_number) if r.event == "Recorded"]
    records = [r for r in records if "0x" + bytes(r.values["loan"]).hex() == loan]
    if what == "seq":
        records = [records[0], records[2]]
    else:
        spoiled = bytearray(records[1].values[what])
        spoiled[-1] ^= 1
        records[1] = replace(records[1], values={**records[1].values, what: bytes(spoiled)})
    database = Database(tmp_path / "index.db")
    database.create_tables()
    with database.write() as session:
        follower.index(session, records[0], {})
        with pytest.raises(IndexBroken, match=loan):
            follower.index(session, records[1], {})


def test_a_reorganisation_is_undone_and_its_transactions_are_sent_again(make_ledger, serve):
    ledger = make_ledger(extra="resend_seconds = 1.0")
    bank = serve(ledger, "bank")
    ledger.register("Before")
    names = ["Reorg1", "Reorg2", "Reorg3"]
    ledger.register(*names)
    height = bank.get("/v1/network")["heights"]["indexed"]
    w3 = connect(ledger.rpc)
    old = w3.eth.get_block(height)["hash"]
    w3.provider.make_request("anvil_reorg", [3, []])
    w3.provider.make_request("evm_mine", [])
    assert w3.eth.get_block(height)["hash"] != old

    def all_back():
        items = bank.get("/v1/transactions", params={"limit": 10})["items"]
        reader = _reader(ledger)
        mined = all(t["status"] == "final" and t["block"] > height for t in items[:3])
        return mined and all(reader.balance_of(ledger.address(name)) == 0 for name in names)

    _until(all_back)
    for name in ["Before", *names]:
        assert bank.get(f"/v1/parties/{name}")["registered"]
        assert _reader(ledger).party(ledger.address(name)).subject
    assert w3.eth.get_transaction_count(bank.get("/v1/network")["seat"]["address"]) == 4


def test_a_rebuilt_index_equals_the_one_that_grew(ledger, serve, make_ledger):
    grown = Database(ledger.state / "observer" / "gateway.db")
    fresh = Database(ledger.state / "observer" / "rebuilt.db")
    fresh.create_tables()
    consortium = Consortium.load(ledger.state / "consortium.json")
    names = {member.root: member.name for member in consortium.members}
    tip = ledger.observer.get("/v1/network")["heights"]["indexed"]
    with fresh.write() as session:
        for record in _reader(ledger).logs(consortium.start_block, tip):
            follower.index(session, record, names)
    for table, order in (
        (IndexedLoan, IndexedLoan.position),
        (IndexedPosition, IndexedPosition.loan),
        (IndexedEntry, IndexedEntry.head),
    ):
        with grown.read() as one, fresh.read() as other:
            query = select(table).order_by(order)
            first = [_values(row) for row in one.scalars(query)]
            second = [_values(row) for row in other.scalars(query)]
            assert first == second
            assert one.scalar(select(func.count()).select_from(table)) == len(second) > 0


def _values(row):
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key != "values"}
