"""The index: every history checked, the same at every seat, and undone where the chain was."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from eth_abi.abi import encode
from sqlalchemy import delete, func, select
from waiting import until

from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.days import day_number
from chain.ledger.history import Entry, HistoryEntry, check, fold, payload_fields
from chain.ledger.reader import Ledger as Reader
from chain.ledger.reader import LogRecord, history_entry
from chain.ledger.terms import PLAIN_PAYMENTS, ContractText, DayCount, Method, Pricing, ScheduleRule, Terms
from gateway.database import Database
from gateway.errors import IndexBroken
from gateway.indexer import follower, going_back, repository
from gateway.indexer.tables import (
    IndexedDocument,
    IndexedEntry,
    IndexedLoan,
    IndexedPayment,
    IndexedPosition,
    IndexedUnreadable,
)
from gateway.node import Node

START = date(2026, 1, 5)


def _reader(ledger):
    return Reader(connect(ledger.rpc), Contracts(Consortium.load(ledger.state / "consortium.json")))


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


def _with_payload(records, number, payload):
    """The history with one payload exchanged, its heads folded anew: as if a contract had let it through."""
    records = list(records)
    records[number] = replace(records[number], values={**records[number].values, "payload": payload})
    head = bytes(records[0].values["loan"])
    for place, record in enumerate(records):
        head = fold(head, history_entry(record))
        records[place] = replace(record, values={**record.values, "head": head})
    return records


def _proposal(record, **changed):
    """The proposal's payload with some terms or values exchanged."""
    names = (
        "version", "platform", "borrower", "currency", "principal", "regime", "deadline", "text", "rate", "rule",
        "payments", "fees",
    )  # fmt: skip
    values = payload_fields(history_entry(record))
    terms = [changed.get(name, value) for name, value in zip(names, values["terms"], strict=True)]
    cap = changed.get("cap", values["rateCapNano"])
    types = [Terms.abi_type(), "bytes", "uint64", "uint16"]
    return encode(types, [terms, values["borrowerSignature"], cap, values["reversalDays"]])


@pytest.fixture(scope="module")
def histories(ledger):
    """The raw entries of two loans."""
    loans = [ledger.funded(f"RAW{number}")[0] for number in range(2)]
    records = [r for r in _reader(ledger).logs(0, connect(ledger.rpc).eth.block_number) if r.event == "Recorded"]
    return [[r for r in records if "0x" + bytes(r.values["loan"]).hex() == loan] for loan in loans]


@pytest.mark.parametrize(
    ("number", "payload"),
    [
        (0, lambda record: _proposal(record, currency=b"\xff\xfe\xfd")),
        (0, lambda record: _proposal(record, rule=(9, 6, 1, 0, 0, b"\0" * 32))),
        (0, lambda record: bytes(record.values["payload"]).replace(b"RAW0", b"RAW\xff")),
        (0, lambda _: b""),
        (1, lambda _: b"\x01" * 7),
    ],
    ids=["currency is no text", "unknown method", "number is no text", "empty", "not its layout"],
)
def test_an_entry_that_cannot_be_read_is_kept_raw_and_stops_nothing(histories, tmp_path, number, payload):
    first, second = histories
    records = _with_payload(first, number, payload(first[number]))
    database = Database(tmp_path / "index.db")
    database.create_tables()
    loan, other = ("0x" + bytes(history[0].values["loan"]).hex() for history in histories)
    for record in [*records, *second]:
        with database.write() as session:
            follower.index(session, record, {})
    with database.read() as session:
        flagged = repository.unreadable(session, [loan, other])
        assert list(flagged) == [loan]
        assert (flagged[loan].seq, flagged[loan].length) == (number + 1, 3)
        assert flagged[loan].reason
        assert repository.head_of(session, bytes.fromhex(loan[2:])) == (records[-1].values["head"], 3)
        kept = [repository.history_entry(row) for row in repository.entries(session, loan)]
        assert [entry.payload for entry in kept] == [record.values["payload"] for record in records]
        check(bytes.fromhex(loan[2:]), kept, records[-1].values["head"])
        assert repository.loan(session, other).state == "Funded"
        assert (repository.loan(session, loan) is None) == (number == 0)
    with database.write() as session:
        assert set(repository.forget_above(session, 0)) == {loan, other}
        assert repository.unreadable(session, [loan]) == {}


