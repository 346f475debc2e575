"""From terms to the rows that the contracts accept: the bridge between signed terms and the schedule arithmetic."""

from __future__ import annotations

from datetime import date

from chain.ledger.days import day_number
from chain.ledger.terms import DayCount, Method, Terms
from chain.schedules import ledger
from chain.schedules.ledger import Row

_METHODS = {
    Method.EQUAL_INSTALMENT: ledger.Method.EQUAL_INSTALMENT,
    Method.INTEREST_ONLY_BULLET: ledger.Method.INTEREST_ONLY,
}
_DAY_COUNTS = {
    DayCount.MONTHLY_12: ledger.DayCountRule.MONTHS_12,
    DayCount.ACT_365: ledger.DayCountRule.ACTUAL_365,
    DayCount.ACT_360: ledger.DayCountRule.ACTUAL_360,
}


def build_rows(terms: Terms, start: date) -> tuple[Row, ...]:
    """The only right rows for (terms, start); `start` is the payout's value date. Amounts in minor units."""
    return ledger.build(
        principal=terms.principal,
        rate_nano=terms.pricing.rate_nano,
        method=_METHODS[terms.schedule.method],
        day_count=_DAY_COUNTS[terms.pricing.day_count],
        instalments=terms.schedule.instalments,
        period_months=terms.schedule.period_months,
        start=start,
    )


def abi_rows(rows: tuple[Row, ...]) -> list[tuple[int, int, int]]:
    """As the contracts take them: due day, principal, interest."""
    return [(day_number(row.due), row.principal, row.interest) for row in rows]
