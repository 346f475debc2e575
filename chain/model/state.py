"""The whole ledger as one immutable value: loans, custody tokens, bank entries, days. A step makes a new value.

Parties, subjects and loans go by names. A loan's account is not kept but worked out from its events, see `account_of`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import IntEnum
from types import MappingProxyType
from typing import TypeVar

from chain.model.account import Account, PayableBy, Posted
from chain.model.early import Early
from chain.model.errors import Refused, require
from chain.model.events import Event, replay
from chain.model.terms import LoanTerms

_K = TypeVar("_K")
_V = TypeVar("_V")


class State(IntEnum):
    """A loan's state; numbers as the contracts have them."""

    NONE = 0
    PROPOSED = 1
    FUNDING = 2
    FUNDED = 3
    DISBURSING = 4
    ACTIVE = 5
    REPAID = 6
    CLOSED = 7
    CANCELLED = 8
    EXPIRED = 9


class Payout(IntEnum):
    """State of a payout; numbers as the contracts have them."""

    NONE = 0
    RESERVED = 1
    INSTRUCTED = 2
    SETTLED = 3
    RETURNED = 4


@dataclass(frozen=True, slots=True)
class BankEntry:
    """A booked entry of the bank's account statement: its number and its place in it."""

    statement: int
    entry: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a loan's history. `kind` is the name that the contracts give it."""

    seq: int
    day: date
    kind: str
    amount: int = 0
    posted: Posted | None = None
    early: Early | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """numerator: what the units earned less what was claimed, times the loan's denominator; below 0 after a
    reversal."""

    units: int = 0
    units_class: int = 0
    numerator: int = 0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Principal called and not yet repaid, and the number of loans ever opened."""

    outstanding: int = 0
    loans: int = 0


@dataclass(frozen=True, slots=True)
class WithdrawalState:
    """A payout of custody tokens to their holder."""

    payout: Payout
    subject: str
    amount: int
    valid_through: date


@dataclass(frozen=True, slots=True)
class Replacement:
    """Announced: `account` may stand for the subject from business date `since`, once the regulator has consented."""

    account: str
    since: date
    consented: bool = False


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A published working-day calendar: `closed` are days on which banks don't work. Beyond `through`: Monday to
    Friday."""

    since: date
    through: date
    closed: frozenset[date]

    def works(self, day: date) -> bool:
        """Whether banks work on `day`."""
        if self.since <= day <= self.through:
            return day not in self.closed
        return day.weekday() < 5

    def payable_by(self, day: date) -> date:
        """The first working day at or after `day`."""
        while not self.works(day):
            day += timedelta(days=1)
        return day


