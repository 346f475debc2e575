"""What does not go as planned: money late, too much, taken back, of nobody; payouts that bounce; loans in tranches."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from chain.bank.account_statement import Remittance
from chain.bank.amounts import Minor
from chain.bank.pain001 import read_payment_order
from chain.bank.simulated import Counterparty
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger as Reader
from gateway.cli.app import run

STRANGER = Counterparty("Nobody", "6222999999999999")
XML = {"Content-Type": "application/xml"}
EARLY = {"early": ["TOTAL", "SHORTEN", "LOWER"], "early_fee": "0.01"}


@pytest.fixture(autouse=True)
def _whole_days(ledger):
    """A test that failed in the middle of a day leaves no half-closed day to the next one."""
    yield
    statements = ledger.bank.get("/v1/account-statements")["items"]
    if statements and statements[0]["date"] == ledger.today().isoformat():
        ledger.bank.post("/v1/day-ends", {"through": ledger.today().isoformat()})


def _money(amount):
    return {"amount": amount, "currency": "CNY"}


def _post(ledger, data):
    """Hands a statement in without waiting for it."""
    answer = ledger.bank.post("/v1/account-statements", content=data, headers=XML, wait=None)
    assert answer.status_code == 202, answer.text
    return answer.json()["resource"]["id"]


def _posted(ledger, number):
    import time

    until = time.monotonic() + 60
    while (found := ledger.bank.get(f"/v1/account-statements/{number}"))["status"] != "posted":
        assert time.monotonic() < until, found
        time.sleep(0.05)
    return found


def _close(ledger):
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})


def _same_as_chain(ledger, loan):
    """Every seat's index says of the loan and its positions what the contracts say."""
    reader = Reader(connect(ledger.rpc), Contracts(Consortium.load(ledger.state / "consortium.json")))
    record = reader.loan(bytes.fromhex(loan[2:]))
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    minor = {name: int(value["amount"].replace(".", "")) for name, value in shown.items() if _is_money(value)}
    assert shown["state"].upper() == record.state.name
    assert minor["outstanding"] == record.outstanding
    assert minor["overpaid"] == record.overpaid
    assert minor["bank_claim"] == record.bank_claim
    assert minor["interest_paid"] + minor["penalty_paid"] == record.interest
    assert minor["fees_paid"] == record.fees
    assert shown["last_value_date"] == (record.last_value_date and record.last_value_date.isoformat())
    for position in ledger.bank.get(f"/v1/loans/{loan}/positions")["items"]:
        subject = bytes.fromhex(position["subject"][2:])
        on_chain = reader.position(bytes.fromhex(loan[2:]), subject)
        claimable = reader.claimable(bytes.fromhex(loan[2:]), subject)
        assert int(position["claimable"]["amount"].replace(".", "")) == claimable
        if record.state.name != "CLOSED":
            assert int(position["units"]["amount"].replace(".", "")) == on_chain.units
    if record.state.name == "ACTIVE":
        rows = ledger.bank.get(f"/v1/loans/{loan}/schedule")["rows"]
        unpaid = next((row["number"] - 1 for row in rows if not row["settled"]), record.offset + len(rows))
        assert unpaid == record.next_row
    return record


def _is_money(value):
    return isinstance(value, dict) and set(value) == {"amount", "currency"}


METHODS = [
    ("EQUAL_INSTALMENT", {"instalments": 6, "period_months": 1}, "MONTHLY_12"),
    ("INTEREST_ONLY_BULLET", {"instalments": 4, "period_months": 3}, "ACT_360"),
    ("EQUAL_PRINCIPAL", {"instalments": 5, "period_months": 1}, "ACT_365"),
    ("SINGLE_PAYMENT", {"instalments": 1, "period_months": 9}, "THIRTY_360_E"),
    ("EQUAL_INSTALMENT", {"instalments": 3, "period_months": 2}, "ACT_ACT"),
]


