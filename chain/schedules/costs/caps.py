"""Rate caps: whether everything the borrower pays, discounted at the cap, stays within the money received.

The test is exact (integer ratios) and is the one the contracts make when a schedule is registered: the discount to a
day is the product of 1 + cap * days/365 over the stretches between the days on which money moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from chain.schedules.costs.flows import Flows
from chain.schedules.costs.rates import effective_annual_rate
from chain.schedules.ledger import NANO

JUDICIAL_MULTIPLE = 4
"""Private loans are protected up to four times the one-year LPR at the time of the contract. Source: Supreme People's
Court, provisions on private lending cases, Fa Shi [2020] No. 17, article 25."""


@dataclass(frozen=True, slots=True)
class CapCheck:
    """Outcome of a cap check. cap, effective_annual_rate: parts of one. within: by the exact test, not by comparing the
    two rates. room: money received less the discounted payments, in minor units, rounded down; below 0 when over."""

    cap: Decimal
    effective_annual_rate: Decimal
    within: bool
    room: int


def check_cap(flows: Flows, lpr_nano: int, multiple: int = JUDICIAL_MULTIPLE) -> CapCheck:
    """Check an offer against `multiple` times the LPR (in 1e-9 per year) that held when the contract was made."""
    room = _room(flows, lpr_nano * multiple)
    return CapCheck(
        cap=Decimal(lpr_nano * multiple).scaleb(-9),
        effective_annual_rate=effective_annual_rate(flows),
        within=room >= 0,
        room=room.numerator // room.denominator,
    )


def within_cap(flows: Flows, cap_nano: int) -> bool:
    """Whether the payments, discounted at the cap (1e-9 per year), do not exceed the money received. Later payouts are
    discounted as well."""
    return _room(flows, cap_nano) >= 0


def _room(flows: Flows, cap_nano: int) -> Fraction:
    signed = [(flow.day, flow.amount) for flow in flows.received] + [(flow.day, -flow.amount) for flow in flows.paid]
    cap, growth, before, total = Fraction(cap_nano, NANO), Fraction(1), flows.start, Fraction(0)
    for day, amount in sorted(signed):
        growth *= 1 + cap * Fraction((day - before).days, 365)
        before = day
        total += amount / growth
    return total
