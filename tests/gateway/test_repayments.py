"""Repayments that the bank's system books before the account statement: single and many, each with its own result."""

from __future__ import annotations

import secrets
import time

import pytest

CENTS = 10_000


LIMIT = 1_000_000  # minor units that one call of the booking key may book


@pytest.fixture(scope="module")
def ledger(make_ledger, serve, with_regime):
    """A ledger of this module's own: some of its entries are not what the bank's statement says."""
    made = make_ledger(booking_limit=LIMIT)
    for seat in ("platform", "bank", "regulator", "observer"):
        serve(made, seat)
    with_regime(made)
    return made


@pytest.fixture(scope="module")
def loans(ledger):
    """Active loans of 5,000.00 by number."""
    return {name: ledger.active(name) for name in ("REP0", "REP1", "REP2", "REP3")}


def _next_statement(ledger):
    items = ledger.bank.get("/v1/account-statements")["items"]
    return (items[0]["number"] if items else 0) + 1


def _booked(ledger, loan, borrower, cents=CENTS):
    """A credit at the bank, and the request that books it before its statement."""
    reference = ledger.repay(loan, borrower, cents)
    return _request(ledger, loan, len(ledger.bank_system._today), cents, servicer_reference=reference)


def _request(ledger, loan, entry, cents=CENTS, **changed):
    return {
        "loan": loan,
        "amount": {"amount": f"{cents // 100}.{cents % 100:02}", "currency": "CNY"},
        "value_date": ledger.today().isoformat(),
        "statement": _next_statement(ledger),
        "entry": entry,
        "servicer_reference": f"REF-{entry}",
    } | changed


def _batch(ledger, items, **more):
    answer = ledger.bank.post("/v1/repayments:batch", {"items": items}, **more)
    assert answer.status_code == 200, answer.text
    return ledger.bank.get(answer.json()["resource"]["href"]), answer.json()["transactions"]


def test_a_repayment_is_posted_at_once_and_its_statement_takes_it_over(ledger, loans):
    loan, borrower, _ = loans["REP0"]
    item = _booked(ledger, loan, borrower)
    before = ledger.length(loan)
    answer = ledger.bank.done("/v1/repayments", item)
    booked = ledger.bank.get(answer["resource"]["href"])
    assert booked["status"] == "posted"
    assert ledger.length(loan) == before + 1
    ledger.end_day()
    statement = ledger.bank.get(f"/v1/account-statements/{item['statement']}")
    stated = next(entry for entry in statement["entries"] if entry["entry"] == item["entry"])
    assert (stated["posting"], stated["reason"], stated["transaction"]) == ("posted", None, booked["transaction"])
    assert ledger.length(loan) == before + 1, "the entry counts once"
    assert ledger.bank.get(answer["resource"]["href"])["status"] == "stated"


def test_one_bad_item_spoils_no_other_and_each_has_its_result(ledger, loans):
    items = [_booked(ledger, *loans[name][:2]) for name in ("REP1", "REP2", "REP3")]
    repaid_twice = _request(ledger, items[0]["loan"], items[0]["entry"])
    unknown = _request(ledger, "0x" + "5a" * 32, 900)
    too_late = _request(ledger, items[1]["loan"], 901, value_date="2099-01-01")
    before = {item["loan"]: ledger.length(item["loan"]) for item in items}
    batch, transactions = _batch(ledger, [items[0], repaid_twice, unknown, items[1], too_late, items[2]])
    # The one of the future stands in one transaction with an item of the same loan, and they are tried apart.
    assert [item["status"] for item in batch["items"]] == ["posted", "failed", "failed", "posted", "failed", "posted"]
    assert [item["error"] and item["error"]["code"] for item in batch["items"]] == [
        None, "repayment.entry_booked", "resource.not_found", None, "contract.ValueDateInvalid", None,
    ]  # fmt: skip
    assert batch["finished"]
    assert {item["loan"]: ledger.length(item["loan"]) for item in items} == {k: v + 1 for k, v in before.items()}
    assert any(transaction["status"] == "failed" for transaction in transactions) or len(transactions) > 1
    ledger.end_day()
    entries = ledger.bank.get(f"/v1/account-statements/{items[0]['statement']}")["entries"]
    assert {entry["posting"] for entry in entries} == {"posted"}