@pytest.mark.parametrize(("method", "rule", "count"), METHODS, ids=[f"{m[0]}-{m[2]}" for m in METHODS])
def test_every_method_and_day_count_is_disbursed_and_repaid_by_its_table(ledger, method, rule, count):
    loan, borrower, _ = ledger.active(
        f"M{METHODS.index((method, rule, count))}",
        "1200.00",
        pricing={"rate": "0.06", "day_count": count},
        schedule={"method": method, **rule},
    )
    schedule = ledger.bank.get(f"/v1/loans/{loan}/schedule")
    assert len(schedule["rows"]) == rule["instalments"]
    ledger.repay(loan, borrower, int(schedule["total"]["amount"].replace(".", "")))
    ledger.end_day()
    assert _same_as_chain(ledger, loan).state.name == "REPAID"


def test_a_custom_table_is_disbursed_though_the_bank_was_never_given_its_rows(ledger):
    start = ledger.today()
    rows = [
        {"due": (start + timedelta(days=90)).isoformat(), "principal": _money("300.00"), "interest": _money("7.00"),
         "fee": _money("0.00")},
        {"due": (start + timedelta(days=200)).isoformat(), "principal": _money("700.00"), "interest": _money("3.00"),
         "fee": _money("0.00")},
    ]  # fmt: skip
    loan, _, _ = ledger.active(
        "CUSTOM", "1000.00", schedule={"method": "CUSTOM", "instalments": 2, "period_months": 0, "rows": rows}
    )
    shown = ledger.bank.get(f"/v1/loans/{loan}/schedule")
    assert [row["due"] for row in shown["rows"]] == [row["due"] for row in rows]
    _same_as_chain(ledger, loan)


def test_a_loan_drawn_in_tranches_adds_each_tranche_to_its_table(ledger):
    loan, borrower, _ = ledger.funded(
        "TRANCHE", "3000.00",
        schedule={"method": "EQUAL_INSTALMENT", "instalments": 6, "period_months": 1,
                  "first_tranche": _money("1000.00"),
                  "available_through": (ledger.today() + timedelta(days=100)).isoformat()},
    )  # fmt: skip
    ledger.step("platform", loan, "disburse")
    ledger.pay_out()
    ledger.end_day()
    first = ledger.bank.get(f"/v1/loans/{loan}/schedule")
    assert ledger.bank.get(f"/v1/loans/{loan}")["drawn"] == _money("1000.00")
    ledger.end_day(through=ledger.today() + timedelta(days=20))
    terms = ledger.order(amount=_money("1500.00"))
    [signature] = ledger.signed(f"/v1/loans/{loan}/drawdowns", terms, borrower)
    ledger.step("platform", loan, "drawdowns", **terms, signature=signature)
    ledger.pay_out()
    ledger.end_day()
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert (shown["state"], shown["payout"], shown["drawn"]) == ("Active", "Settled", _money("2500.00"))
    second = ledger.bank.get(f"/v1/loans/{loan}/schedule")
    principal = sum(int(row["principal"]["amount"].replace(".", "")) for row in second["rows"])
    assert principal == 250_000
    assert second["rows"][0]["due"] == first["rows"][0]["due"]
    _same_as_chain(ledger, loan)
    ledger.step("platform", loan, "close-drawing")
    assert ledger.bank.get(f"/v1/loans/{loan}")["undrawn_returned"] == _money("500.00")
    _same_as_chain(ledger, loan)


