"""Account statements, payouts and day-ends of the bank: whole or not at all, each entry once, even if killed."""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from chain.bank.account_statement import Remittance
from chain.bank.amounts import Minor
from chain.bank.camt053 import read_account_statement
from chain.bank.pain001 import read_payment_order
from chain.bank.simulated import Counterparty, write_account_statement
from chain.ledger.typed_data import sign_typed

STRANGER = Counterparty("Nobody", "6222999999999999")
XML = {"Content-Type": "application/xml"}


def _entries(ledger, number):
    return ledger.bank.get(f"/v1/account-statements/{number}")["entries"]


def _post(ledger, data, **more):
    return ledger.bank.post("/v1/account-statements", content=data, headers=XML, **more)


def _balance(ledger, name):
    return ledger.bank.get(f"/v1/parties/{name}")["balance"]["amount"]


def test_money_that_nobody_can_name_waits_in_suspense_and_reconciles(ledger):
    ledger.register("Known")
    ledger.deposit("Known", 12_345)
    ledger.bank_system.receive(Minor(777), STRANGER, Remittance(("hello",), ()), ledger.today())
    before = ledger.bank.get("/v1/suspense")["balance"]["amount"]
    ledger.end_day()
    suspense = ledger.bank.get("/v1/suspense")
    assert _balance(ledger, "Known") == "123.45"
    assert suspense["items"][-1]["reason"] == "no_reference"
    assert float(suspense["balance"]["amount"]) - float(before) == pytest.approx(7.77)
    custody = ledger.observer.get("/v1/custody")
    assert custody["reconciled"]
    assert custody["suspense"] == suspense["balance"]


def test_money_from_another_account_than_the_lenders_own_goes_to_suspense(ledger):
    ledger.register("Own")
    reference = ledger.bank.get("/v1/parties/Own")["deposit_reference"]
    ledger.bank_system.receive(Minor(500), STRANGER, Remittance((), (reference,)), ledger.today())
    ledger.end_day()
    assert _balance(ledger, "Own") == "0.00"
    assert ledger.bank.get("/v1/suspense")["items"][-1]["reason"] == "unknown_payer"


def test_the_same_file_again_changes_nothing(ledger):
    ledger.register("Again")
    ledger.deposit("Again", 1_000)
    data = ledger.statement()
    first = ledger.post_statement(data)
    ids = [t["id"] for t in first["transactions"]]
    again = ledger.post_statement(data, key=secrets.token_hex(8))
    assert [t["id"] for t in again["transactions"]] == ids
    assert _balance(ledger, "Again") == "10.00"
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})


def test_one_changed_digit_refuses_the_whole_file(ledger):
    ledger.register("Digit")
    ledger.deposit("Digit", 43_210)
    data = ledger.statement()
    wrong = data.replace(b"432.10", b"432.11", 1)
    assert wrong != data
    answer = _post(ledger, wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "bank.balance_mismatch")
    assert _balance(ledger, "Digit") == "0.00"
    ledger.post_statement(data)
    assert _balance(ledger, "Digit") == "432.10"
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"not xml", "bank.xml_malformed"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><d>&a;</d>', "bank.xml_forbidden"),
        (b"<Document/>", "bank.message_type"),
    ],
)
def test_a_file_that_is_no_statement_is_refused(ledger, data, code):
    answer = _post(ledger, data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_missing_statement_is_named(ledger):
    skipped = ledger.statement()
    ledger.bank_system.receive(Minor(1), STRANGER, Remittance((), ()), ledger.today())
    later = ledger.statement(ledger.today() + timedelta(days=1))
    answer = _post(ledger, later)
    assert (answer.status_code, answer.json()["code"]) == (409, "bank.sequence_gap")
    day = ledger.today()
    ledger.post_statement(skipped)
    ledger.post_statement(later)
    ledger.bank.done("/v1/day-ends", {"through": (day + timedelta(days=1)).isoformat()})


def test_receipts_of_many_loans_go_in_one_transaction(ledger):
    loans = [ledger.active(f"BATCH{n}", "1000.00") for n in range(3)]
    for loan, borrower, _ in loans:
        ledger.repay(loan, borrower, 5_000)
        ledger.repay(loan, borrower, 2_500)
    accepted = ledger.post_statement(ledger.statement())
    assert [t["function"] for t in accepted["transactions"]] == ["collect"]
    for loan, _, _ in loans:
        assert ledger.bank.get(f"/v1/loans/{loan}")["paid"]["amount"] == "75.00"
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})