@pytest.mark.parametrize("spoiled", [None, 0, 1], ids=["all readable", "proposal unreadable", "a later one unreadable"])
def test_going_back_gives_the_index_of_the_blocks_that_are_left(histories, tmp_path, spoiled):
    first, second = histories
    if spoiled is not None:
        first = _with_payload(first, spoiled, b"\x01" * 7)
    records = sorted([*first, *second], key=lambda record: (record.block, record.log_index))
    _require_the_same_after_going_back(tmp_path, records, records[-2].block - 1)


@pytest.fixture(scope="module")
def paid_history(ledger):
    """A loan's raw entries, the newest of which are payments on three days."""
    loan, borrower, _ = ledger.active("BACK")
    for amount in (500, 12_345, 700):
        ledger.repay(loan, borrower, amount)
        ledger.end_day()
    records = _reader(ledger).logs(0, connect(ledger.rpc).eth.block_number)
    records = [r for r in records if r.event == "Recorded" and "0x" + bytes(r.values["loan"]).hex() == loan]
    assert [int(record.values["kind"]) for record in records[-3:]] == [Entry.PAYMENT_POSTED] * 3
    return records


@pytest.mark.parametrize("taken", [1, 2, 3, 4], ids="{} entries taken back".format)
def test_payments_are_taken_back_exactly(paid_history, tmp_path, taken):
    _require_the_same_after_going_back(tmp_path, paid_history, paid_history[-taken].block - 1)


def _require_the_same_after_going_back(tmp_path, records, common):
    left = [record for record in records if record.block <= common]
    assert 0 < len(left) < len(records)
    databases = [Database(tmp_path / name) for name in ("short.db", "back.db")]
    for database, some in zip(databases, (left, records), strict=True):
        database.create_tables()
        with database.write() as session:
            for record in some:
                follower.index(session, record, {})
    with databases[1].write() as session:
        assert going_back.go_back(session, common, {}) > 0
    for table in (IndexedLoan, IndexedPosition, IndexedPayment, IndexedUnreadable, IndexedEntry):
        with databases[0].read() as one, databases[1].read() as other:
            query = select(table).order_by(*table.__table__.primary_key)
            assert [_values(row) for row in one.scalars(query)] == [_values(row) for row in other.scalars(query)]


def test_values_above_what_sqlite_counts_to_are_stored(histories, tmp_path):
    records = _with_payload(histories[0], 0, _proposal(histories[0][0], cap=2**64 - 1, principal=2**128 - 1))
    database = Database(tmp_path / "index.db")
    database.create_tables()
    loan = "0x" + bytes(records[0].values["loan"]).hex()
    document = encode(["bytes32"] * 3 + ["uint64", "uint8"], [b"\1" * 32, b"\2" * 32, b"\3" * 32, 2**64 - 1, 4])
    values = records[-1].values | {"seq": 4, "kind": int(Entry.DOCUMENT_COMMITTED), "payload": document}
    last = replace(records[-1], values=values)
    last = replace(last, values=values | {"head": fold(records[-1].values["head"], history_entry(last))})
    with database.write() as session:
        for record in [*records, last]:
            follower.index(session, record, {})
    with database.read() as session:
        assert repository.unreadable(session, [loan]) == {}
        assert repository.loan(session, loan).rate_cap_nano == 2**64 - 1
        assert repository.loan(session, loan).principal == 2**128 - 1
        assert repository.documents(session, loan)[0].size == 2**64 - 1