@pytest.mark.parametrize("kind", ["TOTAL", "SHORTEN", "LOWER"])
def test_an_early_repayment_is_carried_out_by_the_receipt_that_suffices(ledger, kind):
    loan, borrower, _ = ledger.active(f"EARLY-{kind}", "6000.00", payments=EARLY)
    ledger.end_day(through=ledger.today() + timedelta(days=9))
    terms = ledger.order(kind=kind)
    [signature] = ledger.signed(f"/v1/loans/{loan}/early-repayments", terms, borrower)
    ledger.bank.done(f"/v1/loans/{loan}/early-repayments", terms | {"signature": signature})
    on = ledger.today().isoformat()
    quote = ledger.bank.get(f"/v1/loans/{loan}/payoff", params={"on": on, "kind": kind})
    amount = int(quote["amount"]["amount"].replace(".", "")) if kind == "TOTAL" else 250_000
    ledger.repay(loan, borrower, amount)
    ledger.end_day()
    record = _same_as_chain(ledger, loan)
    [order] = ledger.bank.get(f"/v1/loans/{loan}/early-repayments")["items"]
    assert order["status"] == "used"
    if kind == "TOTAL":
        assert record.state.name == "REPAID"
        assert record.overpaid == 0
    else:
        rows = ledger.bank.get(f"/v1/loans/{loan}/schedule")["rows"]
        assert (len(rows) < 6) == (kind == "SHORTEN")


def test_a_late_entry_with_an_earlier_value_date_is_put_in_by_two_people(ledger):
    loan, borrower, _ = ledger.active("LATE", "6000.00")
    start = ledger.today()
    ledger.end_day(through=start + timedelta(days=40))
    ledger.repay(loan, borrower, 50_000)
    ledger.end_day()
    before = ledger.bank.get(f"/v1/loans/{loan}")
    ledger.repay(loan, borrower, 30_000, value_date=start + timedelta(days=30))
    number = _post(ledger, ledger.statement())
    [proposal] = ledger.approve_all()
    assert proposal["readable"]["operation"] == "put booked credits in by their value dates"
    assert "300.00 CNY" in proposal["readable"]["total"]
    found = _posted(ledger, number)
    assert [entry["posting"] for entry in found["entries"]] == ["posted"]
    _close(ledger)
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert shown["paid"]["amount"] == "800.00"
    assert shown["last_value_date"] == before["last_value_date"]
    _same_as_chain(ledger, loan)
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_a_receipt_that_the_bank_takes_back_is_reversed_by_two_people_also_after_claims(ledger):
    loan, borrower, _ = ledger.active("REVERSED", "6000.00")
    ledger.end_day(through=ledger.today() + timedelta(days=31))
    taken = ledger.repay(loan, borrower, 60_000)
    ledger.end_day()
    ledger.repay(loan, borrower, 20_000)
    ledger.end_day()
    ledger.step("regulator", loan, "claim")
    ledger.bank_system.undo(taken, "reversal", None, ledger.today())
    number = _post(ledger, ledger.statement())
    [proposal] = ledger.approve_all()
    assert proposal["kind"] == "reversal"
    _posted(ledger, number)
    _close(ledger)
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert shown["paid"]["amount"] == "200.00"
    assert shown["bank_claim"]["amount"] != "0.00"
    _same_as_chain(ledger, loan)
    [position] = ledger.bank.get(f"/v1/loans/{loan}/positions")["items"]
    assert position["owed"]["amount"].startswith("-")
    assert position["claimable"]["amount"] == "0.00"
    ledger.repay(loan, borrower, 60_000)
    _posted(ledger, _post(ledger, ledger.statement()))
    _close(ledger)
    _same_as_chain(ledger, loan)
    assert ledger.bank.get(f"/v1/loans/{loan}")["bank_claim"]["amount"] == "0.00"
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_money_in_suspense_is_matched_by_two_people_and_nobody_approves_what_they_proposed(ledger):
    loan, _, _ = ledger.active("NAMELESS", "6000.00")
    ledger.bank_system.receive(Minor(12_300), STRANGER, Remittance(("no reference",), ()), ledger.today())
    number = int(ledger.post_statement(ledger.statement())["resource"]["id"])
    place = f"/v1/suspense/{number}/1"
    accepted = ledger.bank.done(f"{place}/match", {"loan": loan, "reason": "the borrower's brother paid"})
    proposal = accepted["resource"]["id"]
    shown = ledger.bank.get(f"/v1/proposals/{proposal}")
    assert shown["readable"]["to"] == "loan NAMELESS (Active)"
    action = {"proposal": proposal, "action": shown["call"]["action"]}
    own = ledger.bank.post("/v1/approvals", action)
    assert (own.status_code, own.json()["code"]) == (403, "approval.same_person")
    wrong = ledger.second().post("/v1/approvals", action | {"action": "0x" + "00" * 32})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "proposal.moved")
    ledger.approve(proposal)
    assert ledger.bank.get(f"/v1/loans/{loan}")["paid"]["amount"] == "123.00"
    assert not [item for item in ledger.bank.get("/v1/suspense")["items"] if item["statement"] == number]
    assert ledger.bank.get(f"/v1/proposals/{proposal}")["status"] == "done"
    again = ledger.second().post("/v1/approvals", action)
    assert (again.status_code, again.json()["code"]) == (409, "proposal.decided")
    _close(ledger)
    _same_as_chain(ledger, loan)
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_money_in_suspense_that_goes_back_is_returned_by_two_people(ledger):
    reference = ledger.bank_system.receive(Minor(777), STRANGER, Remittance(("hello",), ()), ledger.today())
    number = ledger.post_statement(ledger.statement())["resource"]["id"]
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})
    ledger.bank_system.undo(reference, "return", "MS03", ledger.today())
    back = _post(ledger, ledger.statement())
    [proposal] = ledger.approve_all()
    assert proposal["kind"] == "suspense_return"
    assert [entry["posting"] for entry in _posted(ledger, back)["entries"]] == ["cleared"]
    [entry] = ledger.bank.get(f"/v1/account-statements/{number}")["entries"]
    assert entry["posting"] == "cleared"
    _close(ledger)
    assert ledger.observer.get("/v1/custody")["reconciled"]


