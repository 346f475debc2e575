"""Due dates and period lengths of the book's loans. Source: Apache Fineract, DefaultScheduledDateGenerator."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Context, Decimal
from itertools import pairwise

from chain.schedules.book.terms import BookTerms, Unit
from chain.schedules.ledger.periods import due_date

_DAYS = {Unit.DAYS: 1, Unit.WEEKS: 7}
_MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}


def due(terms: BookTerms, start: date, number: int) -> date:
    """The due date of the instalment `number` (1 is the first). Months are anchored on the day of `start`
    (CalendarUtils.adjustDate)."""
    steps = number * terms.every
    if terms.unit in _MONTHS:
        return due_date(start, steps * _MONTHS[terms.unit])
    return start + timedelta(days=steps * _DAYS[terms.unit])


def spans(terms: BookTerms, start: date) -> tuple[tuple[date, date], ...]:
    """The periods (from, due) of all instalments. A shifted due date anchors those after it (Fineract,
    LoanTermVariationType.DUE_DATE as made by a reschedule request)."""
    shifts = dict(terms.shifts)
    ends, anchor, steps = [start], start, 0
    for _ in range(terms.count):
        steps += 1
        end = due(terms, anchor, steps)
        if end in shifts:
            anchor, steps, end = shifts[end], 0, shifts[end]
        ends.append(end)
    return tuple(pairwise(ends))


def units_between(terms: BookTerms, start: date, end: date, arithmetic: Context) -> Decimal:
    """How many repayment units (days, weeks, months, years) lie between two dates, parts of a unit included.

    Source: Fineract, LoanApplicationTerms.calculatePeriodsBetweenDates: whole units, then days over the unit's days.
    """
    if terms.unit in _DAYS:
        return arithmetic.divide(Decimal((end - start).days), Decimal(_DAYS[terms.unit]))
    months = _MONTHS[terms.unit]
    whole = 0
    while due_date(start, (whole + 1) * months) <= end:
        whole += 1
    low, high = due_date(start, whole * months), due_date(start, (whole + 1) * months)
    return whole + arithmetic.divide(Decimal((end - low).days), Decimal((high - low).days))
