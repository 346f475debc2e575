"""One loan of the example book lived through by the rules of docs/payments.md, sharing no code with the product.

The ledger undoes and posts again; this starts over. Whatever is corrected, the whole life is replayed from the first
payout with the money as it counts then, and what each posting became is compared with what it was before. Amounts are
minor units; what lenders earned is kept as whole numerators over units x weighted units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from gateway.demo.book.expected.tables import Row, Rule, fraction, interest, minor, table

KINDS = {"F": "fee", "I": "interest", "P": "principal"}


@dataclass
class Posting:
    """How one payment was used. `overpaid`: held for the borrower afterwards. `early_fee`: earned by the lenders."""

    day: date
    value_date: date
    how: str
    amount: int
    fee: int = 0
    interest: int = 0
    principal: int = 0
    penalty: int = 0
    early_fee: int = 0
    accrued: int = 0
    overpaid: int = 0
    undone: bool = False


@dataclass
class Money:
    """Something that counts in the life: a payout, a payment, an early repayment, a claim, or a sale of units."""

    what: str
    day: date
    value_date: date
    amount: int = 0
    kind: str = ""
    claims: dict[str, int] = field(default_factory=dict)
    seller: str = ""
    buyer: str = ""


@dataclass
class Position:
    """What a lender holds; `numerator`: earned less claimed, when it was last looked at."""

    units: int
    weight: int
    seen: int = 0
    numerator: int = 0


@dataclass(frozen=True)
class Loan:
    """The terms and the lenders. `working`: whether banks work on a day, where the terms name a calendar."""

    application: dict[str, Any]
    subscriptions: list[dict[str, Any]]
    working: Callable[[date], bool]

    @property
    def principal(self) -> int:
        return minor(self.application["principal"])

    @property
    def rate(self) -> Fraction:
        return Fraction(self.application["rate"]) * (12 if self.application["rate_period"] == "month" else 1)

    @property
    def rule(self) -> Rule:
        a = self.application
        return Rule(a["method"], a["day_count"], self.rate, a["period_months"])

    @property
    def payments(self) -> dict[str, Any]:
        found: dict[str, Any] = self.application["payment_rule"]
        return found

    def payable_by(self, due: date) -> date:
        while self.payments["calendar"] and not self.working(due):
            due += timedelta(days=1)
        return due

    def fee(self, row: int) -> int:
        """What the fees of row `row` (from 0) come to."""
        due = [f for f in self.application["fees"] if f["kind"] == "each-instalment" or row == 0]
        return sum(minor(f["amount"]) for f in due)


class Replay:
    """The life so far, from the first payout on."""

    def __init__(self, loan: Loan) -> None:
        self.loan = loan
        self.rows: list[Row] = []
        self.left: list[dict[str, int]] = []
        self.called = self.outstanding = self.repaid = self.earned = self.fees = 0
        self.penalty = self.penalties = self.overpaid = 0
        self.anchor = self.last = self.start = date.min
        self.tables: list[tuple[date, list[Row]]] = []
        self.postings: list[Posting] = []
        shares = loan.application["rate_shares"] or [1]
        self.positions = {s["lender"]: Position(minor(s["amount"]), shares[s["class"]]) for s in loan.subscriptions}
        self.units = sum(p.units for p in self.positions.values())
        self.weighted = sum(p.units * p.weight for p in self.positions.values())

    def take(self, money: Money) -> None:
        """One thing more that happens."""
        getattr(self, "_" + money.what.replace("-", "_"))(money)

    # Payouts and tables.

    def _payout(self, money: Money) -> None:
        a, day = self.loan.application, money.value_date
        if not self.rows:
            self.anchor = self.start = self.last = day
            self.rows = self._first_table(money.amount)
            self.left = [{"fee": r.fee, "interest": r.interest, "principal": r.principal} for r in self.rows]
        else:
            first = next(i for i, r in enumerate(self.rows) if r.due > day and not self._touched(i))
            added = table(self.loan.rule, money.amount, self.anchor, day, first, a["instalments"])
            for i, row in enumerate(added, start=first):
                was = self.rows[i]
                assert row.due == was.due
                summed = was.principal + row.principal, was.interest + row.interest
                self.rows[i] = replace(was, principal=summed[0], interest=summed[1])
                self.left[i]["principal"] += row.principal
                self.left[i]["interest"] += row.interest
        self.outstanding += money.amount
        self.called += money.amount
        self.tables.append((day, list(self.rows)))

    def _first_table(self, amount: int) -> list[Row]:
        a = self.loan.application
        if a["method"] == "custom":
            rows = [
                Row(date.fromisoformat(r["due"]), minor(r["principal"]), minor(r["interest"]), 0) for r in a["table"]
            ]
            assert sum(r.principal for r in rows) == amount
            return rows
        rows = table(self.loan.rule, amount, self.anchor, self.anchor, 0, a["instalments"])
        return [replace(row, fee=self.loan.fee(i)) for i, row in enumerate(rows)]

    def _touched(self, i: int) -> bool:
        row = self.rows[i]
        return self.left[i] != {"fee": row.fee, "interest": row.interest, "principal": row.principal}

    # Payments.

    def accrual(self, day: date) -> int:
        """Penalty interest from the last value date to `day`, rounded once."""
        p = self.loan.payments
        if p["penalty_base"] == "none":
            return 0
        rate = Fraction(p["penalty_rate"]) + (0 if p["penalty_replaces"] else self.loan.rate)
        total, held = Fraction(0), self.overpaid
        for row, left in zip(self.rows, self.left, strict=True):
            if row.due >= day:
                continue
            base = left["principal"] + (left["interest"] if p["penalty_base"] == "instalment" else 0)
            covered = min(base, held)  # money held for the borrower is not late
            held -= covered
            free = self.loan.payable_by(row.due) + timedelta(days=p["grace_days"])
            total += (base - covered) * max(0, (day - max(self.last, free)).days)
        return round(total * rate / (365 if self.loan.application["day_count"] in ("A/365", "A/A") else 360))

    def due(self, day: date) -> int:
        """Everything that is due on `day`, penalty interest included, less what is held for the borrower."""
        rows = sum(sum(left.values()) for row, left in zip(self.rows, self.left, strict=True) if row.due <= day)
        return self.penalty + self.accrual(day) + rows - self.overpaid

    def _payment(self, money: Money) -> None:
        posting = self._open(money)
        rule, left = self.loan.payments, money.amount + self.overpaid
        kinds = rule["kinds"].split("-")
        due = [i for i, row in enumerate(self.rows) if row.due <= money.value_date]
        later = [i for i in range(len(self.rows)) if i not in due]
        if self.called < self.loan.principal:  # more may be drawn: the running row only, never the last
            later = [i for i in later[:1] if i != len(self.rows) - 1]
        if rule["penalty_first"]:
            left = self._pay_penalty(posting, left)
        if rule["order"] == "vertical":
            steps = [(i, kind) for kind in kinds for i in due]
        else:
            steps = [(i, kind) for i in due for kind in kinds]
        left = self._pay(posting, left, steps)
        if not rule["penalty_first"]:
            left = self._pay_penalty(posting, left)
        left = self._pay(posting, left, [(i, kind) for i in later for kind in kinds])
        self._finish(posting, left)

    def _open(self, money: Money) -> Posting:
        accrued = self.accrual(money.value_date)
        self.penalty += accrued
        self.last = money.value_date
        return Posting(money.day, money.value_date, money.kind or money.what, money.amount, accrued=accrued)

    def _pay(self, posting: Posting, left: int, steps: list[tuple[int, str]]) -> int:
        for i, kind in steps:
            part = min(left, self.left[i][kind])
            self.left[i][kind] -= part
            setattr(posting, kind, getattr(posting, kind) + part)
            left -= part
        return left

    def _pay_penalty(self, posting: Posting, left: int) -> int:
        part = min(left, self.penalty)
        self.penalty -= part
        posting.penalty += part
        return left - part

    def _finish(self, posting: Posting, left: int) -> None:
        held, self.overpaid = self.overpaid, left
        posting.overpaid = left
        used = posting.fee + posting.interest + posting.principal + posting.penalty + posting.early_fee
        assert posting.amount + held == used + left
        self.outstanding -= posting.principal
        self.repaid += posting.principal
        self.fees += posting.fee
        self.penalties += posting.penalty
        self.earned += posting.interest + posting.penalty + posting.early_fee
        self.postings.append(posting)

    # Early repayment.

    def settlement(self, day: date) -> int:
        """What repays everything on `day`."""
        x = self.outstanding - sum(
            left["principal"] for row, left in zip(self.rows, self.left, strict=True) if row.due <= day
        )
        return self.due(day) + self._broken(day, x) + x + round(x * Fraction(self.loan.payments["early_fee"]))

    def _broken(self, day: date, balance: int) -> int:
        """Interest since the last due day. No row has been paid ahead in this book."""
        begun = max([row.due for row in self.rows if row.due <= day], default=self.start)
        assert not any(self._touched(i) for i, row in enumerate(self.rows) if row.due > day)
        return interest(balance, self.loan.rate, fraction(self.loan.rule, begun, day, whole=False))

    def _early_repayment(self, money: Money) -> None:
        posting = self._open(money)
        day, fee_rate = money.value_date, Fraction(self.loan.payments["early_fee"])
        due = [i for i, row in enumerate(self.rows) if row.due <= day]
        left = self._pay_penalty(posting, money.amount + self.overpaid)
        left = self._pay(posting, left, [(i, kind) for i in due for kind in KINDS.values()])
        assert self.penalty == 0
        assert not any(any(self.left[i].values()) for i in due)
        balance = self.outstanding - posting.principal
        accrued = self._broken(day, balance)
        left -= accrued
        if money.kind == "total":
            x = balance
        else:
            x = min(left, balance - 1)
            while x + round(x * fee_rate) > left:
                x -= 1
        posting.interest += accrued
        posting.early_fee = round(x * fee_rate)
        posting.principal += x
        kept = self.rows[len(due)]
        self._finish(posting, left - x - posting.early_fee)
        self.rows, self.left = self.rows[: len(due)], self.left[: len(due)]
        if money.kind != "total":
            equal = self.loan.application["method"] == "equal-instalment"
            level = (kept.principal + (kept.interest if equal else 0)) if money.kind == "shorten" else None
            count = self.loan.application["instalments"]
            new = table(self.loan.rule, self.outstanding, self.anchor, day, len(due), count, level)
            self.rows += new
            self.left += [{"fee": r.fee, "interest": r.interest, "principal": r.principal} for r in new]
            self.start = day
            self.tables.append((day, new))

    # Lenders.

    def _look(self, position: Position) -> int:
        grown = self.repaid * self.weighted + self.earned * position.weight * self.units
        position.numerator += position.units * (grown - position.seen)
        position.seen = grown
        return position.numerator

    def claimable(self) -> dict[str, int]:
        """What each lender may claim, rounded down."""
        return {lender: self._look(p) // (self.units * self.weighted) for lender, p in self.positions.items()}

    def _claim(self, money: Money) -> None:
        for lender, amount in money.claims.items():
            self._look(self.positions[lender])
            self.positions[lender].numerator -= amount * self.units * self.weighted

    def _sale(self, money: Money) -> None:
        seller = self.positions[money.seller]
        buyer = self.positions.setdefault(money.buyer, Position(0, seller.weight))
        carried = self._look(seller) * money.amount // seller.units
        self._look(buyer)
        seller.numerator -= carried
        buyer.numerator += carried
        seller.units -= money.amount
        buyer.units += money.amount
