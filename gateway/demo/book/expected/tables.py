"""Repayment tables of the example book, worked out by hand in exact fractions, sharing no code with the product.

Rules: due day i = first value date + i periods of months, clipped to the month's end. Interest of a row = half-even
(balance x rate x fraction of the year), in minor units. Equal instalment = the smallest amount that leaves a last
instalment not above it; equal principal = half-even(balance / rows), the last takes the rest. A period of 1/12 that
doesn't start on the grid counts by 30E/360. Day counts are checked against QuantLib, equal instalments against
numpy-financial's annuity.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy_financial  # type: ignore[import-untyped]
import QuantLib as ql  # type: ignore[import-untyped]

_COUNTERS = {
    "A/360": ql.Actual360(),
    "A/365": ql.Actual365Fixed(),
    "30E/360": ql.Thirty360(ql.Thirty360.European),
    "A/A": ql.ActualActual(ql.ActualActual.ISDA),
}


@dataclass(frozen=True)
class Row:
    """One instalment, in minor units."""

    due: date
    principal: int
    interest: int
    fee: int


@dataclass(frozen=True)
class Rule:
    """What the terms say about a table. `rate`: per year, exact."""

    method: str
    day_count: str
    rate: Fraction
    months: int


def minor(text: str) -> int:
    """'5000.00' -> 500000."""
    value = Decimal(text) * 100
    assert value == value.to_integral_value(), text
    return int(value)


def text(amount: int) -> str:
    """500000 -> '5000.00'."""
    return str(Decimal(amount).scaleb(-2).quantize(Decimal("0.01")))


def later(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day; checked against QuantLib."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    found = date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    assert (ql.DateParser.parseISO(day.isoformat()) + ql.Period(months, ql.Months)).ISO() == found.isoformat()
    return found


def fraction(rule: Rule, start: date, end: date, *, whole: bool) -> Fraction:
    """The fraction of a year from `start` to `end`. whole: a period of the grid, which 1/12 counts by its months."""
    if rule.day_count == "1/12" and whole:
        return Fraction(rule.months, 12)
    days = (end - start).days
    if rule.day_count in ("1/12", "30E/360"):
        thirty = (end.year - start.year) * 360 + (end.month - start.month) * 30
        found = Fraction(thirty + min(end.day, 30) - min(start.day, 30), 360)
        name = "30E/360"
    elif rule.day_count == "A/A":
        found = Fraction(0)
        for year in range(start.year, end.year + 1):
            inside = (min(end, date(year + 1, 1, 1)) - max(start, date(year, 1, 1))).days
            found += Fraction(inside, 366 if calendar.isleap(year) else 365)
        name = "A/A"
    else:
        found, name = Fraction(days, int(rule.day_count[2:])), rule.day_count
    from_, to = (ql.DateParser.parseISO(day.isoformat()) for day in (start, end))
    assert abs(_COUNTERS[name].yearFraction(from_, to) - float(found)) < 1e-9
    return found


def interest(balance: int, rate: Fraction, part: Fraction) -> int:
    """half-even(balance x rate x part); `round` of a Fraction is half-even and exact."""
    return round(balance * rate * part)


def table(
    rule: Rule, balance: int, anchor: date, start: date, first: int, count: int, level: int | None = None
) -> list[Row]:
    """The rows that repay `balance` from `start` on, the first due at grid position `first` (0 = the loan's first).

    count: rows of the loan's whole table. level: the amount to keep, with as few rows as it takes.
    """
    due = [later(anchor, (i + 1) * rule.months) for i in range(first, count)]
    begins = [start, *due[:-1]]
    on_grid = later(anchor, first * rule.months)
    parts = [fraction(rule, a, b, whole=a != start or a == on_grid) for a, b in zip(begins, due, strict=True)]
    if rule.method in ("interest-only-bullet", "single-payment"):
        paid: list[int | None] = [0] * (len(due) - 1)
        return _run(rule, balance, due, parts, paid)
    if rule.method == "equal-principal":
        part = level or round(Fraction(balance, len(due)))
        if level:
            due = due[: -(-balance // level)]
        return _run(rule, balance, due, parts[: len(due)], [part] * (len(due) - 1))
    if level:
        return _shortened(rule, balance, due, parts, level)
    return _equal(rule, balance, due, parts, _smallest(rule, balance, due, parts))


def _run(
    rule: Rule, balance: int, due: Sequence[date], parts: Sequence[Fraction], repaid: Sequence[int | None]
) -> list[Row]:
    rows = []
    for day, part, given in itertools.zip_longest(due, parts, repaid):
        principal = balance if given is None else min(given, balance)
        rows.append(Row(day, principal, interest(balance, rule.rate, part), 0))
        balance -= principal
    assert balance == 0
    return rows


def _equal(rule: Rule, balance: int, due: Sequence[date], parts: Sequence[Fraction], amount: int) -> list[Row]:
    rows = []
    for day, part in zip(due, parts, strict=True):
        charged = interest(balance, rule.rate, part)
        principal = balance if day == due[-1] else min(amount - charged, balance)
        rows.append(Row(day, principal, charged, 0))
        balance -= principal
    return rows


def _smallest(rule: Rule, balance: int, due: Sequence[date], parts: Sequence[Fraction]) -> int:
    """The smallest instalment whose last one isn't above it, searched upwards from below the annuity."""

    def last(amount: int) -> int:
        row = _equal(rule, balance, due, parts, amount)[-1]
        return row.principal + row.interest

    discount, annuity = Fraction(1), Fraction(0)
    for part in parts:
        discount /= 1 + rule.rate * part
        annuity += discount
    exact = Fraction(balance) / annuity
    amount = int(exact) - len(due) - 2
    assert last(amount) > amount, "the search must start too low"
    while last(amount) > amount:
        amount += 1
    assert abs(amount - exact) < len(due) + 1
    if len(set(parts)) == 1:
        by_numpy = float(numpy_financial.pmt(float(rule.rate * parts[0]), len(due), -balance))
        assert abs(by_numpy - amount) < len(due) + 1, (by_numpy, amount)
    return amount


def _shortened(rule: Rule, balance: int, due: Sequence[date], parts: Sequence[Fraction], level: int) -> list[Row]:
    for rows in range(1, len(due) + 1):
        found = _equal(rule, balance, due[:rows], parts[:rows], level)
        if found[-1].principal + found[-1].interest <= level:
            return found
    raise AssertionError("the level keeps more rows than there were")
