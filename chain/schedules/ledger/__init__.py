"""The ledger layer: schedules in integer minor units with one rounding per period, principal conserved."""

from __future__ import annotations

from chain.schedules.ledger.build import balances, build, level_instalment
from chain.schedules.ledger.cap import check_rate_cap, worth_at
from chain.schedules.ledger.errors import (
    AboveRateCap,
    InstalmentsMissing,
    LevelImpossible,
    NegativeAmortisation,
    RowsInvalid,
)
from chain.schedules.ledger.periods import DayCountRule, Period, due_date, fraction, periods
from chain.schedules.ledger.rounding import NANO, Rounding, divide, to_multiple
from chain.schedules.ledger.rows import Method, Row, check
from chain.schedules.ledger.segment import (
    Fee,
    FeeKind,
    Segment,
    TableRule,
    accrued,
    add_rows,
    build_segment,
    due_day,
    fee_of_row,
)

__all__ = [
    "NANO",
    "AboveRateCap",
    "DayCountRule",
    "Fee",
    "FeeKind",
    "InstalmentsMissing",
    "LevelImpossible",
    "Method",
    "NegativeAmortisation",
    "Period",
    "Rounding",
    "Row",
    "RowsInvalid",
    "Segment",
    "TableRule",
    "accrued",
    "add_rows",
    "balances",
    "build",
    "build_segment",
    "check",
    "check_rate_cap",
    "divide",
    "due_date",
    "due_day",
    "fee_of_row",
    "fraction",
    "level_instalment",
    "periods",
    "to_multiple",
    "worth_at",
]