def test_a_payment_above_what_is_owed_repays_the_loan_and_the_rest_is_held_for_the_borrower(ledger):
    loan, borrower, _ = ledger.active("TOOMUCH", "1000.00")
    total = int(ledger.bank.get(f"/v1/loans/{loan}/schedule")["total"]["amount"].replace(".", ""))
    ledger.repay(loan, borrower, 3_000)
    ledger.repay(loan, borrower, 999_999)
    ledger.end_day()
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert shown["state"] == "Repaid"
    assert int(shown["overpaid"]["amount"].replace(".", "")) == 1_002_999 - total
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_the_last_payment_closes_the_debt_and_what_follows_goes_to_suspense(ledger):
    loan, borrower, _ = ledger.active("LAST", "600.00")
    total = ledger.bank.get(f"/v1/loans/{loan}/schedule")["total"]["amount"]
    ledger.repay(loan, borrower, int(total.replace(".", "")))
    ledger.repay(loan, borrower, 100)
    ledger.end_day()
    assert ledger.bank.get(f"/v1/loans/{loan}")["state"] == "Repaid"
    assert ledger.bank.get("/v1/suspense")["items"][-1]["reason"] == "loan_not_active"


def test_a_payout_that_comes_back_in_the_same_statement_is_returned_and_can_be_ordered_again(
    make_ledger, serve, with_regime
):
    ledger = make_ledger()
    for seat in ("platform", "bank", "regulator"):
        serve(ledger, seat)
    with_regime(ledger)
    loan, _, _ = ledger.funded("BOUNCE")
    ledger.step("platform", loan, "disburse")
    first = ledger.bank.done("/v1/payout-instructions", {})
    order = read_payment_order(ledger.bank.http.get(f"{first['resource']['href']}.xml").content)
    ledger.bank_system.execute(order)
    statement = read_account_statement(ledger.statement())
    [debit] = statement.entries
    back = replace(
        debit, entry_no=2, credit=True, kind="return", account_servicer_reference="BACK1", return_reason="AC04",
        original_reference=debit.account_servicer_reference,
    )  # fmt: skip
    whole = replace(statement, entries=(debit, back), closing=statement.opening)
    ledger.post_statement(write_account_statement(whole))
    assert [entry["posting"] for entry in _entries(ledger, statement.electronic_sequence_number)] == ["offset"] * 2
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert (shown["state"], shown["payout"]) == ("Funded", "Returned")
    ledger.step("platform", loan, "disburse")
    second = ledger.bank.done("/v1/payout-instructions", {})
    again = read_payment_order(ledger.bank.http.get(f"{second['resource']['href']}.xml").content)
    assert again.instructions[0].end_to_end_id != order.instructions[0].end_to_end_id
    assert ledger.bank.get("/v1/custody")["tokens"]["amount"] == "5000.00"


def test_the_payout_file_waits_until_its_payouts_are_instructed_and_holds_the_right_payee(ledger):
    loan, borrower, _ = ledger.funded("FILE")
    ledger.step("platform", loan, "disburse")
    accepted = ledger.bank.done("/v1/payout-instructions", {})
    shown = ledger.bank.get(accepted["resource"]["href"])
    order = read_payment_order(ledger.bank.http.get(f"{accepted['resource']['href']}.xml").content)
    [payout] = shown["payouts"]
    [instruction] = order.instructions
    assert shown["status"] == "instructed"
    assert payout["loan"] == loan
    assert instruction.end_to_end_id == payout["end_to_end_id"]
    assert instruction.creditor_account == ledger.party_request(borrower)["account"]["number"]
    assert instruction.amount == 500_000
    again = ledger.bank.post("/v1/payout-instructions", {})
    assert (again.status_code, again.json()["code"]) == (409, "payout_instruction.empty")
    ledger.bank_system.execute(order)
    ledger.end_day()


def test_an_entry_above_the_booking_keys_limit_waits_for_a_second_person(make_ledger, serve):
    ledger = make_ledger(booking_limit=50_000)
    serve(ledger, "bank")
    ledger.register("Small", "Large")
    ledger.deposit("Small", 50_000)
    ledger.deposit("Large", 50_001)
    accepted = _post(ledger, ledger.statement(), wait=None).json()
    [proposal] = ledger.approve_all()
    assert proposal["kind"] == "large_booking"
    assert proposal["readable"]["amount"] == "500.01 CNY"
    until = time.monotonic() + 30
    while ledger.bank.get(accepted["resource"]["href"])["status"] != "posted":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert [_balance(ledger, name) for name in ("Small", "Large")] == ["500.00", "500.01"]