def test_a_payout_that_bounces_leaves_the_loan_as_if_never_paid(ledger):
    loan, _, _ = ledger.funded("BOUNCED")
    ledger.step("platform", loan, "disburse")
    accepted = ledger.bank.done("/v1/payout-instructions", {})
    order = read_payment_order(ledger.bank.http.get(f"{accepted['resource']['href']}.xml").content)
    [reference] = ledger.bank_system.execute(order)
    ledger.end_day()
    assert ledger.bank.get(f"/v1/loans/{loan}")["state"] == "Active"
    ledger.bank_system.undo(reference, "return", "AC04", ledger.today())
    ledger.end_day()
    shown = ledger.bank.get(f"/v1/loans/{loan}")
    assert (shown["state"], shown["payout"], shown["outstanding"]["amount"]) == ("Funded", "Returned", "0.00")
    assert ledger.observer.get("/v1/custody")["reconciled"]
    ledger.step("platform", loan, "disburse")
    ledger.pay_out()
    ledger.end_day()
    assert _same_as_chain(ledger, loan).state.name == "ACTIVE"


def test_a_position_is_sold_with_what_it_has_earned(ledger):
    loan, borrower, lender = ledger.active("SOLD", "6000.00")
    ledger.register("Buyer")
    ledger.deposit("Buyer", 300_000)
    ledger.end_day(through=ledger.today() + timedelta(days=31))
    ledger.repay(loan, borrower, 40_000)
    ledger.end_day()
    terms = ledger.order(
        seller=ledger.address(lender), buyer=ledger.address("Buyer"), units=_money("2000.00"), price=_money("1900.00")
    )
    seller, buyer = ledger.signed(f"/v1/loans/{loan}/transfers", terms, lender, "Buyer")
    ledger.step("platform", loan, "transfers", **terms, seller_signature=seller, buyer_signature=buyer)
    units = {p["lender"]: p["units"]["amount"] for p in ledger.bank.get(f"/v1/loans/{loan}/positions")["items"]}
    assert units == {ledger.address(lender): "4000.00", ledger.address("Buyer"): "2000.00"}
    assert ledger.bank.get("/v1/parties/Buyer")["balance"]["amount"] == "1100.00"
    _same_as_chain(ledger, loan)
    ledger.repay(loan, borrower, 33_333)
    ledger.end_day()
    _same_as_chain(ledger, loan)
    ledger.step("regulator", loan, "claim")
    _same_as_chain(ledger, loan)