@dataclass(frozen=True, slots=True)
class LoanState:
    """One loan.

    units: the principal; what is shared is shared by them. weighted: sum of units times their class's weight, as they
    were issued. events: what made its account, in the order that counts. history: all entries. call: principal of the
    payout under way. called: requested from the bank, less what came back. drawing: whether later tranches may still be
    asked for. returned: never drawn, given back to the units. released: overpayment paid back. cash: custody tokens
    held for the loan. claim: the bank's, for what a reversal could not burn. fees_taken: paid to payees, by subject.
    """

    name: str
    terms: LoanTerms
    state: State
    rate_cap: int
    reversal_days: int
    payout: Payout = Payout.NONE
    units: int = 0
    weighted: int = 0
    subscribed: int = 0
    positions: Mapping[str, Position] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    history: tuple[Entry, ...] = ()
    called: int = 0
    call: int = 0
    instructed_on: date | None = None
    repaid_on: date | None = None
    drawing: bool = False
    returned: int = 0
    released: int = 0
    cash: int = 0
    claim: int = 0
    fees_taken: Mapping[str, int] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Number of history entries."""
        return len(self.history)

    @property
    def denominator(self) -> int:
        """What a position's numerator is divided by."""
        return self.units * self.weighted

    def position(self, subject: str) -> Position:
        """The subject's position, empty if it never held units."""
        return self.positions.get(subject, Position())

    @property
    def undrawn(self) -> int:
        """What was subscribed and is neither paid out nor given back."""
        return self.units + self.call - self.called - self.returned

    def earned(self, subject: str) -> int:
        """What the subject's units earned and did not claim, rounded down, in minor units; not below 0."""
        return max(0, self.position(subject).numerator // self.denominator) if self.denominator else 0

    def claimable(self, subject: str) -> int:
        """What the subject can be paid now: what it earned, as far as cash goes that later payouts don't need."""
        return min(self.earned(subject), max(0, self.cash - self.undrawn))


@dataclass(frozen=True, slots=True)
class LedgerState:
    """The ledger.

    today: the business date. wallets: custody tokens of registered parties, by account name. subjects: the subject of
    each account. accounts: the account that stands for a subject now. orders: signed orders that are used or revoked.
    entries: bank entries that are used. suspense: amount and value date of what nobody could be found for. attested:
    day and supply of the last attestation. mandates: what each took on a day.
    """

    today: date
    wallets: Mapping[str, int] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)
    replacements: Mapping[str, Replacement] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    loans: Mapping[str, LoanState] = field(default_factory=dict)
    reserves: Mapping[str, int] = field(default_factory=dict)
    exposures: Mapping[tuple[str, str], Exposure] = field(default_factory=dict)
    platforms: Mapping[str, Exposure] = field(default_factory=dict)
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    orders: frozenset[str] = frozenset()
    entries: frozenset[BankEntry] = frozenset()
    suspense: Mapping[BankEntry, tuple[int, date]] = field(default_factory=dict)
    withdrawals: Mapping[str, WithdrawalState] = field(default_factory=dict)
    mandates: Mapping[str, tuple[date, int]] = field(default_factory=dict)
    calendars: Mapping[int, WorkingDays] = field(default_factory=dict)
    rate_cap: int = 2**64 - 1
    reversal_days: int = 0
    attested: tuple[date, int] | None = None
    shortfall: int = 0

    @property
    def supply(self) -> int:
        """All custody tokens: what parties, loans, reserves and withdrawals under way hold."""
        waiting = {Payout.RESERVED, Payout.INSTRUCTED}
        return (
            sum(self.wallets.values())
            + sum(loan.cash for loan in self.loans.values())
            + sum(self.reserves.values())
            + sum(one.amount for one in self.withdrawals.values() if one.payout in waiting)
        )

    @property
    def in_suspense(self) -> int:
        """Minor units in suspense."""
        return sum(amount for amount, _ in self.suspense.values())

    @property
    def bank_claims(self) -> int:
        """What reversals took out of custody and no token was burned for yet."""
        return sum(loan.claim for loan in self.loans.values())

    def loan(self, name: str) -> LoanState:
        """The loan. Refused with LoanUnknown."""
        require(name in self.loans, "LoanUnknown", loan=name)
        return self.loans[name]

    def payable_by(self, terms: LoanTerms) -> PayableBy:
        """The working-day calendar of the terms."""
        if not terms.calendar:
            return _same_day
        if terms.calendar not in self.calendars:
            raise Refused("WorkingDaysUnknown", calendar=terms.calendar)
        return self.calendars[terms.calendar].payable_by

    def account_of(self, name: str) -> Account:
        """The loan's account with its borrower, worked out from its events."""
        loan = self.loan(name)
        return replay(loan.terms, loan.events, self.payable_by(loan.terms)).account

    def with_loan(self, loan: LoanState) -> LedgerState:
        """The ledger with this loan in the place of the one before."""
        return replace(self, loans=put(self.loans, loan.name, loan))

    def moved(self, account: str, amount: int) -> LedgerState:
        """The ledger with `amount` more (or less) in a party's wallet. Refused with CustodyInsufficient."""
        balance = self.wallets.get(account, 0) + amount
        require(balance >= 0, "CustodyInsufficient", holder=account, balance=balance - amount, needed=-amount)
        return replace(self, wallets=put(self.wallets, account, balance))

    def signer(self, account: str) -> str:
        """The subject whose key this is now. Refused with PartiesUnknown or PartiesReplaced."""
        require(account in self.subjects, "PartiesUnknown", account=account)
        subject = self.subjects[account]
        require(self.accounts[subject] == account, "PartiesReplaced", former=account, account=self.accounts[subject])
        return subject

    def standing_for(self, account: str) -> str:
        """The account that signs now for the subject of an account, which may have been replaced."""
        return self.accounts[self.subjects[account]]

    def payee(self, subject: str) -> str:
        """The account that is paid for a subject. Refused with PartiesFrozen."""
        require(subject not in self.frozen, "PartiesFrozen", subject=subject)
        return self.accounts[subject]


def put(mapping: Mapping[_K, _V], key: _K, value: _V) -> Mapping[_K, _V]:
    """A copy of `mapping` with one value changed."""
    return MappingProxyType({**mapping, key: value})


def without(mapping: Mapping[_K, _V], key: _K) -> Mapping[_K, _V]:
    """A copy of `mapping` without one key."""
    return MappingProxyType({of: value for of, value in mapping.items() if of != key})


def _same_day(day: date) -> date:
    return day
