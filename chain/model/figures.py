"""Derived figures of a loan on any day: what is due, how late it is, what pays it off. Nothing of this is stored.

All amounts in minor units. A day before the last value date has no figures: what is booked has happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from chain.model.account import accrual
from chain.model.early import payoff
from chain.model.errors import require
from chain.model.state import LedgerState
from chain.model.terms import Kind


class FiveTier(IntEnum):
    """The lowest class that days past due allow; people may only move it further down. Source: the rules on the risk
    classification of financial assets (CBIRC and PBoC, 2023), art. 10 to 12: from one day past due at least special
    mention, from 91 substandard, from 271 doubtful, from 361 loss."""

    NORMAL = 1
    SPECIAL_MENTION = 2
    SUBSTANDARD = 3
    DOUBTFUL = 4
    LOSS = 5


@dataclass(frozen=True, slots=True)
class Figures:
    """due: unpaid of rows due, by kind; penalty: penalty interest to date; arrears: unpaid of rows whose payable-by day
    has passed and that no money held for the borrower covers, penalty interest included; next_due: the first row not
    paid and not due yet, with its amount; payoff: what repays the loan on the day, less what is held for the
    borrower."""

    due: dict[Kind, int]
    penalty: int
    overpaid: int
    arrears: int
    days_past_due: int
    next_due: tuple[date, int] | None
    payoff: int
    tier: FiveTier

    @property
    def total_due(self) -> int:
        """What a payment must be to leave nothing due."""
        return max(0, sum(self.due.values()) + self.penalty - self.overpaid)


def figures(state: LedgerState, name: str, day: date) -> Figures:
    """The loan's figures on `day`. Refused with ValueDateInvalid before the last value date."""
    terms, account = state.loan(name).terms, state.account_of(name)
    require(day >= account.last, "ValueDateInvalid", given=day, not_before=account.last)
    payable_by = state.payable_by(terms)
    penalty = account.penalty_due + accrual(terms, account, day, payable_by)
    due, arrears = dict.fromkeys(Kind, 0), 0
    oldest, coming, held = None, None, account.overpaid
    for row, owed in zip(account.rows, account.owed(), strict=True):
        unpaid = sum(owed.values())
        if not unpaid:
            continue
        if row.due > day:
            coming = coming or (row.due, unpaid)
            continue
        for kind in Kind:
            due[kind] += owed[kind]
        covered = min(unpaid, held)  # what the loan holds for the borrower is not late
        unpaid, held = unpaid - covered, held - covered
        if unpaid and payable_by(row.due) < day:
            oldest = oldest or payable_by(row.due)
            arrears += unpaid
    late = (day - oldest).days if oldest else 0
    return Figures(
        due=due,
        penalty=penalty,
        overpaid=account.overpaid,
        arrears=arrears + penalty,
        days_past_due=late,
        next_due=coming,
        payoff=max(0, payoff(terms, account, day, payable_by).total - account.overpaid),
        tier=tier_of(late),
    )


def tier_of(days_past_due: int) -> FiveTier:
    """The lowest five-tier class for a number of days past due."""
    for above, tier in ((360, FiveTier.LOSS), (270, FiveTier.DOUBTFUL), (90, FiveTier.SUBSTANDARD)):
        if days_past_due > above:
            return tier
    return FiveTier.SPECIAL_MENTION if days_past_due else FiveTier.NORMAL
