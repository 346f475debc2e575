"""From terms to the rows that the contracts accept, and rows in the forms that contracts hold them in.

The bridge between signed terms and the schedule arithmetic, which knows neither. A row in code is one 32-byte word:
due day (4 bytes) | principal (9) | interest (10) | fee (9), after one zero byte that keeps the code from being run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from eth_utils.crypto import keccak

from chain.ledger.days import day_number, day_of
from chain.ledger.structs import Segment
from chain.ledger.terms import DayCount, FeeKind, Method, Terms
from chain.schedules import ledger
from chain.schedules.ledger import Row, TableRule

__all__ = [
    "Row",
    "abi_rows",
    "build_rows",
    "build_segment_rows",
    "pack_rows",
    "rows_from_abi",
    "table_hash",
    "table_rule",
    "unpack_rows",
    "whole_table",
]

ROW_BYTES = 32
_METHODS = {
    Method.EQUAL_INSTALMENT: ledger.Method.EQUAL_INSTALMENT,
    Method.INTEREST_ONLY_BULLET: ledger.Method.INTEREST_ONLY,
    Method.EQUAL_PRINCIPAL: ledger.Method.EQUAL_PRINCIPAL,
    Method.SINGLE_PAYMENT: ledger.Method.SINGLE_PAYMENT,
    Method.CUSTOM: ledger.Method.CUSTOM,
}
_DAY_COUNTS = {
    DayCount.MONTHLY_12: ledger.DayCountRule.MONTHS_12,
    DayCount.ACT_365: ledger.DayCountRule.ACTUAL_365,
    DayCount.ACT_360: ledger.DayCountRule.ACTUAL_360,
    DayCount.THIRTY_360_E: ledger.DayCountRule.THIRTY_360E,
    DayCount.ACT_ACT: ledger.DayCountRule.ACT_ACT,
}
_FEE_KINDS = {
    FeeKind.FIRST_INSTALMENT: ledger.FeeKind.FIRST_INSTALMENT,
    FeeKind.EACH_INSTALMENT: ledger.FeeKind.EACH_INSTALMENT,
}


def table_rule(terms: Terms) -> TableRule:
    """What the terms say about rows, as the schedule arithmetic takes it."""
    return TableRule(
        rate_nano=terms.pricing.rate_nano,
        method=_METHODS[terms.schedule.method],
        day_count=_DAY_COUNTS[terms.pricing.day_count],
        instalments=terms.schedule.instalments,
        period_months=terms.schedule.period_months,
        fees=tuple(ledger.Fee(_FEE_KINDS[fee.kind], fee.amount) for fee in terms.fees),
    )


def whole_table(terms: Terms, start: date) -> Segment:
    """The segment of a loan's first payout: all rows, for the first tranche, with the fees."""
    return Segment(balance=terms.schedule.first_tranche, anchor=start, start=start, first=0, level=0, fees=True)


def build_rows(terms: Terms, start: date) -> tuple[Row, ...]:
    """The only right rows of the first payout; `start` is its value date. Amounts in minor units.

    Raises InstalmentsMissing for a custom table, whose rows are given.
    """
    return build_segment_rows(terms, whole_table(terms, start))


def build_segment_rows(terms: Terms, segment: Segment) -> tuple[Row, ...]:
    """The only right rows for (terms, segment). Raises what `chain.schedules.ledger.build_segment` raises."""
    return ledger.build_segment(
        table_rule(terms),
        ledger.Segment(
            balance=segment.balance,
            anchor=segment.anchor,
            start=segment.start,
            first=segment.first,
            level=segment.level,
            fees=segment.fees,
        ),
    )


def abi_rows(rows: Sequence[Row]) -> list[tuple[int, int, int, int]]:
    """As the contracts take them: due day, principal, interest, fee."""
    return [(day_number(row.due), row.principal, row.interest, row.fee) for row in rows]


def rows_from_abi(values: Sequence[tuple[int, int, int, int]]) -> tuple[Row, ...]:
    """From the tuples that the contracts give."""
    return tuple(Row(due=day_of(due), principal=p, interest=i, fee=fee) for due, p, i, fee in values)


def pack_rows(rows: Sequence[Row]) -> bytes:
    """The rows as code holds them, one 32-byte word each."""
    return b"".join(
        day_number(row.due).to_bytes(4, "big")
        + row.principal.to_bytes(9, "big")
        + row.interest.to_bytes(10, "big")
        + row.fee.to_bytes(9, "big")
        for row in rows
    )


def unpack_rows(packed: bytes) -> tuple[Row, ...]:
    """The rows of `pack_rows`'s form; ValueError for a length that is no whole number of rows."""
    if len(packed) % ROW_BYTES:
        raise ValueError(f"{len(packed)} bytes are no whole number of rows")
    words = [packed[at : at + ROW_BYTES] for at in range(0, len(packed), ROW_BYTES)]
    number = int.from_bytes
    return tuple(
        Row(day_of(number(w[:4], "big")), number(w[4:13], "big"), number(w[13:23], "big"), number(w[23:], "big"))
        for w in words
    )


def table_hash(rows: Sequence[Row]) -> bytes:
    """keccak256 of the packed rows: what custom terms and openings name."""
    return bytes(keccak(pack_rows(rows)))
