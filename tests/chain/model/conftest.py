"""A small ledger with one loan, brought to where a test begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest

from chain.model import BankEntry, LedgerState, LoanTerms, apply
from chain.model import commands as c

LENDERS = ("first", "second", "third")


@dataclass
class Bench:
    """Runs commands on a ledger. `deal` is the loan's name; each bank entry and order is new."""

    start: date = date(2026, 1, 31)
    deal: str = "deal"
    lenders: tuple[str, ...] = LENDERS
    numbers: list[int] = field(default_factory=lambda: [0])

    def number(self) -> int:
        self.numbers[0] += 1
        return self.numbers[0]

    def entry(self) -> BankEntry:
        return BankEntry(1, self.number())

    def order(self) -> str:
        return f"order {self.number()}"

    def run(self, state: LedgerState, *steps: c.Command) -> LedgerState:
        for step in steps:
            state, _ = apply(state, step)
        return state

    def empty(self, reversal_days: int = 10) -> LedgerState:
        state = LedgerState(self.start, reversal_days=reversal_days)
        for party in (*self.lenders, "borrower", "payee", "buyer"):
            state = self.run(state, c.Register(party, f"{party}'s subject"))
        return state

    def funded(self, terms: LoanTerms) -> LedgerState:
        """Lenders hold a half, a third and the rest, in the classes that there are."""
        state = self.run(self.empty(), c.Propose(self.deal, terms))
        half, third = terms.principal // 2, terms.principal // 3
        for index, amount in enumerate((half, third, terms.principal - half - third)):
            if amount:
                lender = self.lenders[index]
                state = self.run(state, c.Deposit(lender, amount, self.entry()))
                units_class = index % len(terms.rate_shares)
                promise = c.Promise(lender, amount, units_class, self.order(), date.max)
                state = self.run(state, c.Subscribe(self.deal, state.loan(self.deal).length, (promise,)))
        return state

    def active(self, terms: LoanTerms) -> LedgerState:
        state = self.funded(terms)
        at = state.loan(self.deal).length
        return self.run(
            state,
            c.Disburse(self.deal, at),
            c.Instruct(self.deal, at + 1),
            c.Settle(self.deal, at + 2, self.start, self.entry()),
        )

    def on(self, state: LedgerState, day: date) -> LedgerState:
        """The ledger when `day` is the business date."""
        if day <= state.today:
            return state
        through = day - timedelta(days=1)
        attested = c.Attest(through, state.supply + state.in_suspense, state.in_suspense, 0)
        return self.run(state, attested, c.CloseDay(through))

    def receipt(self, amount: int, day: date) -> c.Receipt:
        return c.Receipt(self.deal, 0, amount, day, self.entry())

    def paid(self, state: LedgerState, amount: int, day: date) -> LedgerState:
        """A receipt of a value date, booked on that day or today if it is past."""
        return self.run(self.on(state, day), c.Collect((self.receipt(amount, day),)))

    def claimed(self, state: LedgerState, *lenders: str) -> LedgerState:
        """Claims, one lender after the other, by those who have something to claim."""
        for lender in lenders:
            loan = state.loan(self.deal)
            if loan.claimable(f"{lender}'s subject"):
                state = self.run(state, c.Claim(self.deal, loan.length, (lender,)))
        return state


@pytest.fixture(scope="session")
def bench() -> Bench:
    return Bench()