def test_a_loan_with_an_unreadable_entry_is_marked_and_one_without_terms_refused(make_ledger, serve):
    ledger = make_ledger()
    observer = serve(ledger, "observer")
    marked, lost = "0x" + "a1" * 32, "0x" + "b2" * 32
    terms = Terms(
        "0x" + "11" * 20, "0x" + "22" * 20, "CNY", 100, b"\0" * 32, START, ContractText("N", *[b"\0" * 32] * 3),
        Pricing(1, DayCount.ACT_365), ScheduleRule(Method.EQUAL_INSTALMENT, 1, 1, 100), PLAIN_PAYMENTS, (),
    )  # fmt: skip
    proposed = encode([Terms.abi_type(), "bytes", "uint64", "uint16"], [terms.abi_tuple(), b"", 1, 0])
    with Database(ledger.state / "observer" / "gateway.db").write() as session:
        for loan, payloads in ((marked, [(1, proposed), (3, b"")]), (lost, [(1, b"")])):
            head = bytes.fromhex(loan[2:])
            for seq, (kind, payload) in enumerate(payloads, start=1):
                entry = HistoryEntry(bytes.fromhex(loan[2:]), seq, START, Entry(kind), terms.platform, payload, b"")
                head = fold(head, entry)
                values = {"loan": entry.loan, "seq": seq, "day": day_number(START), "kind": kind,
                          "actor": entry.actor, "payload": payload, "head": head}  # fmt: skip
                record = LogRecord("LoanEscrow", "Recorded", values, 1, b"\0" * 32, entry.loan, seq + (loan == lost))
                follower.index(session, record, {})
    shown = observer.get(f"/v1/loans/{marked}")
    assert shown["unreadable"].startswith("entry 2: ")
    assert shown["history"]["length"] == 2
    assert [loan["unreadable"] for loan in observer.get("/v1/loans")["items"]] == [shown["unreadable"]]
    for part in ("", "/schedule", "/positions", "/documents"):
        refused = observer.http.get(f"/v1/loans/{lost}{part}")
        assert (refused.status_code, refused.json()["code"]) == (409, "loan.unreadable")
    [entry] = observer.get(f"/v1/loans/{lost}/history")["items"]
    assert (entry["kind"], entry["payload"], entry["values"]) == ("Proposed", "0x", {})
    [check_] = [c for c in observer.get("/health/ready")["checks"] if c["name"] == "index"]
    assert "2 loans have unreadable entries" in check_["detail"]


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

    until(all_back)
    for name in ["Before", *names]:
        assert bank.get(f"/v1/parties/{name}")["registered"]
        assert _reader(ledger).party(ledger.address(name)).subject
    [booking] = [key for key in bank.get("/v1/network")["seat"]["keys"] if key["name"] == "booking"]
    assert w3.eth.get_transaction_count(booking["address"]) == 4


def test_a_node_that_bounds_its_answers_is_read_in_shorter_ranges(make_ledger, serve, rpc_proxy, use_rpc):
    ledger = make_ledger()
    proxy = rpc_proxy(ledger.rpc)
    use_rpc(ledger, "observer", proxy.url)
    connect(ledger.rpc).provider.make_request("anvil_mine", [hex(300)])
    asked = []

    def bounded(method, body):
        if method != "eth_getLogs":
            return None
        one = json.loads(body)
        blocks = int(one["params"][0]["toBlock"], 16) - int(one["params"][0]["fromBlock"], 16) + 1
        asked.append(blocks)
        if blocks <= 20:
            return None
        error = {"code": -32003, "message": "response too large"}
        return json.dumps({"jsonrpc": "2.0", "id": one["id"], "error": error}).encode()

    proxy.hook = bounded
    observer = serve(ledger, "observer")
    assert observer.get("/v1/network")["heights"]["indexed"] >= 300
    assert max(asked) > 20 >= asked[-1]
    assert len(asked) < 100, "ranges grow again as far as they are answered"


def test_a_rebuilt_index_equals_the_one_that_grew(ledger, serve, make_ledger):
    grown = Database(ledger.state / "observer" / "gateway.db")
    fresh = Database(ledger.state / "observer" / "rebuilt.db")
    fresh.create_tables()
    consortium = Consortium.load(ledger.state / "consortium.json")
    names = {member.root: member.name for member in consortium.members}
    node = Node(ledger.rpc, Contracts(consortium))
    tip = ledger.observer.get("/v1/network")["heights"]["indexed"]
    with fresh.write() as session:
        for record in _reader(ledger).logs(consortium.start_block, tip):
            opened = follower.opened_positions(node, record) if follower.opens(record) else None
            follower.index(session, record, names, opened)
    for again in (False, True):
        if again:
            _make_rows_anew(fresh, names)
        _require_same_rows(grown, fresh)


def _make_rows_anew(database, names):
    with database.write() as session:
        loans = list(session.scalars(select(IndexedLoan.id)))
        for table in (IndexedPayment, IndexedPosition, IndexedDocument):
            session.execute(delete(table))
        session.execute(delete(IndexedLoan))
        session.expire_all()
        going_back.rebuild(session, loans, names)


def _require_same_rows(grown, fresh):
    for table, order in (
        (IndexedLoan, IndexedLoan.position),
        (IndexedPosition, IndexedPosition.loan),
        (IndexedPayment, IndexedPayment.loan),
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