def test_a_payout_above_the_booking_keys_limit_is_instructed_only_after_a_second_person_approved(
    make_ledger, serve, with_regime
):
    ledger = make_ledger(booking_limit=50_000)
    for seat in ("platform", "bank", "regulator"):
        serve(ledger, seat)
    with_regime(ledger)
    ledger.register("Half1", "Half2", "BigBorrower")
    for name in ("Half1", "Half2"):
        ledger.deposit(name, 50_000)
    ledger.end_day()
    loan = ledger.propose("BIG", "BigBorrower", "1000.00")
    ledger.subscribe(loan, ("Half1", "500.00"), ("Half2", "500.00"))
    ledger.step("platform", loan, "disburse")
    accepted = ledger.bank.post("/v1/payout-instructions", {}, wait=None).json()
    [proposal] = ledger.approve_all()
    assert (proposal["kind"], proposal["readable"]["amount"]) == ("large_payout", "1000.00 CNY")
    until = time.monotonic() + 30
    while (order := ledger.bank.get(accepted["resource"]["href"]))["status"] != "instructed":
        assert time.monotonic() < until, order
        time.sleep(0.05)
    assert ledger.bank.get(f"/v1/loans/{loan}")["payout"] == "Instructed"


def test_a_lender_withdraws_its_tokens_to_its_own_account(ledger):
    ledger.register("Leaver")
    ledger.deposit("Leaver", 20_000)
    ledger.end_day()
    terms = {
        "holder": ledger.address("Leaver"),
        "amount": {"amount": "150.00", "currency": "CNY"},
        "salt": "0x" + secrets.token_hex(32),
        "valid_through": (ledger.today() + timedelta(days=5)).isoformat(),
    }
    prepared = ledger.platform.http.post("/v1/withdrawals:prepare", json=terms).json()
    signature = "0x" + sign_typed(prepared["typed_data"], ledger.key("Leaver")).hex()
    accepted = ledger.platform.done("/v1/withdrawals", terms | {"signature": signature})
    assert accepted["resource"]["id"] == prepared["withdrawal_id"]
    assert ledger.platform.get(accepted["resource"]["href"])["payout"] == "Reserved"
    ledger.pay_out()
    ledger.end_day()
    assert ledger.bank.get(accepted["resource"]["href"])["payout"] == "Settled"
    assert _balance(ledger, "Leaver") == "50.00"
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_a_day_ends_only_after_its_statements(ledger):
    answer = ledger.bank.post("/v1/day-ends", {"through": (ledger.today() - timedelta(days=30)).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (409, "day_end.not_ready")


def test_kill_9_in_the_middle_of_a_statement_posts_every_entry_once(make_ledger, gateway_process, rpc_proxy, use_rpc):
    ledger = make_ledger()
    proxy = rpc_proxy(ledger.rpc)
    use_rpc(ledger, "bank", proxy.url)
    gateway = gateway_process(ledger, "bank")
    bank = gateway.start()
    names = [f"Once{n}" for n in range(12)]
    ledger.register(*names)
    for name in names:
        ledger.deposit(name, 10_000)
    data = ledger.statement()
    reached, release = threading.Event(), threading.Event()
    seen = []

    def hold(method, body):
        if method != "eth_sendRawTransaction":
            return None
        seen.append(body)
        if len(seen) <= 5:
            return None
        reached.set()
        release.wait(60)
        return b"{}"

    proxy.hook = hold
    accepted = _post(ledger, data, key="statement", wait=None)
    assert accepted.status_code == 202
    assert reached.wait(30)
    gateway.kill()
    release.set()
    proxy.hook = None
    gateway.start()
    until = time.monotonic() + 40
    while bank.get("/v1/account-statements/1")["status"] != "posted" and time.monotonic() < until:
        time.sleep(0.1)
    entries = _entries(ledger, 1)
    assert {entry["posting"] for entry in entries} == {"posted"}
    assert [_balance(ledger, name) for name in names] == ["100.00"] * 12
    assert bank.get("/v1/custody")["tokens"]["amount"] == "1200.00"
    assert _post(ledger, data, key="statement").json()["resource"]["id"] == "1"
    assert bank.get("/v1/custody")["tokens"]["amount"] == "1200.00"


def test_a_desk_that_cannot_work_makes_the_bank_unready_until_it_can(make_ledger, serve):
    ledger = make_ledger()
    bank = serve(ledger, "bank")

    def desk():
        answer = bank.http.get("/health/ready")
        [found] = [check for check in answer.json()["checks"] if check["name"] == "desk"]
        return answer.status_code, found["ok"]

    def rename(old, new):
        with sqlite3.connect(ledger.state / "bank" / "gateway.db", timeout=15) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    def until(expected):
        end = time.monotonic() + 20
        while (found := desk()) != expected:
            assert time.monotonic() < end, found
            time.sleep(0.05)

    until((200, True))
    rename("payout_instructions", "hidden")
    until((503, False))
    rename("hidden", "payout_instructions")
    until((200, True))
