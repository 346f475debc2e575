"""What the course of one loan must come to: every event of its file in order, corrections by starting over.

Besides the loan's figures it notes, by business date, what the events did to the custody account, the tokens, the
suspense, the bank's claim and the borrower's exposure. Shares no code with the product.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.demo.book.expected.lives import Loan, Money, Posting, Replay
from gateway.demo.book.expected.tables import minor, text


@dataclass
class Movements:
    """Changes on one business date, minor units."""

    bank: int = 0
    tokens: int = 0
    suspense: int = 0
    claim: int = 0
    exposure: int = 0


@dataclass
class Course:
    """A loan on its way. cash: tokens that the loan holds. entries: credits on the bank's side, with their amounts."""

    loan: Loan
    effective: list[Money] = field(default_factory=list)
    postings: list[Posting] = field(default_factory=list)
    movements: dict[date, Movements] = field(default_factory=lambda: defaultdict(Movements))
    payouts: list[dict[str, str]] = field(default_factory=list)
    entries: list[dict[str, str]] = field(default_factory=list)
    claimed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    suspended: list[Money] = field(default_factory=list)
    drawn: bool = False
    cash: int = 0
    claim: int = 0
    burned: int = 0
    cancelled: bool = False

    def now(self) -> Replay:
        """The life as it stands, from the start."""
        replay = Replay(self.loan)
        for money in self.effective:
            replay.take(money)
        return replay

    def live(self, events: Iterable[dict[str, Any]], funded: date) -> None:
        """Every event, day by day; what is matched later comes on its own day."""
        listed = list(events)
        listed += [event | {"do": "match", "day": event["matched"]} for event in listed if event.get("matched")]
        self.cash = self.loan.principal
        if not any(event["do"] == "cancel" for event in listed):
            self.movements[funded].exposure += minor(self.loan.application["first_tranche"])
        for event in sorted(listed, key=lambda e: str(e["day"])):
            getattr(self, "_" + event["do"].replace("-", "_"))(event, date.fromisoformat(event["day"]))

    def _value(self, event: dict[str, Any]) -> date:
        return date.fromisoformat(event["value_date"])

    def _payout(self, event: dict[str, Any], day: date) -> None:
        amount = minor(event["amount"])
        self._effect(Money("payout", day, self._value(event), amount))
        self._move(day, bank=-amount, tokens=-amount)
        self.cash -= amount
        self.payouts.append({"day": event["day"], "value_date": event["value_date"], "amount": event["amount"]})

    def _bounce(self, event: dict[str, Any], day: date) -> None:
        """The money is back and is called again on the same day."""
        [payout] = self.effective
        self.effective = []
        self._move(day, bank=payout.amount, tokens=payout.amount)
        self.cash += payout.amount
        self.payouts[-1]["bounced"] = event["day"]

    def _drawdown(self, event: dict[str, Any], day: date) -> None:
        self.movements[day].exposure += minor(event["amount"])

    def _cancel(self, event: dict[str, Any], day: date) -> None:
        self.cancelled = True

    def _claim(self, event: dict[str, Any], day: date) -> None:
        claims = {lender: min(amount, self.cash) for lender, amount in self.now().claimable().items() if amount > 0}
        self._effect(Money("claim", day, day, claims=claims))
        for lender, amount in claims.items():
            self.claimed[lender] += amount
        self.cash -= sum(claims.values())
        assert self.cash >= 0

    def _sale(self, event: dict[str, Any], day: date) -> None:
        self._effect(Money("sale", day, day, minor(event["units"]), seller=event["seller"], buyer=event["buyer"]))

    def _payment(self, event: dict[str, Any], day: date) -> None:
        money = Money("payment", day, self._value(event), self._amount(event))
        self._entry(event, money.amount)
        if event.get("mistyped"):
            self._move(day, bank=money.amount, suspense=money.amount)
            self.suspended.append(money)
            return
        self._move(day, bank=money.amount, tokens=money.amount)
        self._receive(day, money)

    def _match(self, event: dict[str, Any], day: date) -> None:
        money = self.suspended.pop(0)
        money.day = day
        self._move(day, tokens=money.amount, suspense=-money.amount)
        self._receive(day, money)

    def _early_repayment(self, event: dict[str, Any], day: date) -> None:
        money = Money("early-repayment", day, self._value(event), self._amount(event), kind=event["kind"])
        self._entry(event, money.amount)
        self._move(day, bank=money.amount, tokens=money.amount)
        self._receive(day, money)

    def _reversal(self, event: dict[str, Any], day: date) -> None:
        payments = [m for m in self.effective if m.what in ("payment", "early-repayment")]
        gone = payments[event["payment"] - 1]
        burned = min(self.cash, gone.amount)
        self.cash -= burned
        self.burned += burned
        self.claim += gone.amount - burned
        self._move(day, bank=-gone.amount, tokens=-burned, claim=gone.amount - burned)
        self._start_over(day, [m for m in self.effective if m is not gone])

    def _amount(self, event: dict[str, Any]) -> int:
        pays, replay, day = event["pays"], self.now(), self._value(event)
        if pays == "settle":
            return replay.settlement(day)
        if pays == "next":
            return next(sum(left.values()) for left in replay.left if any(left.values()))
        what, _, more = pays.partition("+")
        return replay.due(day) + minor(more or "0") if what == "due" else minor(pays)

    def _entry(self, event: dict[str, Any], amount: int) -> None:
        self.entries.append({"day": event["day"], "value_date": event["value_date"], "amount": text(amount)})

    def _receive(self, day: date, money: Money) -> None:
        self.cash += money.amount
        met = min(self.claim, money.amount)
        self.claim -= met
        self.cash -= met
        self._move(day, tokens=-met, claim=-met)
        paid = ("payment", "early-repayment")
        later = [i for i, m in enumerate(self.effective) if m.value_date > money.value_date and m.what in paid]
        if later:
            self._start_over(day, [*self.effective[: later[0]], money, *self.effective[later[0] :]])
        else:
            self._effect(money)

    def _effect(self, money: Money) -> None:
        before = self.now()
        self.effective.append(money)
        after = self.now()
        self.postings += after.postings[len(before.postings) :]
        self._exposed(money.day, after.repaid - before.repaid)

    def _start_over(self, day: date, effective: list[Money]) -> None:
        """Undoes every posting from the first that is not the same any more, and posts the rest again."""
        before = self.now()
        changed = next(i for i, (a, b) in enumerate(itertools.zip_longest(self.effective, effective)) if a is not b)
        undone = sum(m.what in ("payment", "early-repayment") for m in self.effective[changed:])
        for posting in [p for p in self.postings if not p.undone][-undone:]:
            posting.undone = True
        known = {id(m) for m in self.effective}
        self.effective = effective
        after = self.now()
        kept = len(before.postings) - undone
        again = [m for m in effective[changed:] if m.what in ("payment", "early-repayment")]
        for posting, money in zip(after.postings[kept:], again, strict=True):
            posting.day = day
            posting.how = "kept" if id(money) in known else posting.how
            self.postings.append(posting)
        self._exposed(day, after.repaid - before.repaid)

    def _exposed(self, day: date, repaid: int) -> None:
        self.movements[day].exposure -= repaid

    def _move(self, day: date, *, bank: int = 0, tokens: int = 0, suspense: int = 0, claim: int = 0) -> None:
        moved = self.movements[day]
        moved.bank += bank
        moved.tokens += tokens
        moved.suspense += suspense
        moved.claim += claim

    # The end.

    def closed(self) -> dict[str, Any]:
        """The figures of a loan that has been repaid."""
        replay = self.now()
        assert replay.outstanding == replay.penalty == self.claim == 0
        assert not any(any(left.values()) for left in replay.left)
        total = replay.claimable()
        for lender, amount in total.items():
            self.claimed[lender] += amount
        application = self.loan.application
        payees = {f["payee"]: 0 for f in application["fees"]}
        for fee in application["fees"]:
            times = len(replay.rows) if fee["kind"] == "each-instalment" else 1
            payees[fee["payee"]] += times * minor(fee["amount"])
        assert sum(payees.values()) == replay.fees
        dust = replay.repaid + replay.earned - sum(self.claimed.values())
        assert dust == self.cash - sum(total.values()) - replay.fees - replay.overpaid
        assert 0 <= dust < len(self.claimed)
        subscribed = {s["lender"]: s["amount"] for s in self.loan.subscriptions}
        paid = sum(p.amount for p in self.postings if not p.undone)
        assert paid == replay.repaid + replay.earned + replay.fees + replay.overpaid
        return {
            "status": "Closed",
            "principal": application["principal"],
            "payouts": self.payouts,
            "entries": self.entries,
            "tables": [
                {
                    "from": day.isoformat(),
                    "rows": [
                        {
                            "due": row.due.isoformat(),
                            "payable_by": self.loan.payable_by(row.due).isoformat(),
                            "principal": text(row.principal),
                            "interest": text(row.interest),
                            "fee": text(row.fee),
                        }
                        for row in rows
                    ],
                }
                for day, rows in replay.tables
            ],
            "postings": [_posting(p) for p in self.postings],
            "paid": text(paid),
            "interest": text(replay.earned - replay.penalties),
            "penalties": text(replay.penalties),
            "fees": [{"payee": payee, "received": text(amount)} for payee, amount in payees.items()],
            "overpaid": text(replay.overpaid),
            "lenders": [
                {"lender": lender, "subscribed": subscribed.get(lender, "0.00"), "received": text(amount)}
                for lender, amount in self.claimed.items()
            ],
            "dust": text(dust),
        }


def _posting(p: Posting) -> dict[str, Any]:
    amounts = ("amount", "fee", "interest", "principal", "penalty", "early_fee", "accrued", "overpaid")
    return {
        "day": p.day.isoformat(),
        "value_date": p.value_date.isoformat(),
        "how": p.how,
        **{name: text(getattr(p, name)) for name in amounts},
        "undone": p.undone,
    }
