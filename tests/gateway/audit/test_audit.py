"""The audit log of real gateways: what is in it, how it is read, anchored and verified, and that tampering is found."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from chain.audit.encoding import LoggedRecord, record_hash
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from gateway.cli.app import run

COLUMNS = [field.name for field in fields(LoggedRecord)]
CONTENT = [name for name in COLUMNS if name not in ("previous", "hash")]


@dataclass
class Audited:
    """A ledger with the gateways of platform, bank and observer, a closed day, and anchored logs."""

    ledger: object
    chain: Ledger

    def anchors(self, seat):
        return self.chain.audit_anchors({"platform": 1, "bank": 2, "regulator": 3}[seat], seat)

    def copy(self, folder: Path, seat="bank") -> Path:
        """The seat as it is now, in a state folder of its own, to be tampered with; it asks the same node."""
        (folder / seat).mkdir(parents=True)
        source = self.ledger.state / seat
        for name in ("settings.toml", "keystore"):
            place = source / name
            (shutil.copytree if place.is_dir() else shutil.copy)(place, folder / seat / name)
        shutil.copy(self.ledger.state / "consortium.json", folder)
        with (
            closing(sqlite3.connect(source / "gateway.db")) as live,
            closing(sqlite3.connect(folder / seat / "gateway.db")) as copied,
        ):
            live.backup(copied)
        return folder


@pytest.fixture(scope="module")
def audited(make_ledger, serve, with_regime):
    ledger = make_ledger()
    for seat in ("platform", "bank", "regulator", "observer"):
        serve(ledger, seat)
    with_regime(ledger)
    ledger.register("B-audit", "L-audit")
    ledger.deposit("L-audit", 500_000)
    ledger.end_day()
    loan = ledger.propose("audit", "B-audit", "5000.00")
    ledger.subscribe(loan, ("L-audit", "5000.00"))
    consortium = Consortium.load(ledger.state / "consortium.json")
    found = Audited(ledger, Ledger(connect(ledger.rpc), Contracts(consortium)))
    until = time.monotonic() + 30
    while not (found.anchors("bank") and found.anchors("platform")):
        assert time.monotonic() < until, "nothing was anchored"
        time.sleep(0.1)
    # Something that is not yet anchored.
    ledger.register("L-later")
    return found


@pytest.fixture
def cli(capfd):
    """Runs `loan-ledger`, gives its exit code and what it printed on stdout."""

    def call(*arguments):
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        return code, capfd.readouterr().out

    return call


def _records(client, **query):
    found, cursor = [], None
    while True:
        page = client.http.get("/v1/audit", params={"limit": 200, **query} | ({"cursor": cursor} if cursor else {}))
        assert page.status_code == 200, page.text
        found += page.json()["items"]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            return found


def test_an_accepted_change_says_who_what_on_what_with_which_amounts_and_transactions(audited):
    [record] = _records(audited.ledger.platform, action="propose_loan")
    assert record["decision"] == "accepted"
    assert record["actor"] == "operator:tests"
    assert record["tenant"] == "seat"
    assert record["subject"].startswith("loan:0x")
    assert record["details"]["terms.principal"] == "5000.00 CNY"
    assert record["details"]["calls"] == "LoanAgreements.propose"
    assert re.fullmatch("[0-9a-f]{64}", record["request_hash"])
    [transaction] = record["transactions"]
    shown = audited.ledger.platform.get(f"/v1/transactions/{transaction}")
    assert shown["status"] == "final"
    [signature] = _records(audited.ledger.platform, subject=f"transaction:{transaction}")
    assert (signature["action"], signature["decision"], signature["actor"]) == ("sign", "signed", "gateway")
    assert signature["details"]["hash"] == shown["hash"]
    assert signature["details"]["call"] == "LoanAgreements.propose"
    assert signature["details"]["nonce"] == str(shown["nonce"])


def test_nothing_that_people_wrote_is_in_the_log(audited):
    text = json.dumps(_records(audited.ledger.bank), ensure_ascii=False)
    assert "Party B-audit" not in text
    assert "1101-B-audit" not in text
    assert audited.ledger.party_request("B-audit")["account"]["number"] not in text


def test_a_refused_change_is_recorded_once_with_its_reason_however_often_it_is_repeated(audited):
    client = audited.ledger.platform
    body = {"expected_history_length": 1}
    first = client.post("/v1/loans/0x" + "ab" * 32 + "/disburse", body)
    for _ in range(30):
        client.post("/v1/loans/0x" + "ab" * 32 + "/disburse", body)
    code = first.json()["code"]
    found = [r for r in _records(client, decision="refused") if r["decision"] == f"refused:{code}"]
    assert len(found) == 1
    assert found[0]["action"] == "disburse_loan"
    assert found[0]["request_id"] == first.json()["request_id"] == first.headers["X-Request-Id"]


def test_a_given_request_id_ties_answer_log_and_problem_together_and_a_strange_one_is_replaced(audited):
    client = audited.ledger.bank
    given = client.http.get("/v1/business-date", headers={"X-Request-Id": "platform-7.A_b"})
    assert given.headers["X-Request-Id"] == "platform-7.A_b"
    for strange in ("a b", "x" * 65, "ä", '"'):
        made = client.http.get("/v1/business-date", headers={"X-Request-Id": strange.encode()}).headers["X-Request-Id"]
        assert re.fullmatch("[0-9a-f]{32}", made)
    headers = {"X-Request-Id": "one-request", "Idempotency-Key": "audit-party"}
    accepted = client.http.post("/v1/parties", json=audited.ledger.party_request("P-request"), headers=headers)
    assert accepted.status_code == 202, accepted.text
    [record] = _records(client, request_id="one-request")
    assert record["transactions"] == [t["id"] for t in accepted.json()["transactions"]]


def test_who_is_not_let_in_is_recorded_without_a_name(audited):
    client = audited.ledger.bank
    assert client.http.post("/v1/day-ends", json={}, headers={"Authorization": "Bearer llt_no"}).status_code == 401
    found = _records(client, actor="anonymous", action="close_day")
    assert [record["decision"] for record in found] == ["refused:auth.token_unknown"]
    assert "llt_no" not in json.dumps(found)


def test_pages_filters_and_orders_give_the_same_log(audited):
    client = audited.ledger.bank
    everything = _records(client)
    assert [record["seq"] for record in everything] == list(range(1, len(everything) + 1))
    assert _records(client, order="newest_first", limit=7)[::-1][: len(everything)] == everything
    assert [r["seq"] for r in _records(client, action="register_party")] == [
        r["seq"] for r in everything if r["action"] == "register_party"
    ]
    middle = everything[len(everything) // 2]["time"]
    assert len(_records(client, since=middle)) + len(_records(client, until=middle)) >= len(everything)


def test_head_says_how_far_the_log_is_anchored(audited):
    head = audited.ledger.bank.get("/v1/audit/head")
    anchor = audited.anchors("bank")[-1]
    assert head["anchored_length"] == anchor.length <= head["length"]
    assert head["anchored_head"] == anchor.head.hex()
    assert head["anchored_on"] == "2026-01-06"


def test_the_anchor_is_the_hash_of_that_record_and_its_call_is_in_the_log(audited):
    anchor = audited.anchors("bank")[0]
    records = _records(audited.ledger.bank)
    assert records[anchor.length - 1]["hash"] == anchor.head.hex()
    [anchoring] = [
        r for r in records if r["action"] == "anchor_audit_log" and r["details"]["length"] == str(anchor.length)
    ]
    assert anchoring["actor"] == "gateway"
    assert anchoring["seq"] > anchor.length


def test_a_copy_verifies_as_long_as_nobody_touches_it(audited, cli, tmp_path):
    assert cli("audit", "verify", "--state", audited.copy(tmp_path), "--seat", "bank")[0] == 0


def test_verify_says_whole_and_what_is_not_yet_anchored(audited, cli):
    code, out = cli("audit", "verify", "--state", audited.ledger.state, "--seat", "bank", "--json")
    found = json.loads(out)
    assert (code, found["whole"], found["broken"]) == (0, True, None)
    assert found["anchors"] == found["anchors_on_chain"] >= 1
    assert found["unanchored"] == found["length"] - found["anchored"] > 0


def test_show_filters_and_export_verifies_elsewhere_with_a_node_alone(audited, cli, tmp_path):
    code, out = cli(
        "audit",
        "show",
        "--state",
        audited.ledger.state,
        "--seat",
        "bank",
        "--action",
        "close_day",
        "--decision",
        "acc",
        "--json",
    )
    assert code == 0
    assert [record["action"] for record in json.loads(out)["records"]] == ["close_day"]
    code, out = cli("audit", "export", "--state", audited.ledger.state, "--seat", "bank")
    assert code == 0
    file = tmp_path / "log.jsonl"
    file.write_text(out)
    given = ("--rpc", audited.ledger.rpc, "--consortium", audited.ledger.state / "consortium.json", "--json")
    code, verdict = cli("audit", "verify", "--file", file, *given)
    assert (code, json.loads(verdict)["whole"]) == (0, True)
    lines = out.splitlines()
    file.write_text("\n".join([*lines[:3], *lines[4:]]))
    code, verdict = cli("audit", "verify", "--file", file, *given)
    assert (code, json.loads(verdict)["broken"]["damage"], json.loads(verdict)["broken"]["first"]) == (1, "removed", 3)
    file.write_text(lines[0] + '\n{"seq": 1}\n')
    code, verdict = cli("audit", "verify", "--file", file, *given)
    assert (code, json.loads(verdict)["error"]["code"]) == (2, "audit.file_invalid")
    assert cli("audit", "verify", "--file", file, "--json")[0] == 2


def _rehash(database, first):
    """Makes all hashes from record `first` on fit, as who rewrites a log would."""
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    rows = [
        dict(zip(COLUMNS, row, strict=True))
        for row in database.execute(f"SELECT {names} FROM audit_records ORDER BY seq")
    ]
    previous = rows[first - 2]["hash"] if first > 1 else "0" * 64
    for row in rows[first - 1 :]:
        row["previous"] = previous
        previous = record_hash(**{name: value for name, value in row.items() if name != "hash"})
        database.execute(
            "UPDATE audit_records SET previous = ?, hash = ? WHERE seq = ?", (row["previous"], previous, row["seq"])
        )
    database.execute("UPDATE audit_head SET hash = ?, seq = ?", (previous, rows[-1]["seq"]))


def _change(name):
    def tamper(database, anchored):
        value = 99_999 if name == "seq" else "0" * 64 if name in ("previous", "hash", "request_hash") else '["changed"]'
        database.execute(f'UPDATE audit_records SET "{name}" = ? WHERE seq = 4', (value,))
        return "re-ordered" if name == "seq" else "changed", 4, 4

    return tamper


def _change_and_hash(name):
    def tamper(database, anchored):
        _change(name)(database, anchored)
        row = dict(
            zip(
                COLUMNS,
                database.execute(f"SELECT {', '.join(COLUMNS)} FROM audit_records WHERE seq = 4").fetchone(),
                strict=True,
            )
        )
        fitting = record_hash(**{column: value for column, value in row.items() if column != "hash"})
        database.execute("UPDATE audit_records SET hash = ? WHERE seq = 4", (fitting,))
        return "changed", 4, 4

    return tamper


def _remove(database, anchored):
    database.execute("DELETE FROM audit_records WHERE seq = 4")
    return "removed", 4, 4


def _remove_and_close_ranks(database, anchored):
    _remove(database, anchored)
    database.execute("UPDATE audit_records SET seq = -seq WHERE seq > 4")
    database.execute("UPDATE audit_records SET seq = -seq - 1 WHERE seq < 0")
    return "removed", 4, 4


def _insert(database, anchored):
    database.execute("UPDATE audit_records SET seq = -seq WHERE seq >= 4")
    database.execute("UPDATE audit_records SET seq = -seq + 1 WHERE seq < 0")
    names = ", ".join(name for name in COLUMNS if name != "seq")
    database.execute(f"INSERT INTO audit_records (seq, {names}) SELECT 4, {names} FROM audit_records WHERE seq = 7")
    return "re-ordered", 4, 4


def _swap(database, anchored):
    database.execute("UPDATE audit_records SET seq = -1 WHERE seq = 4")
    database.execute("UPDATE audit_records SET seq = 4 WHERE seq = 5")
    database.execute("UPDATE audit_records SET seq = 5 WHERE seq = -1")
    return "re-ordered", 4, 4


def _cut_tail(database, anchored):
    database.execute("DELETE FROM audit_records WHERE seq > ?", (anchored - 2,))
    database.execute(
        "UPDATE audit_head SET seq = ?, hash = (SELECT hash FROM audit_records WHERE seq = ?)",
        (anchored - 2, anchored - 2),
    )
    return "removed", anchored - 1, anchored


def _cut_behind_the_anchor(database, anchored):
    # Only the head that the database itself notes shows it.
    last = database.execute("SELECT max(seq) FROM audit_records").fetchone()[0]
    database.execute("DELETE FROM audit_records WHERE seq = ?", (last,))
    return "removed", last, last


def _rewrite(database, anchored):
    database.execute("UPDATE audit_records SET actor = 'operator:nobody' WHERE seq = 4")
    _rehash(database, 4)
    return "rewritten", 1, anchored


def _replace_by_another_log(database, anchored):
    database.execute("UPDATE audit_records SET actor = 'operator:nobody', details = '{}'")
    _rehash(database, 1)
    return "rewritten", 1, anchored


TAMPERINGS = {
    **{f"{name} changed": _change(name) for name in COLUMNS},
    **{f"{name} changed and hashed anew": _change_and_hash(name) for name in CONTENT if name != "seq"},
    "a row removed": _remove,
    "a row removed and the others renumbered": _remove_and_close_ranks,
    "a row copied in": _insert,
    "two rows swapped": _swap,
    "the tail cut off at an anchor": _cut_tail,
    "the last row cut off behind the anchors": _cut_behind_the_anchor,
    "a record changed and all hashes after it": _rewrite,
    "the whole log rewritten": _replace_by_another_log,
}


@pytest.mark.parametrize("tampering", list(TAMPERINGS))
def test_security_22_audit_tampering_is_found(audited, cli, tmp_path, tampering):
    state = audited.copy(tmp_path)
    anchored = audited.anchors("bank")[-1].length
    assert anchored > 8
    with closing(sqlite3.connect(state / "bank" / "gateway.db")) as database:
        damage, first, last = TAMPERINGS[tampering](database, anchored)
        database.commit()
    code, out = cli("audit", "verify", "--state", state, "--seat", "bank", "--json")
    found = json.loads(out)
    assert code == 1
    assert (found["broken"]["damage"], found["broken"]["first"]) == (damage, first), found["broken"]
    if damage == "rewritten":  # between two anchors, the first of which still fits
        assert found["broken"]["last"] in [anchor.length for anchor in audited.anchors("bank")]
    else:
        assert found["broken"]["last"] == last


def test_security_22_observer_reaches_no_state_change(audited):
    observer = audited.ledger.observer
    schema = observer.http.get("/openapi.json").json()
    changes = [
        (method, path)
        for path, methods in schema["paths"].items()
        for method in methods
        if method in ("post", "put", "patch", "delete")
        and not path.startswith(("/v1/access", "/v1/auth", "/v1/session"))
    ]
    assert len(changes) > 40
    height = connect(audited.ledger.rpc).eth.block_number
    for method, path in changes:
        concrete = re.sub(r"\{[^}]*\}", "0x" + "11" * 32, path)
        answer = observer.http.request(method, concrete, json={}, headers={"Idempotency-Key": f"observer {path}"})
        assert answer.status_code >= 400, (method, path, answer.text)
    assert observer.get("/v1/transactions")["items"] == []
    assert not [r for r in _records(observer) if r["decision"] == "accepted" and r["transactions"]]
    del height


def test_a_change_that_the_contract_refuses_later_is_recorded_with_its_reason(audited):
    client = audited.ledger.regulator
    days = {"effective_from": "2026-01-01", "effective_through": "2030-12-31"}
    again = {"name": "test-regime", "rate_cap": "0.24", "reversal_days": 0, **days}
    refused = client.post("/v1/regime-profiles", again)
    assert refused.json()["code"] == "contract.RegimeExists", refused.text
    [transaction] = refused.json()["transactions"]
    found = _records(client, subject=f"transaction:{transaction['id']}")
    assert [(one["action"], one["decision"]) for one in found][-1] == ("send", "failed:contract.RegimeExists")
