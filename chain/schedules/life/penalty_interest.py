"""Penalty interest on arrears, derived from the schedule and the payments: never stored, so a late posting needs no
rebooking.

An instalment bears penalty interest from its payable-by day on what is unpaid of the kinds that the terms name, day by
day as payments come. An instalment whose base is met within the days of grace bears none at all. One rounding, at the
end. Whether it adds to contractual interest or replaces it is the rate's business, not this module's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger.rounding import NANO, Rounding, divide
from chain.schedules.life.events import Charge, Payment, PaymentOrder
from chain.schedules.life.instalments import Instalment, Kind, charged


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """rate_nano: per year, in 1e-9. base: the kinds that bear it. year_days: 360 or 365. grace_days: counted from the
    payable-by day. payable_by: the working day by which a due instalment can be paid (identity for no calendar)."""

    rate_nano: int
    base: tuple[Kind, ...]
    year_days: int
    grace_days: int
    payable_by: Callable[[date], date]
    rounding: Rounding = Rounding.HALF_EVEN


def penalty_interest(
    instalments: tuple[Instalment, ...],
    charges: Sequence[Charge],
    payments: Sequence[Payment],
    order: PaymentOrder,
    rule: PenaltyRule,
    day: date,
) -> int:
    """Penalty interest accrued from the first payable-by day up to and on `day`, in minor units.

    A payment counts from its own day, so that day bears nothing on what it met. Payments after `day` do not count.
    """
    if rule.rate_nano < 0 or rule.year_days < 1 or rule.grace_days < 0:
        raise TermInvalid(term="penalty", reason="rate, days of the year and grace must not be negative")
    lines = instalments
    for charge in charges:
        lines = charged(lines, charge.kind, charge.amount, charge.due)
    counted = sorted((payment for payment in payments if payment.day <= day), key=lambda payment: payment.day)
    amount_days = [0] * len(lines)
    met_on = [date.min if not _unpaid(line, rule) else None for line in lines]
    since = min((line.due for line in lines), default=day)
    for until, amount in [*((payment.day, payment.amount) for payment in counted), (day, 0)]:
        for index, line in enumerate(lines):
            amount_days[index] += _unpaid(line, rule) * max(0, (until - max(since, rule.payable_by(line.due))).days)
        since = max(since, until)
        lines, _ = order.pay(lines, amount, until)
        met_on = [on or (None if _unpaid(line, rule) else until) for on, line in zip(met_on, lines, strict=True)]
    total = 0
    for line, on, accrued in zip(lines, met_on, amount_days, strict=True):
        if (on or day) > rule.payable_by(line.due) + timedelta(days=rule.grace_days):
            total += accrued
    return divide(total * rule.rate_nano, NANO * rule.year_days, rule.rounding)


def _unpaid(line: Instalment, rule: PenaltyRule) -> int:
    return sum(line.outstanding(kind) for kind in rule.base)