def test_what_is_paid_too_much_is_held_and_released_once_the_loan_is_closed(ledger):
    payee = "FeePayee"
    ledger.register(payee)
    fees = [{"kind": "FIRST_INSTALMENT", "payee": ledger.address(payee), "amount": _money("25.00")}]
    loan, borrower, _ = ledger.active("TOOMUCH2", "1000.00", fees=fees)
    total = int(ledger.bank.get(f"/v1/loans/{loan}/schedule")["total"]["amount"].replace(".", ""))
    ledger.repay(loan, borrower, total + 4_200)
    ledger.end_day()
    assert ledger.bank.get(f"/v1/loans/{loan}")["overpaid"]["amount"] == "42.00"
    _same_as_chain(ledger, loan)
    ledger.step("platform", loan, "claim-fees", payee=ledger.address(payee))
    ledger.end_day()
    ledger.step("platform", loan, "close")
    ledger.step("platform", loan, "release-overpayment")
    assert ledger.bank.get(f"/v1/parties/{borrower}")["balance"]["amount"] == "42.00"
    assert ledger.bank.get(f"/v1/parties/{payee}")["balance"]["amount"] == "25.00"
    ledger.step("regulator", loan, "claim")
    _same_as_chain(ledger, loan)


def test_arrears_and_days_past_due_follow_from_the_day_that_is_asked_for(ledger):
    payments = {"penalty_base": "INSTALMENT", "penalty_rate": "0.05", "grace_days": 2}
    loan, _, _ = ledger.active("ARREARS", "1200.00", payments=payments)
    first = ledger.bank.get(f"/v1/loans/{loan}/schedule")["rows"][0]
    due = date.fromisoformat(first["due"])

    def on(days):
        return ledger.bank.get(f"/v1/loans/{loan}/arrears", params={"on": (due + timedelta(days=days)).isoformat()})

    assert (on(-1)["due"]["amount"], on(-1)["days_past_due"]) == ("0.00", 0)
    assert (on(0)["due"], on(0)["days_past_due"]) == (first["total"], 0)
    assert on(10)["days_past_due"] == 10
    base = int(first["total"]["amount"].replace(".", ""))
    assert int(on(10)["penalty_due"]["amount"].replace(".", "")) == round(base * 8 * 0.10 / 360)


def test_a_party_pays_from_its_own_tokens_and_by_mandate_until_it_revokes_it(ledger):
    loan, borrower, _ = ledger.active("TOKENS", "1200.00")
    ledger.deposit(borrower, 100_000)
    ledger.end_day(through=ledger.today() + timedelta(days=31))
    terms = ledger.order(payer=ledger.address(borrower), amount=_money("50.00"))
    [signature] = ledger.signed(f"/v1/loans/{loan}/payments", terms, borrower)
    ledger.step("platform", loan, "payments", **terms, signature=signature)
    assert ledger.bank.get(f"/v1/loans/{loan}")["paid"]["amount"] == "50.00"
    mandate = ledger.order(payer=ledger.address(borrower), limit=_money("100.00"))
    [signature] = ledger.signed(f"/v1/loans/{loan}/mandates", mandate, borrower)
    kept = ledger.platform.done(f"/v1/loans/{loan}/mandates", mandate | {"signature": signature})
    ledger.step("platform", loan, f"mandates/{kept['id']}/pay")
    assert ledger.bank.get(f"/v1/loans/{loan}")["paid"]["amount"] == "150.00"
    _same_as_chain(ledger, loan)
    path = f"/v1/loans/{loan}/mandates/{kept['id']}/revocation"
    [signature] = ledger.signed(path, {}, borrower)
    ledger.step("platform", loan, f"mandates/{kept['id']}/revoke", signature=signature)
    [shown] = ledger.platform.get(f"/v1/loans/{loan}/mandates")["items"]
    assert shown["status"] == "revoked"


