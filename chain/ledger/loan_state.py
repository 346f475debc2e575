"""A loan's state as its history alone gives it: what a reader of the entries can check the contracts against.

Every figure that `ILoanEscrow.loanOf` answers is here, but for how far the table is paid, which needs its rows.
Payments that were undone and kept again are followed exactly. Pure; amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from chain.ledger.structs import Payout, Posted, State, Table
from chain.ledger.terms import Terms

NO_ADDRESS = "0x" + "00" * 20


@dataclass(frozen=True)
class Booked:
    """A payment in the history. `counts`: it was not undone. `before`: the table before an early repayment.
    `stands_for`: the payment that this one keeps, after a correction."""

    seq: int
    posted: Posted
    counts: bool = True
    before: Table | None = None
    stands_for: int | None = None


@dataclass(frozen=True)
class Holding:
    """A lender subject's units. What they earned less what was claimed is `numerator` plus what they earn from
    `snapshot` on; see docs/payments.md for the exact shares."""

    units: int
    lender_class: int
    snapshot: int = 0
    numerator: int = 0


@dataclass(frozen=True)
class LoanState:
    """What a loan is after some entries. `called`: principal requested from the bank, less what came back; `in_payout`:
    called, not settled yet; `interest`: distributed to the units; `released`: what went out of the loan's cash."""

    terms: Terms
    reversal_days: int
    principal: int
    funding_deadline: date
    state: State = State.PROPOSED
    payout: Payout = Payout.NONE
    length: int = 1
    head: bytes = b""
    subscribed: int = 0
    called: int = 0
    in_payout: int = 0
    outstanding: int = 0
    undrawn_returned: int = 0
    interest: int = 0
    penalty_due: int = 0
    fees: int = 0
    fees_paid: int = 0
    overpaid: int = 0
    bank_claim: int = 0
    released: int = 0
    last_value_date: date | None = None
    repaid_on: date | None = None
    anchor: date | None = None
    start: date | None = None
    schedule: str = NO_ADDRESS
    weighted: int = 0
    payments: tuple[Booked, ...] = ()
    holdings: Mapping[bytes, Holding] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def cash(self) -> int:
        """Tokens held for the loan."""
        came = self.subscribed + self.called - self.outstanding + self.interest + self.fees + self.overpaid
        return came + self.bank_claim - self.released

    @property
    def available(self) -> int:
        """Cash less what later payouts need: as far as claims go."""
        kept = self.principal + self.in_payout - self.called - self.undrawn_returned
        return max(0, self.cash - kept)

    @property
    def denominator(self) -> int:
        """What numerators are divided by."""
        return self.principal * self.weighted

    def accumulated(self, lender_class: int) -> int:
        """Earned so far by one unit of a class, times the denominator."""
        principal = self.called - self.outstanding + self.undrawn_returned
        return principal * self.weighted + self.interest * self.weight(lender_class) * self.principal

    def weight(self, lender_class: int) -> int:
        """The class's share of interest."""
        return (self.terms.pricing.rate_shares or (1,))[lender_class]

    def owed(self, subject: bytes) -> int:
        """What the subject's units earned less what was claimed, times the denominator; negative after a reversal."""
        held = self.holdings.get(subject)
        if held is None:
            return 0
        grown = self.accumulated(held.lender_class) - held.snapshot if held.units else 0
        return held.numerator + held.units * grown

    def claimable(self, subject: bytes) -> int:
        """What the subject may claim now, minor units."""
        owed = self.owed(subject)
        return min(owed // self.denominator, self.available) if owed > 0 else 0
