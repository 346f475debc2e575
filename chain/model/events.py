"""What made a loan's account: payouts, payments, early repayments. Replaying the list gives the account.

A correction takes events out of the list or puts some in; everything is then worked out anew, so that undoing has no
arithmetic of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from chain.model.account import Account, PayableBy, Posted, amount_of, post
from chain.model.early import Early, repay_early
from chain.model.errors import require
from chain.model.terms import EarlyKind, Kind, LoanTerms
from chain.schedules.ledger import Method, Row, Segment, add_rows, build_segment


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A booked payout. first: number of the first row it is repaid by. last: nothing can be drawn after it."""

    day: date
    amount: int
    first: int
    last: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A running loan of an old book entered with the rows that remain."""

    day: date
    amount: int
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment. seq: number of its history entry. own_tokens: a party's, with no bank entry behind it."""

    seq: int
    day: date
    amount: int
    own_tokens: bool = False


@dataclass(frozen=True, slots=True)
class PaidEarly:
    """An early repayment. seq: number of its history entry."""

    seq: int
    day: date
    amount: int
    kind: EarlyKind


@dataclass(frozen=True, slots=True)
class DrawingClosed:
    """Nothing can be drawn any more."""


Event = PaidOut | Opened | Paid | PaidEarly | DrawingClosed


@dataclass(frozen=True, slots=True)
class Replayed:
    """The account after all events, and how the last of them was used if it was a payment."""

    account: Account
    posted: Posted | None = None
    early: Early | None = None


NOTHING = Account((), 0, date.min, date.min, date.min, 0, drawable=False)
"""The account before the payout."""


@lru_cache(maxsize=512)
def replay(terms: LoanTerms, events: tuple[Event, ...], payable_by: PayableBy) -> Replayed:
    """The account that a list of events makes."""
    done = Replayed(NOTHING)
    for event in events:
        done = after(terms, done.account, event, payable_by)
    return done


def after(terms: LoanTerms, account: Account, event: Event, payable_by: PayableBy) -> Replayed:
    """The account after one event more. Refused as the ledger refuses it."""
    match event:
        case Paid(day=day, amount=amount):
            account, posted = post(terms, account, day, amount, payable_by)
            return Replayed(account, posted)
        case PaidEarly(day=day, amount=amount, kind=kind):
            account, posted, early = repay_early(terms, account, day, amount, kind, payable_by)
            return Replayed(account, posted, early)
        case PaidOut(day=day, amount=amount, last=last) if account is NOTHING:
            rows = first_table(terms, amount, day)
            return Replayed(Account(rows, 0, day, day, day, amount, drawable=not last))
        case PaidOut(day=day, amount=amount, first=index, last=last):
            segment = Segment(amount, account.anchor, day, index, fees=False)
            rows = add_rows(account.rows, build_segment(terms.rule, segment), index - account.offset)
            return Replayed(replace(account, rows=rows, drawn=account.drawn + amount, drawable=not last))
        case Opened(day=day, amount=amount, rows=rows):
            return Replayed(Account(rows, 0, day, day, day, amount, drawable=False))
        case DrawingClosed():
            return Replayed(replace(account, drawable=False))


def first_table(terms: LoanTerms, amount: int, day: date) -> tuple[Row, ...]:
    """The table of a payout on value date `day`."""
    if terms.method is Method.CUSTOM:
        return terms.rows
    return build_segment(terms.rule, terms.whole_segment(amount, day))


def tranche_row(terms: LoanTerms, account: Account, day: date) -> int:
    """Number of the first row that a tranche of value date `day` is repaid by: nothing was paid towards it, and it is
    due after that day. Refused with DrawdownTooLate."""
    touched = [
        index
        for index, row in enumerate(account.rows)
        if row.due <= day
        or any(account.paid_of(kind) > sum(amount_of(row, kind) for row in account.rows[:index]) for kind in Kind)
    ]
    index = max(account.offset + touched[-1] + 1 if touched else 0, account.next_row)
    require(index < terms.instalments, "DrawdownTooLate")
    return index