def test_a_running_loan_enters_with_the_signatures_of_all_and_the_banks_approval(ledger):
    ledger.register("OldBorrower", "OldLender1", "OldLender2")
    loan = ledger.propose("OLDBOOK", "OldBorrower", "5000.00")
    due = ledger.today() + timedelta(days=30)
    row = {"due": due.isoformat(), "principal": _money("900.00"), "interest": _money("4.00"), "fee": _money("0.00")}
    lenders = ("OldLender1", "OldLender2")
    terms = {
        "outstanding": _money("900.00"),
        "last_value_date": ledger.today().isoformat(),
        "rows": [row],
        "positions": [
            {"lender": ledger.address(name), "units": _money(units)}
            for name, units in zip(lenders, ("600.00", "300.00"), strict=True)
        ],
    }
    borrower, *signatures = ledger.signed(f"/v1/loans/{loan}/opening", terms, "OldBorrower", *lenders)
    accepted = ledger.step(
        "platform", loan, "opening", **terms, borrower_signature=borrower, lender_signatures=signatures
    )
    proposal = ledger.platform.get(accepted["resource"]["href"])
    call = {"contract": proposal["call"]["contract"], "data": proposal["call"]["data"]}
    shown = ledger.bank.http.post("/v1/approvals:prepare", json=call).json()
    assert (shown["function"], shown["action"]) == ("openRunning", proposal["call"]["action"])
    early = ledger.platform.post(f"/v1/proposals/{proposal['id']}/send")
    assert early.json()["code"] == "contract.ApprovalMissing"
    ledger.bank.done("/v1/foreign-approvals", call | {"action": shown["action"]})
    ledger.platform.done(f"/v1/proposals/{proposal['id']}/send")
    found = ledger.observer.get(f"/v1/loans/{loan}")
    assert (found["state"], found["outstanding"]) == ("Active", _money("900.00"))
    ledger.repay(loan, "OldBorrower", 30_000)
    ledger.end_day()
    _same_as_chain(ledger, loan)
    ledger.step("regulator", loan, "claim")
    _same_as_chain(ledger, loan)


def test_a_frozen_party_is_paid_nothing_until_it_is_free_and_only_two_people_freeze(ledger):
    loan, borrower, lender = ledger.active("FROZEN", "1200.00")
    ledger.repay(loan, borrower, 10_000)
    ledger.end_day()
    address = ledger.address(lender)
    accepted = ledger.regulator.done(f"/v1/parties/{address}/freeze", {"order": "court order 17"})
    ledger.approve(accepted["resource"]["id"], "regulator")
    assert ledger.observer.get(f"/v1/parties/{address}")["frozen"]
    refused = ledger.platform.post(
        f"/v1/loans/{loan}/claim", {"expected_history_length": ledger.length(loan), "lenders": [address]}
    )
    assert refused.json()["code"] == "contract.PartiesFrozen"
    accepted = ledger.regulator.done(f"/v1/parties/{address}/unfreeze", {"order": "court order 18"})
    ledger.approve(accepted["resource"]["id"], "regulator")
    ledger.step("platform", loan, "claim")
    portfolio = ledger.observer.get(f"/v1/portfolios/{address}")
    assert portfolio["complete"]
    assert portfolio["claimed"]["amount"] == "100.00"
    assert portfolio["balance"]["amount"] == "100.00"


def test_a_lost_key_is_replaced_with_its_tokens_after_notice_and_consent(ledger):
    ledger.register("Careless")
    ledger.deposit("Careless", 5_000)
    ledger.end_day()
    old, new = ledger.address("Careless"), ledger.address("Careless, again")
    ledger.bank.done(f"/v1/parties/{old}/replacement", {"address": new, "reason": "lost"})
    shown = ledger.observer.get(f"/v1/parties/{old}")["replacement"]
    assert (shown["address"], shown["consented"]) == (new, False)
    ledger.regulator.done(f"/v1/parties/{old}/replacement/consent", {"address": new})
    ledger.end_day(through=date.fromisoformat(shown["takes_over_from"]))
    ledger.platform.done(f"/v1/parties/{old}/replacement/take-over")
    party = ledger.observer.get(f"/v1/parties/{old}")
    assert (party["address"], party["balance"]["amount"]) == (new, "50.00")
    assert ledger.observer.get(f"/v1/parties/{new}")["subject"] == party["subject"]


