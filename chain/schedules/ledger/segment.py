"""Segments of a table: the rows of a loan, of a later tranche, or of what remains after an early repayment, as the
contracts recompute them.

A segment's due days stay on the grid of the loan's first value date (its anchor), but its interest starts to count on a
day of its own, so its first period may be broken, short or long. Rounding is half-even, once per row. Custom rows are
given and not computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from chain.schedules.ledger.errors import InstalmentsMissing, LevelImpossible, NegativeAmortisation, RowsInvalid
from chain.schedules.ledger.periods import DayCountRule, Period, due_date, fraction
from chain.schedules.ledger.rounding import NANO, Rounding, divide
from chain.schedules.ledger.rows import Method, Row, check

MOST_ROWS = 360
"""Rows of a table at most. An instalment that is kept but never repays the balance within them is refused."""


class FeeKind(Enum):
    """When a fee falls due."""

    FIRST_INSTALMENT = "first_instalment"  # once, with the loan's first row
    EACH_INSTALMENT = "each_instalment"


@dataclass(frozen=True, slots=True)
class Fee:
    """A fee of the terms, in minor units each time it falls due."""

    kind: FeeKind
    amount: int


@dataclass(frozen=True, slots=True)
class TableRule:
    """What the terms say about rows. rate_nano: nominal rate, 1e-9 per year. SINGLE_PAYMENT: one instalment."""

    rate_nano: int
    method: Method
    day_count: DayCountRule
    instalments: int
    period_months: int
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """balance: minor units that the rows repay. anchor: the loan's first value date; row i (from 0) is due on anchor
    plus (i + 1) periods. start: the day from which interest counts. first: number of the first row in the loan's whole
    table. level: 0, or the instalment (EQUAL_INSTALMENT) or the part of principal (EQUAL_PRINCIPAL) that is kept, with
    as many rows as it takes. fees: whether the rows carry the terms' fees."""

    balance: int
    anchor: date
    start: date
    first: int = 0
    level: int = 0
    fees: bool = True


def build_segment(rule: TableRule, segment: Segment) -> tuple[Row, ...]:
    """The only right rows for (rule, segment). Raises InstalmentsMissing, LevelImpossible, NegativeAmortisation."""
    _check(rule, segment)
    if segment.level:
        parts = _kept(rule, segment)
    else:
        plan = [_period(rule, segment, index) for index in range(segment.first, rule.instalments)]
        parts = _PARTS[rule.method](rule, segment.balance, plan)
    rows = [
        Row(period.due, principal, interest, fee_of_row(rule, segment.first + index) if segment.fees else 0)
        for index, (period, principal, interest) in enumerate(parts)
    ]
    return check(rows, segment.balance, segment.start)


def fee_of_row(rule: TableRule, index: int) -> int:
    """All fees of row `index` (from 0) of the loan's whole table, in minor units."""
    return sum(fee.amount for fee in rule.fees if fee.kind is FeeKind.EACH_INSTALMENT or index == 0)


def due_day(rule: TableRule, anchor: date, index: int) -> date:
    """Due day of row `index` (from 0) of the loan's whole table; -1 gives the anchor."""
    return due_date(anchor, (index + 1) * rule.period_months)


def accrued(rule: TableRule, balance: int, since: date, until: date) -> int:
    """Interest on `balance` over a broken period, in minor units, rounded once."""
    return _interest(rule, balance, Period(since, until, *fraction(rule.day_count, since, until)))


def add_rows(table: Sequence[Row], added: Sequence[Row], index: int) -> tuple[Row, ...]:
    """`table` with the rows of a later tranche added, row by row, from `table[index]` on. Raises RowsInvalid unless
    they fall due on the same days to the end."""
    kept, last = tuple(table[:index]), tuple(table[index:])
    if [row.due for row in last] != [row.due for row in added]:
        raise RowsInvalid(reason="the tranche's rows fall due on other days than the table's")
    return kept + tuple(
        Row(a.due, a.principal + b.principal, a.interest + b.interest, a.fee + b.fee)
        for a, b in zip(last, added, strict=True)
    )


_Parts = list[tuple[Period, int, int]]


