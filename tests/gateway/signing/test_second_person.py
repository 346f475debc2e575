"""A seat's own rule that large amounts need a second person, where the ledger itself asks for none."""

from __future__ import annotations

import time


def _until_state(ledger, accepted, wanted):
    end = time.monotonic() + 30
    while (found := ledger.bank.get(accepted["resource"]["href"]))["status"] != wanted:
        assert time.monotonic() < end, found
        time.sleep(0.05)


def test_deposits_and_payouts_above_the_seats_own_limit_wait_for_a_second_person(make_ledger, serve, with_regime):
    ledger = make_ledger()  # on the ledger the booking key has no limit
    path = ledger.state / "bank" / "settings.toml"
    key = 'folder = "keys/bank-booking"'
    path.write_text(path.read_text().replace(key, f"{key}\nlimits = {{ two_keys_above = 50000 }}"))
    for seat in ("platform", "bank", "regulator"):
        serve(ledger, seat)
    with_regime(ledger)
    ledger.register("Small", "Large", "Borrower")
    ledger.deposit("Small", 50_000)
    ledger.deposit("Large", 50_001)
    headers = {"Content-Type": "application/xml"}
    posted = ledger.bank.post("/v1/account-statements", content=ledger.statement(), headers=headers, wait=None).json()
    (proposal,) = ledger.approve_all()
    assert (proposal["kind"], proposal["readable"]["amount"]) == ("large_booking", "500.01 CNY")
    _until_state(ledger, posted, "posted")
    ledger.bank.done("/v1/day-ends", {"through": ledger.today().isoformat()})

    loan = ledger.propose("BIG", "Borrower", "1000.00")
    ledger.subscribe(loan, ("Small", "500.00"), ("Large", "500.00"))
    ledger.step("platform", loan, "disburse")
    ordered = ledger.bank.post("/v1/payout-instructions", {}, wait=None).json()
    (proposal,) = ledger.approve_all()
    assert (proposal["kind"], proposal["readable"]["amount"]) == ("large_payout", "1000.00 CNY")
    _until_state(ledger, ordered, "instructed")
    failed = ledger.bank.get("/v1/transactions?status=failed")["items"]
    assert {item["error"]["code"] for item in failed} == {"contract.ApprovalMissing"}
    assert all(item["nonce"] is None for item in failed), "what needs a second person is never signed"