def test_an_instalment_due_on_a_holiday_is_payable_by_the_next_working_day(ledger):
    first = ledger.today()
    days = [first + timedelta(days=number) for number in range(100)]
    closed = [day.isoformat() for day in days if day.weekday() >= 5 or day.day < 4]
    ledger.regulator.done(
        "/v1/working-days/7", {"from": first.isoformat(), "through": days[-1].isoformat(), "closed": closed}
    )
    loan, _, _ = ledger.active("HOLIDAY", "1200.00", payments={"calendar": 7})
    rows = ledger.bank.get(f"/v1/loans/{loan}/schedule")["rows"]
    for row in rows[:3]:
        due, payable = date.fromisoformat(row["due"]), date.fromisoformat(row["payable_by"])
        between = [(due + timedelta(days=n)).isoformat() for n in range((payable - due).days)]
        assert set(between) <= set(closed)
        assert row["payable_by"] not in closed
    exposures = ledger.observer.get("/v1/exposures")
    assert exposures["total"] == exposures["platforms"][0]["outstanding"]
    borrower = ledger.observer.get(f"/v1/exposures/{ledger.address('B-HOLIDAY')}")
    assert borrower["items"][0]["outstanding"] == _money("1200.00")


def test_the_second_person_approves_at_the_command_line_what_was_shown(ledger, capsys):
    ledger.bank_system.receive(Minor(4_400), STRANGER, Remittance(("?",), ()), ledger.today())
    number = int(ledger.post_statement(ledger.statement())["resource"]["id"])
    ledger.register("CliParty")
    accepted = ledger.bank.done(f"/v1/suspense/{number}/1/match", {"party": "CliParty", "reason": "she called"})
    proposal = accepted["resource"]["id"]
    at = ["--gateway", ledger.bank.url, "--token"]
    assert run(["approvals", "approve", proposal, "--yes", *at, ledger.bank.token]) == 1
    assert run(["approvals", "approve", proposal, "--yes", "--json", *at, ledger.second().token]) == 0
    out = json.loads(capsys.readouterr().out.strip().splitlines()[-1])
    assert [t["function"] for t in out["transactions"]] == ["approve", "creditSuspense"]
    assert ledger.bank.get("/v1/parties/CliParty")["balance"]["amount"] == "44.00"


def test_a_late_entry_that_an_early_repayment_came_after_waits_in_suspense(ledger):
    loan, borrower, _ = ledger.active("LATEEARLY", "6000.00", payments=EARLY)
    start = ledger.today()
    ledger.end_day(through=start + timedelta(days=9))
    terms = ledger.order(kind="LOWER")
    [signature] = ledger.signed(f"/v1/loans/{loan}/early-repayments", terms, borrower)
    ledger.bank.done(f"/v1/loans/{loan}/early-repayments", terms | {"signature": signature})
    ledger.repay(loan, borrower, 250_000)
    ledger.end_day()
    ledger.repay(loan, borrower, 10_000, value_date=start + timedelta(days=5))
    number = int(ledger.post_statement(ledger.statement())["resource"]["id"])
    [entry] = ledger.bank.get(f"/v1/account-statements/{number}")["entries"]
    assert (entry["posting"], entry["reason"]) == ("suspense", "early_repayment_since")
    accepted = ledger.bank.done(f"/v1/suspense/{number}/1/match", {"loan": loan, "reason": "it is theirs"})
    shown = ledger.bank.get(accepted["resource"]["href"])
    assert shown["readable"]["counts on"] == ledger.bank.get(f"/v1/loans/{loan}")["last_value_date"]
    ledger.approve(accepted["resource"]["id"])
    _close(ledger)
    _same_as_chain(ledger, loan)
    assert ledger.observer.get("/v1/custody")["reconciled"]
