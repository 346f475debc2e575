"""Interest of one period over balances and rates that change inside it, as one exact fraction, rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from chain.schedules.ledger import NANO, Period, Rounding
from chain.schedules.ledger.rounding import round_fraction
from chain.schedules.plan.terms import RateStep, Tranche


def rate_on(rates: Sequence[RateStep], day: date) -> int:
    """The nominal rate that holds on `day`, in 1e-9 per year: the last step up to that day, or the first of all."""
    held = rates[0].rate_nano
    for step in rates:
        if step.since <= day:
            held = step.rate_nano
    return held


@lru_cache(maxsize=8_192)
def factor(rates: tuple[RateStep, ...], period: Period, since: date) -> Fraction:
    """Interest per unit of balance from `since` to the end of the period, exact. A part of a period is worth its share
    of the period's days."""
    whole = Fraction(period.numerator, period.denominator)
    days = (period.due - period.start).days
    cuts = sorted({since, period.due, *(step.since for step in rates if since < step.since < period.due)})
    return sum(
        (
            Fraction(rate_on(rates, begin), NANO) * whole * Fraction((end - begin).days, days)
            for begin, end in pairwise(cuts)
        ),
        Fraction(0),
    )


def interest_of(
    balance: int, rates: tuple[RateStep, ...], period: Period, tranches: Sequence[Tranche], rounding: Rounding
) -> int:
    """Interest in minor units on `balance` over the whole period and on each tranche from its own day, rounded once."""
    exact = balance * factor(rates, period, period.start)
    for tranche in tranches:
        exact += tranche.amount * factor(rates, period, tranche.day)
    return round_fraction(exact, rounding)
