"""Calculates the figures that the example book must end with, sharing no code with the product.

Sources: due dates and day counts from QuantLib (Date + Period, Actual360, Actual365Fixed); equal instalments from
numpy-financial's annuity formula and an exact search around it; everything else by hand in exact fractions. Checked
within the script: each interest against QuantLib's InterestRate, each 1/12 instalment against numpy-financial.

Rules: interest of a period = half-even(balance x rate x fraction of the year), in minor units. Equal instalment = the
smallest amount that leaves a last instalment not above it. Due date i = payout value date + i periods of months,
clipped to the month's end. Repayments are distributed wholly to the lenders: each receives
floor(units x distributed / principal), one unit per minor unit subscribed; what remains of the loan is its dust.

Run `python -m gateway.demo.book.expected.calculate` to write figures.json anew.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy_financial  # type: ignore[import-untyped]
import QuantLib as ql  # type: ignore[import-untyped]

BOOK = Path(__file__).resolve().parent.parent
FIGURES = Path(__file__).resolve().parent / "figures.json"

# Facts of the depository bank, as its account statements report them.
PAYOUT_VALUE_DATES = {"L01": "2026-01-06", "L03": "2026-01-06", "L05": "2026-01-31"}
SUSPENSE = {"2026-02-06": 88_88}


@dataclass(frozen=True)
class Row:
    """One instalment, in minor units; `balance` is what remains afterwards."""

    number: int
    due: str
    interest: int
    principal: int
    balance: int

    @property
    def amount(self) -> int:
        """What is due."""
        return self.interest + self.principal


def minor(text: str) -> int:
    """'5000.00' -> 500000."""
    value = Decimal(text) * 100
    assert value == value.to_integral_value()
    return int(value)


def text(amount: int) -> str:
    """500000 -> '5000.00'."""
    return str(Decimal(amount).scaleb(-2).quantize(Decimal("0.01")))


def annual_rate(application: dict[str, Any]) -> Fraction:
    """The nominal rate per year, exact."""
    return Fraction(application["rate"]) * (12 if application["rate_period"] == "month" else 1)


def dates(application: dict[str, Any], start: str) -> list[ql.Date]:
    """Start and due dates; QuantLib clips a month's end by itself."""
    first = ql.DateParser.parseISO(start)
    months = application["period_months"]
    return [first + ql.Period(months * i, ql.Months) for i in range(application["instalments"] + 1)]


def year_fractions(application: dict[str, Any], days: list[ql.Date]) -> list[Fraction]:
    """The exact fraction of the year that each period counts for."""
    if application["day_count"] == "1/12":
        return [Fraction(application["period_months"], 12)] * (len(days) - 1)
    counter = ql.Actual360() if application["day_count"] == "A/360" else ql.Actual365Fixed()
    base = 360 if application["day_count"] == "A/360" else 365
    return [Fraction(counter.dayCount(a, b), base) for a, b in itertools.pairwise(days)]


def interests(balance: int, rate: Fraction, fraction: Fraction) -> int:
    """half-even(balance x rate x fraction); `round` of a Fraction is half-even and exact."""
    return round(balance * rate * fraction)


def table(
    principal: int, rate: Fraction, fractions: list[Fraction], due: list[str], instalment: int | None
) -> list[Row]:
    """The instalments; `instalment` None = interest only, the principal with the last."""
    rows, balance = [], principal
    for number, (fraction, day) in enumerate(zip(fractions, due, strict=True), start=1):
        interest = interests(balance, rate, fraction)
        last = number == len(due)
        repaid = balance if last else (0 if instalment is None else instalment - interest)
        balance -= repaid
        rows.append(Row(number, day, interest, repaid, balance))
    return rows


def equal_instalment(principal: int, rate: Fraction, fractions: list[Fraction], due: list[str]) -> int:
    """The smallest amount whose last instalment isn't above it, searched upwards from below the annuity."""
    discount, annuity = Fraction(1), Fraction(0)
    for fraction in fractions:
        discount /= 1 + rate * fraction
        annuity += discount
    exact = Fraction(principal) / annuity
    amount = int(exact) - len(due) - 2
    assert table(principal, rate, fractions, due, amount)[-1].amount > amount, "the search must start too low"
    while table(principal, rate, fractions, due, amount)[-1].amount > amount:
        amount += 1
    assert abs(amount - exact) < len(due)
    if len(set(fractions)) == 1:
        by_numpy = float(numpy_financial.pmt(float(rate * fractions[0]), len(due), -principal))
        assert abs(by_numpy - amount) < len(due), (by_numpy, amount)
    return amount


def check_against_quantlib(application: dict[str, Any], principal: int, days: list[ql.Date], rows: list[Row]) -> None:
    """Each interest is within rounding of QuantLib's simple interest on the same balance."""
    counters = {"A/360": ql.Actual360(), "A/365": ql.Actual365Fixed(), "1/12": ql.Thirty360(ql.Thirty360.BondBasis)}
    nominal = ql.InterestRate(float(annual_rate(application)), counters[application["day_count"]], ql.Simple, ql.Annual)
    balance = principal
    for row, (start, end) in zip(rows, itertools.pairwise(days), strict=True):
        theirs = balance * (nominal.compoundFactor(start, end) - 1)
        assert abs(theirs - row.interest) <= 0.5 + 1e-6, (application["reference"], row, theirs)
        balance = row.balance