def test_many_repayments_share_transactions_and_those_of_one_loan_keep_their_order(ledger, loans):
    names = ("REP0", "REP1", "REP2", "REP3")
    items = [_booked(ledger, *loans[name][:2], cents=100 + n) for n in range(3) for name in names]
    batch, transactions = _batch(ledger, items)
    assert batch["counts"] == {"posted": 12}
    assert len(transactions) == 1
    for name in names:
        history = ledger.bank.get(f"/v1/loans/{loans[name][0]}/history")["items"]
        amounts = [entry["values"]["posted"]["amount"] for entry in history if entry["kind"] == "PaymentPosted"]
        assert [amount["amount"] for amount in amounts[-3:]] == ["1.00", "1.01", "1.02"]
    ledger.end_day()


def test_the_same_key_gives_the_first_answer_and_the_same_entry_under_another_key_is_refused(ledger, loans):
    item = _booked(ledger, *loans["REP0"][:2])
    key = secrets.token_hex(8)
    first = ledger.bank.done("/v1/repayments", item, key=key)
    again = ledger.bank.done("/v1/repayments", item, key=key)
    assert first["transactions"][0]["id"] == again["transactions"][0]["id"]
    refused = ledger.bank.post("/v1/repayments", item)
    assert (refused.status_code, refused.json()["code"]) == (409, "repayment.entry_booked")
    ledger.end_day()
    taken = ledger.bank.post("/v1/repayments", item)
    assert (taken.status_code, taken.json()["code"]) == (409, "repayment.statement_taken")


def test_a_repayment_above_the_keys_limit_waits_for_a_second_person(ledger, loans):
    loan, borrower, _ = loans["REP3"]
    item = _booked(ledger, loan, borrower, cents=LIMIT + 1)
    before = ledger.length(loan)
    batch, _ = _batch(ledger, [item])
    assert batch["items"][0]["status"] == "proposed"
    assert ledger.length(loan) == before
    shown = ledger.approve_all()
    assert shown[0]["readable"]["amount"] == "10000.01 CNY"
    href = f"/v1/repayments/{batch['items'][0]['id']}"
    until = time.monotonic() + 30
    while ledger.bank.get(href)["status"] != "posted":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert ledger.length(loan) == before + 2, "a payment, and the loan is repaid"
    ledger.end_day()


def test_together_above_the_keys_limit_they_are_booked_one_by_one(ledger, loans):
    items = [_booked(ledger, *loans[name][:2], cents=LIMIT // 4) for name in ("REP0", "REP1", "REP2")]
    more = [_booked(ledger, *loans[name][:2], cents=LIMIT // 8 + 1) for name in ("REP0", "REP1")]
    batch, transactions = _batch(ledger, [*items, *more])
    assert batch["counts"] == {"posted": 5}
    assert len(transactions) == 3, "those of one loan stay together"
    ledger.end_day()


@pytest.mark.parametrize("change", [
    {"amount": {"amount": "0.00", "currency": "CNY"}}, {"amount": {"amount": "1", "currency": "CNY"}},
    {"statement": 0}, {"entry": 0}, {"entry": 65_536}, {"value_date": "2026-02-30"}, {"loan": "0x12"}, {"more": 1},
    {"servicer_reference": ""}, {"expected_history_length": -1},
])  # fmt: skip
def test_a_malformed_repayment_is_refused_and_books_nothing(ledger, loans, change):
    item = _request(ledger, loans["REP2"][0], 700) | change
    for path, body in (("/v1/repayments", item), ("/v1/repayments:batch", {"items": [item]})):
        answer = ledger.bank.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")


def test_only_the_bank_books_repayments(ledger, loans):
    for seat in ("platform", "regulator", "observer"):
        answer = ledger.clients[seat].post("/v1/repayments", _request(ledger, loans["REP2"][0], 701))
        assert answer.json()["code"] in ("seat.no_such_service", "seat.not_allowed")


def test_what_the_statement_says_otherwise_or_not_at_all_is_marked(ledger, loans):
    loan, borrower, _ = loans["REP1"]
    other = _booked(ledger, loan, borrower, cents=5_000)
    differs = other | {"amount": {"amount": "40.00", "currency": "CNY"}}
    phantom = _request(ledger, loan, 800, cents=1_000)
    batch, _ = _batch(ledger, [differs, phantom])
    assert batch["counts"] == {"posted": 2}
    before = ledger.length(loan)
    posted = ledger.post_statement(ledger.statement())
    entries = ledger.bank.get(posted["resource"]["href"])["entries"]
    assert [(entry["posting"], entry["reason"]) for entry in entries] == [("posted", "repayment.entry_differs")]
    assert ledger.length(loan) == before
    batch = ledger.bank.get(f"/v1/repayment-batches/{batch['id']}")
    assert [item["error"]["code"] for item in batch["items"]] == ["repayment.entry_differs", "repayment.not_stated"]
