"""Calculates the figures that the example book must end with, sharing no code with the product.

Sources: `tables` (QuantLib and numpy-financial beside exact fractions) for the rows, `lives` and `courses` for what
each payment does, by the rules of docs/payments.md. Here: all loans together, what each party has, and what the
custody account, the tokens, the suspense, the bank's claims and the borrowers' exposures are on every business date.

Run `python -m gateway.demo.book.expected.calculate` to write the figures anew: of the whole book and its quick part.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from gateway.demo.book.expected.courses import Course, Movements
from gateway.demo.book.expected.lives import Loan
from gateway.demo.book.expected.tables import minor, text

BOOK = Path(__file__).resolve().parent.parent
FOLDER = Path(__file__).resolve().parent
TOTALS = ("deposited", "lent", "received", "bought", "sold", "fees", "released")
FIGURES = {"whole": FOLDER / "figures.json", "quick": FOLDER / "figures-quick.json"}


def calculate(part: str) -> dict[str, Any]:
    """All figures of the whole book, or of its quick part."""
    book = _json(BOOK / "book.json")
    references = sorted(path.stem for path in (BOOK / "applications").glob("*.json"))
    chosen = references if part == "whole" else book["quick"]
    days = [date.fromisoformat(day) for day in book["statements"]]
    loans: dict[str, Any] = {}
    parties: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    movements: dict[date, Movements] = {day: Movements() for day in days}
    exposures: dict[date, dict[str, int]] = {day: defaultdict(int) for day in days}
    for reference in chosen:
        application = _json(BOOK / "applications" / f"{reference}.json")
        subscriptions = _json(BOOK / "subscriptions" / f"{reference}.json")["subscriptions"]
        events = _json(BOOK / "courses" / f"{reference}.json")["events"]
        for s in subscriptions:
            parties[s["lender"]]["deposited"] += minor(s["amount"])
        for event in events:
            if event["do"] == "sale":
                parties[event["buyer"]]["deposited"] += minor(event["price"])
        course = Course(Loan(application, subscriptions, _working(book)))
        loans[reference] = _loan(course, book, events, days[0])
        _credit_parties(parties, loans[reference], application["borrower"], events)
        for day, moved in course.movements.items():
            for name, value in vars(moved).items():
                setattr(movements[day], name, getattr(movements[day], name) + value)
            for other in days:
                if other >= day:
                    exposures[other][application["borrower"]] += moved.exposure
    movements[days[0]].bank += sum(own["deposited"] for own in parties.values())
    movements[days[0]].tokens += sum(own["deposited"] for own in parties.values())
    for one in book["unidentified"]:
        arrived = movements[date.fromisoformat(one["day"])]
        arrived.bank += minor(one["amount"])
        arrived.suspense += minor(one["amount"])
        if one["returned"]:
            left = movements[date.fromisoformat(one["returned"])]
            left.bank -= minor(one["amount"])
            left.suspense -= minor(one["amount"])
    balances = _balances(movements)
    dust = sum(minor(loan.get("dust", "0")) for loan in loans.values())
    held = {alias: _held(own) for alias, own in parties.items()}
    assert sum(held.values()) + dust == minor(balances[-1]["tokens"])
    return {
        "source": "gateway/demo/book/expected/calculate.py: QuantLib, numpy-financial and exact fractions",
        "currency": "CNY",
        "loans": loans,
        "parties": {
            alias: {name: text(own[name]) for name in TOTALS} | {"balance": text(held[alias])}
            for alias, own in sorted(parties.items())
        },
        "balances": balances,
        "exposures": {
            day.isoformat(): {borrower: text(amount) for borrower, amount in sorted(owed.items()) if amount}
            for day, owed in exposures.items()
        },
        "custody": {name: balances[-1][name] for name in ("tokens", "suspense", "bank")} | {"dust": text(dust)},
    }


def _loan(course: Course, book: dict[str, Any], events: list[dict[str, Any]], funded: date) -> dict[str, Any]:
    application, subscriptions = course.loan.application, course.loan.subscriptions
    shown = {"principal": application["principal"]}
    cap = Fraction(book["regime"]["rate_cap"])
    if course.loan.rate > cap:
        return {"status": "Refused", **shown, "rate_cap": book["regime"]["rate_cap"], "error": "RateAboveCap"}
    refunds = [{"lender": s["lender"], "amount": s["amount"]} for s in subscriptions]
    if sum(minor(s["amount"]) for s in subscriptions) < course.loan.principal:
        return {"status": "Expired", **shown, "refunds": refunds}
    course.live(events, funded)
    if course.cancelled:
        return {"status": "Cancelled", **shown, "refunds": refunds}
    return course.closed()


def _credit_parties(
    parties: dict[str, dict[str, int]], loan: dict[str, Any], borrower: str, events: list[dict[str, Any]]
) -> None:
    if loan["status"] != "Closed":
        return
    for one in loan["lenders"]:
        parties[one["lender"]]["lent"] += minor(one["subscribed"])
        parties[one["lender"]]["received"] += minor(one["received"])
    for one in loan["fees"]:
        parties[one["payee"]]["fees"] += minor(one["received"])
    if minor(loan["overpaid"]):
        parties[borrower]["released"] += minor(loan["overpaid"])
    for event in events:
        if event["do"] == "sale":
            parties[event["seller"]]["sold"] += minor(event["price"])
            parties[event["buyer"]]["bought"] += minor(event["price"])


def _held(own: dict[str, int]) -> int:
    gained = own["deposited"] + own["received"] + own["fees"] + own["released"] + own["sold"]
    return gained - own["lent"] - own["bought"]


def _balances(movements: dict[date, Movements]) -> list[dict[str, str]]:
    """What the account statement and the ledger say at the end of each business date."""
    bank = tokens = suspense = claims = 0
    found = []
    for day, moved in movements.items():
        opening = bank
        bank, tokens = bank + moved.bank, tokens + moved.tokens
        suspense, claims = suspense + moved.suspense, claims + moved.claim
        assert bank == tokens + suspense - claims
        amounts = {"opening": opening, "bank": bank, "tokens": tokens, "suspense": suspense, "bank_claims": claims}
        found.append({"day": day.isoformat()} | {name: text(amount) for name, amount in amounts.items()})
    return found


def _working(book: dict[str, Any]) -> Callable[[date], bool]:
    """Monday to Friday, less the days off and with the weekend days worked that the book publishes."""
    off = {date.fromisoformat(day) for day in book["working_days"]["off"]}
    worked = {date.fromisoformat(day) for day in book["working_days"]["worked"]}
    return lambda day: day in worked or (day.weekday() < 5 and day not in off)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def rendered(part: str) -> str:
    """The text of the figures' file."""
    return json.dumps(calculate(part), ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for part, path in FIGURES.items():
        path.write_text(rendered(part))