def repaid_loan(application: dict[str, Any], subscriptions: list[dict[str, str]], start: str) -> dict[str, Any]:
    """Figures of a loan that runs its whole life and is paid as agreed."""
    principal, rate = minor(application["principal"]), annual_rate(application)
    assert sum(minor(s["amount"]) for s in subscriptions) == principal
    days = dates(application, start)
    due = [day.ISO() for day in days[1:]]
    fractions = year_fractions(application, days)
    equal = application["method"] == "equal-instalment"
    instalment = equal_instalment(principal, rate, fractions, due) if equal else None
    rows = table(principal, rate, fractions, due, instalment)
    check_against_quantlib(application, principal, days, rows)
    paid = sum(row.amount for row in rows)
    received = {s["lender"]: minor(s["amount"]) * paid // principal for s in subscriptions}
    return {
        "status": "Closed",
        "principal": text(principal),
        "payout_value_date": start,
        "instalment": None if instalment is None else text(instalment),
        "rows": [
            {
                "number": row.number,
                "due": row.due,
                "interest": text(row.interest),
                "principal": text(row.principal),
                "amount": text(row.amount),
                "balance": text(row.balance),
            }
            for row in rows
        ],
        "paid": text(paid),
        "interest": text(paid - principal),
        "penalties": "0.00",
        "lenders": [
            {"lender": s["lender"], "subscribed": s["amount"], "received": text(received[s["lender"]])}
            for s in subscriptions
        ],
        "dust": text(paid - sum(received.values())),
    }


def calculate() -> dict[str, Any]:
    """All figures, as they stand in figures.json."""
    book = json.loads((BOOK / "book.json").read_text())
    cap = Fraction(book["regime"]["rate_cap"])
    loans: dict[str, Any] = {}
    lenders: dict[str, dict[str, int]] = {}
    for path in sorted((BOOK / "applications").glob("*.json")):
        application = json.loads(path.read_text())
        reference = application["reference"]
        subscriptions = json.loads((BOOK / "subscriptions" / path.name).read_text())["subscriptions"]
        for s in subscriptions:
            own = lenders.setdefault(s["lender"], {"deposited": 0, "lent": 0, "refunded": 0, "received": 0})
            own["deposited"] += minor(s["amount"])
        if annual_rate(application) > cap:
            loans[reference] = {
                "status": "Refused",
                "principal": application["principal"],
                "annual_rate": str(Decimal(application["rate"]) * 12),
                "rate_cap": book["regime"]["rate_cap"],
                "error": "RateAboveCap",
            }
        elif reference in PAYOUT_VALUE_DATES:
            loans[reference] = repaid_loan(application, subscriptions, PAYOUT_VALUE_DATES[reference])
            for lender in loans[reference]["lenders"]:
                lenders[lender["lender"]]["lent"] += minor(lender["subscribed"])
                lenders[lender["lender"]]["received"] += minor(lender["received"])
        else:
            assert sum(minor(s["amount"]) for s in subscriptions) < minor(application["principal"])
            loans[reference] = {
                "status": "Expired",
                "principal": application["principal"],
                "funding_deadline": application["funding_deadline"],
                "refunds": [{"lender": s["lender"], "amount": s["amount"]} for s in subscriptions],
            }
            for s in subscriptions:
                lenders[s["lender"]]["refunded"] += minor(s["amount"])
    return {
        "source": "gateway/demo/book/expected/calculate.py: QuantLib, numpy-financial and exact fractions",
        "currency": "CNY",
        "loans": loans,
        "lenders": {
            alias: {name: text(amount) for name, amount in own.items()}
            | {"balance": text(own["deposited"] - own["lent"] + own["received"])}
            for alias, own in sorted(lenders.items())
        },
        "custody": custody(loans, lenders),
    }


def custody(loans: dict[str, Any], lenders: dict[str, dict[str, int]]) -> dict[str, str]:
    """The custody account at the end: every deposit, less payouts, plus repayments and what nobody could identify."""
    closed = [loan for loan in loans.values() if loan["status"] == "Closed"]
    deposited = sum(own["deposited"] for own in lenders.values())
    paid_out = sum(minor(loan["principal"]) for loan in closed)
    repaid = sum(minor(loan["paid"]) for loan in closed)
    dust = sum(minor(loan["dust"]) for loan in closed)
    tokens, suspense = deposited - paid_out + repaid, sum(SUSPENSE.values())
    held = sum(own["deposited"] - own["lent"] + own["received"] for own in lenders.values())
    assert held + dust == tokens
    return {"tokens": text(tokens), "suspense": text(suspense), "bank": text(tokens + suspense), "dust": text(dust)}


def rendered() -> str:
    """The text of figures.json."""
    return json.dumps(calculate(), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    FIGURES.write_text(rendered())
