"""What a loan owes on a day: everything outstanding, what of it is overdue, and for how many days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chain.schedules.life.instalments import Instalment, Parts


@dataclass(frozen=True, slots=True)
class Overdue:
    """Arrears by kind in minor units, the oldest unpaid due date and the days past due counted from it."""

    amount: Parts
    since: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Balances:
    """The state on `day`: all that is still to be paid, the arrears, what falls due next and what was paid too much."""

    day: date
    outstanding: Parts
    overdue: Overdue
    next_due: date | None
    credit: int


def balances_on(instalments: Iterable[Instalment], day: date, credit: int = 0) -> Balances:
    """Balances of the instalments as they stand; `credit` is money received beyond everything owed. An instalment is
    overdue from the day after its due date. Days past due count from the oldest unpaid due date."""
    lines = [line for line in instalments if line.unpaid > 0]
    late = [line for line in lines if line.due < day]
    since = min((line.due for line in late), default=None)
    return Balances(
        day=day,
        outstanding=_unpaid(lines),
        overdue=Overdue(_unpaid(late), since, (day - since).days if since else 0),
        next_due=min((line.due for line in lines if line.due >= day), default=None),
        credit=credit,
    )


def _unpaid(lines: Iterable[Instalment]) -> Parts:
    total = [0, 0, 0, 0]
    for line in lines:
        for position, (owed, paid) in enumerate(zip(line.owed, line.paid, strict=True)):
            total[position] += owed - paid
    return Parts(*total)
