"""A loan's whole life through four gateways and a simulated bank, to the cent."""

from __future__ import annotations

from datetime import date, timedelta


def test_a_loan_lives_from_registration_to_closing(ledger):
    ledger.register("Borrower1", "Lender1", "Lender2")
    ledger.deposit("Lender1", 300_000)
    ledger.deposit("Lender2", 200_000)
    ledger.end_day()
    assert ledger.bank.get("/v1/parties/Lender1")["balance"] == {"amount": "3000.00", "currency": "CNY"}

    loan = ledger.propose("LIFE-1", "Borrower1", "5000.00")
    ledger.subscribe(loan, ("Lender1", "3000.00"), ("Lender2", "2000.00"))
    assert ledger.platform.get(f"/v1/loans/{loan}")["state"] == "Funded"
    ledger.step("platform", loan, "disburse")
    ledger.pay_out()
    ledger.end_day()
    shown = ledger.platform.get(f"/v1/loans/{loan}")
    assert (shown["state"], shown["payout"]) == ("Active", "Settled")

    rows = ledger.platform.get(f"/v1/loans/{loan}/schedule")["rows"]
    assert len(rows) == 6
    for row in rows:
        ledger.end_day(through=date.fromisoformat(row["due"]) - timedelta(days=1))
        ledger.repay(loan, "Borrower1", int(row["total"]["amount"].replace(".", "")))
        ledger.end_day()
    shown = ledger.platform.get(f"/v1/loans/{loan}")
    assert shown["state"] == "Repaid"
    assert shown["outstanding"]["amount"] == "0.00"

    ledger.step("regulator", loan, "claim")
    positions = ledger.observer.get(f"/v1/loans/{loan}/positions")["items"]
    assert all(p["claimable"]["amount"] == "0.00" for p in positions)
    ledger.end_day()
    ledger.step("platform", loan, "close")
    custody = ledger.observer.get("/v1/custody")
    assert custody["reconciled"], custody
    last = ledger.platform.get(f"/v1/loans/{loan}")
    headers = {"Ledger-Min-Block": str(last["history"]["last_block"])}
    assert ledger.observer.get(f"/v1/loans/{loan}", headers=headers) == last