def _check(rule: TableRule, segment: Segment) -> None:
    if segment.balance < 0 or rule.rate_nano < 0 or segment.level < 0:
        raise InstalmentsMissing(term="balance, rate_nano and level", value="negative", expected="none below 0")
    if rule.method is Method.CUSTOM:
        raise InstalmentsMissing(term="method", value=rule.method.value, expected="a method that computes rows")
    if rule.period_months < 1:
        raise InstalmentsMissing(term="period_months", value=rule.period_months, expected="at least 1 month")
    if not 0 <= segment.first < rule.instalments or (rule.method is Method.SINGLE_PAYMENT and rule.instalments != 1):
        raise InstalmentsMissing(
            term="instalments", value=rule.instalments, expected=f"a row {segment.first + 1}, one for a single payment"
        )
    if due_day(rule, segment.anchor, segment.first) <= segment.start:
        raise InstalmentsMissing(term="start", value=segment.start, expected="a first row due after it")


def _period(rule: TableRule, segment: Segment, index: int) -> Period:
    """The period of row `index`; the first starts with the segment and is regular only if it starts on the grid."""
    grid, due = due_day(rule, segment.anchor, index - 1), due_day(rule, segment.anchor, index)
    since = segment.start if index == segment.first else grid
    return Period(since, due, *fraction(rule.day_count, since, due, rule.period_months if since == grid else 0))


def _interest(rule: TableRule, balance: int, period: Period) -> int:
    return divide(balance * rule.rate_nano * period.numerator, NANO * period.denominator, Rounding.HALF_EVEN)


def _equal_instalment(rule: TableRule, balance: int, plan: list[Period]) -> _Parts:
    """The smallest instalment that leaves a last one not above it."""
    level = _smallest(rule, balance, plan)
    parts: _Parts = []
    for period in plan[:-1]:
        charged = _interest(rule, balance, period)
        repaid = _repaid(level, charged, balance)
        parts.append((period, repaid, charged))
        balance -= repaid
    return [*parts, (plan[-1], balance, _interest(rule, balance, plan[-1]))]


def _repaid(level: int, charged: int, balance: int) -> int:
    """A period may be so long that its interest is above the instalment (the broken one that a segment starts with):
    its row then repays nothing and shows its interest alone."""
    return min(max(0, level - charged), balance)


def _smallest(rule: TableRule, balance: int, plan: list[Period]) -> int:
    """By bisection: what is left for the last row falls as the instalment rises, also under rounding."""
    low, high = 0, balance + sum(_interest(rule, balance, period) for period in plan)
    while low < high:
        middle = (low + high) // 2
        left = balance
        for period in plan[:-1]:
            left -= _repaid(middle, _interest(rule, left, period), left)
        if left + _interest(rule, left, plan[-1]) <= middle:
            high = middle
        else:
            low = middle + 1
    return low


def _equal_principal(rule: TableRule, balance: int, plan: list[Period]) -> _Parts:
    """Equal parts, rounded half-even once; the last row takes the rest."""
    part = divide(balance, len(plan), Rounding.HALF_EVEN)
    parts: _Parts = []
    for period in plan:
        repaid = balance if len(parts) == len(plan) - 1 else min(part, balance)
        parts.append((period, repaid, _interest(rule, balance, period)))
        balance -= repaid
    return parts


def _at_the_end(rule: TableRule, balance: int, plan: list[Period]) -> _Parts:
    return [(period, balance if period is plan[-1] else 0, _interest(rule, balance, period)) for period in plan]


_PARTS = {
    Method.EQUAL_INSTALMENT: _equal_instalment,
    Method.EQUAL_PRINCIPAL: _equal_principal,
    Method.INTEREST_ONLY: _at_the_end,
    Method.SINGLE_PAYMENT: _at_the_end,
}


def _kept(rule: TableRule, segment: Segment) -> _Parts:
    """Rows at the level that is kept, until nothing is left."""
    if rule.method not in {Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL}:
        raise LevelImpossible(level=segment.level, method=rule.method.value)
    balance, parts = segment.balance, list[tuple[Period, int, int]]()
    while balance or not parts:
        period = _period(rule, segment, segment.first + len(parts))
        charged = _interest(rule, balance, period)
        if rule.method is Method.EQUAL_PRINCIPAL:
            repaid = min(segment.level, balance)
        else:
            repaid = balance if balance + charged <= segment.level else _repaid(segment.level, charged, balance)
        if len(parts) == MOST_ROWS:
            raise NegativeAmortisation(instalment=segment.level, interest=charged, due=period.due)
        parts.append((period, repaid, charged))
        balance -= repaid
    return parts
