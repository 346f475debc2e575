"""Floating rates: a reference rate such as the LPR plus a spread, taken anew on reset days, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import due_date
from chain.schedules.plan.terms import RateStep


@dataclass(frozen=True, slots=True)
class Fixing:
    """The reference rate published on `published`, in 1e-9 per year."""

    published: date
    rate_nano: int


@dataclass(frozen=True, slots=True)
class Floating:
    """Reference plus `spread_nano`, reset every `reset_months`. first_reset: the first reset day (a month, quarter or
    year after the start, or a 1 January). floor, cap: bounds of the resulting rate, None for none."""

    spread_nano: int
    reset_months: int
    first_reset: date
    floor_nano: int | None = None
    cap_nano: int | None = None


def rate_steps(rule: Floating, fixings: Sequence[Fixing], start: date, until: date) -> tuple[RateStep, ...]:
    """The rate from `start`, and from each reset day before `until`, by the newest fixing published up to that day.

    Reset days after the newest fixing keep its value: a plan shows what is known. Raises TermInvalid where no fixing is
    as old as the start.
    """
    if rule.reset_months < 1 or rule.first_reset <= start:
        raise TermInvalid(term="floating", reason="resets need at least a month and come after the start")
    days, count = [start], 0
    while (reset := due_date(rule.first_reset, count * rule.reset_months)) < until:
        days.append(reset)
        count += 1
    steps: list[RateStep] = []
    for day in days:
        known = [fixing for fixing in fixings if fixing.published <= day]
        if not known:
            raise TermInvalid(term="floating.fixings", reason=f"none was published by {day}")
        newest = max(known, key=lambda fixing: fixing.published)
        rate = _bounded(newest.rate_nano + rule.spread_nano, rule)
        if not steps or steps[-1].rate_nano != rate:
            steps.append(RateStep(day, rate))
    return tuple(steps)


def _bounded(rate: int, rule: Floating) -> int:
    bounded = rate if rule.cap_nano is None else min(rate, rule.cap_nano)
    return max(0, bounded if rule.floor_nano is None else max(bounded, rule.floor_nano))
