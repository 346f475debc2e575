"""Random lives of loans as journal events, from a small ledger that keeps only cash and who is owed what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st

from chain.journal import events as happened

LENDERS = ("ann", "bob", "cy")
LOANS = ("one", "two")


@dataclass
class Life:
    """Writes events that could have happened, and what they must come to: money at the bank, tokens, suspense."""

    draw: st.DrawFn
    events: list[happened.Event] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    bank: int = 0
    suspense: int = 0
    claims: int = 0
    day: int = 1
    cash: dict[str, int] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    claim: dict[str, int] = field(default_factory=dict)
    posted: dict[str, list[happened.PaymentPosted | happened.PaymentKept]] = field(default_factory=dict)
    seq: int = 0

    @property
    def today(self) -> str:
        return f"2024-01-{self.day:02d}"

    def amount(self, most: int = 100_000) -> int:
        return self.draw(st.integers(1, max(1, most)))

    def gain(self, party: str, amount: int) -> None:
        self.tokens[party] = self.tokens.get(party, 0) + amount
        assert self.tokens[party] >= 0

    def open(self, loan: str) -> None:
        """Every lender subscribes something, and all is paid out."""
        for lender in LENDERS:
            amount = self.amount()
            self.events.append(happened.Deposited(self.today, lender, amount))
            self.events.append(happened.Subscribed(self.today, loan, lender, amount))
            self.bank += amount
            self.cash[loan] = self.cash.get(loan, 0) + amount
        self.events.append(happened.PaidOut(self.today, loan, self.cash[loan]))
        self.bank -= self.cash[loan]
        self.cash[loan] = self.held[loan] = self.claim[loan] = 0
        self.posted[loan] = []

    def next_day(self, loan: str) -> None:
        self.day += 1

    def _split(self, loan: str, amount: int, held: int) -> dict[str, int]:
        """A use of the money; principal at most what is not repaid."""
        left = amount + held
        lent = sum(e.amount for e in self.events if isinstance(e, happened.PaidOut) and e.loan == loan)
        owed = lent - sum(payment.principal for payment in self.posted[loan])
        parts = {"principal": self.draw(st.integers(0, min(left, owed)))}
        left -= parts["principal"]
        for kind in ("fee", "penalty", "interest"):
            parts[kind] = self.draw(st.integers(0, left))
            left -= parts[kind]
        return parts | {"amount": amount, "held": held, "overpaid": left}

    def pay(self, loan: str) -> None:
        amount, source = self.amount(), self.draw(st.sampled_from(list(happened.Source)))
        payer = self.draw(st.sampled_from((*LENDERS, "borrower")))
        if source is happened.Source.PARTY:
            if not self.tokens.get(payer):
                return
            amount = min(amount, self.tokens[payer])
            self.gain(payer, -amount)
        elif source is happened.Source.SUSPENSE:
            if not self.suspense:
                return
            amount = min(amount, self.suspense)
            self.suspense -= amount
        else:
            self.bank += amount
        self.seq += 1
        split = self._split(loan, amount, self.held[loan])
        self.events.append(happened.PaymentPosted(self.today, loan, self.seq, source, payer, **split))
        self.posted[loan].append(self.events[-1])  # type: ignore[arg-type]
        self.held[loan] = split["overpaid"]
        self.cash[loan] += amount
        met = min(self.claim[loan], amount)
        if met:
            self.events.append(happened.ClaimMet(self.today, loan, met))
            self.claim[loan] -= met
            self.claims -= met
            self.cash[loan] -= met

    def undo(self, loan: str) -> None:
        """A correction from a random payment on: reversed, or only made room for; the others are posted again."""
        if not self.posted[loan]:
            return
        place = self.draw(st.integers(0, len(self.posted[loan]) - 1))
        tail, self.posted[loan] = self.posted[loan][place:], self.posted[loan][:place]
        self.held[loan] = tail[0].held
        if self.draw(st.booleans()):
            gone, tail = tail[0], tail[1:]
            burned = min(self.cash[loan], gone.amount)
            self.events.append(happened.PaymentReversed(self.today, loan, gone.seq, gone.amount, burned))
            self.bank -= gone.amount
            self.cash[loan] -= burned
            self.claim[loan] += gone.amount - burned
            self.claims += gone.amount - burned
        else:
            self.events.append(happened.PaymentsUndone(self.today, loan, tail[0].seq))
        for payment in tail:
            self.seq += 1
            split = self._split(loan, payment.amount, self.held[loan])
            kept = happened.PaymentKept(self.today, loan, self.seq, payment.seq, **split)
            self.events.append(kept)
            self.posted[loan].append(kept)
            self.held[loan] = kept.overpaid

    def claim_some(self, loan: str) -> None:
        if self.cash[loan]:
            lender, amount = self.draw(st.sampled_from(LENDERS)), self.amount(self.cash[loan])
            amount = min(amount, self.cash[loan])
            self.events.append(happened.Claimed(self.today, loan, lender, amount))
            self.cash[loan] -= amount
            self.gain(lender, amount)

    def release(self, loan: str) -> None:
        most = min(self.cash[loan], self.held[loan])
        if most:
            amount = min(self.amount(most), most)
            self.events.append(happened.OverpaymentReleased(self.today, loan, "borrower", amount))
            self.cash[loan] -= amount
            self.gain("borrower", amount)

    def suspend(self, loan: str) -> None:
        amount = self.amount()
        self.events.append(happened.Suspended(self.today, amount))
        self.bank += amount
        self.suspense += amount
        if self.draw(st.booleans()):
            back = min(self.amount(), self.suspense)
            self.events.append(happened.SuspenseReturned(self.today, back))
            self.bank -= back
            self.suspense -= back

    def withdraw(self, loan: str) -> None:
        party = self.draw(st.sampled_from(LENDERS))
        if not self.tokens.get(party):
            return
        amount = min(self.amount(), self.tokens[party])
        self.events.append(happened.WithdrawalReserved(self.today, party, amount))
        settled, back = self.draw(st.booleans()), self.draw(st.booleans())
        if settled:
            self.events.append(happened.WithdrawalSettled(self.today, party, amount))
        if back:
            self.events.append(happened.WithdrawalReturned(self.today, party, amount, settled))
        self.bank -= amount if settled and not back else 0
        self.gain(party, 0 if back else -amount)
        if not settled and not back:
            self.gain("in progress", amount)

    def sell(self, loan: str) -> None:
        seller, buyer = self.draw(st.permutations(LENDERS))[:2]
        units = sum(
            e.amount if isinstance(e, happened.Subscribed) and e.lender == seller else 0
            for e in self.events
            if getattr(e, "loan", "") == loan
        )
        for e in self.events:
            if isinstance(e, happened.PositionTransferred) and e.loan == loan:
                units += e.units * ((e.buyer == seller) - (e.seller == seller))
        if not units:
            return
        price = min(self.amount(), self.tokens.get(buyer, 0))
        self.events.append(
            happened.PositionTransferred(self.today, loan, seller, buyer, self.draw(st.integers(1, units)), price)
        )
        self.gain(buyer, -price)
        self.gain(seller, price)

    def sweep(self, loan: str) -> None:
        if self.cash[loan]:
            amount = min(self.amount(10), self.cash[loan])
            self.events.append(happened.DustSwept(self.today, loan, "platform", amount))
            self.cash[loan] -= amount
            self.gain("reserve", amount)


STEPS: tuple[Callable[[Life, str], None], ...] = (
    Life.next_day,
    Life.pay,
    Life.pay,
    Life.undo,
    Life.claim_some,
    Life.release,
    Life.suspend,
    Life.withdraw,
    Life.sell,
    Life.sweep,
)


@st.composite
def _lives(draw: st.DrawFn) -> Life:
    life = Life(draw)
    for loan in LOANS:
        life.open(loan)
    for step in draw(st.lists(st.sampled_from(STEPS), max_size=27)):
        step(life, draw(st.sampled_from(LOANS)))
    return life


@pytest.fixture(scope="session")
def lives() -> st.SearchStrategy[Life]:
    """Random lives of two loans with the same three lenders."""
    return _lives()
