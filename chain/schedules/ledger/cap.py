"""The discounted rate-cap check on a table, in the same whole numbers as the contracts.

All rows, fees included, are discounted at the cap to the first day and must not be worth more than the money received.
The discount factor is the product over the rows of 1 + cap * days / 365.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from chain.schedules.ledger.errors import AboveRateCap
from chain.schedules.ledger.rounding import NANO
from chain.schedules.ledger.rows import Row

_BITS = 64
_YEAR = 365 * NANO


def worth_at(rows: Sequence[Row], start: date, cap_nano: int) -> Fraction:
    """What all rows are worth on `start`, in minor units, at a cap in 1e-9 per year. From the last row to the first;
    each division rounds down by less than 2^-64. Days before the start discount nothing."""
    worth = 0
    for index in reversed(range(len(rows))):
        since = max(start, rows[index - 1].due) if index else start
        days = max(0, (rows[index].due - since).days)
        worth = (worth + (rows[index].total << _BITS)) * _YEAR // (_YEAR + cap_nano * days)
    return Fraction(worth, 1 << _BITS)


def check_rate_cap(rows: Sequence[Row], start: date, received: int, cap_nano: int) -> None:
    """Raises AboveRateCap if the rows are worth more than `received` minor units; one for each row is allowed, for
    rounding."""
    worth = worth_at(rows, start, cap_nano)
    if worth > received + len(rows):
        raise AboveRateCap(worth=int(worth) + 1, received=received)
