"""The ledger layer: schedules in integer minor units with one rounding per period, principal conserved."""

from __future__ import annotations

from chain.schedules.ledger.build import balances, build, level_instalment
from chain.schedules.ledger.errors import InstalmentsMissing, NegativeAmortisation, RowsInvalid
from chain.schedules.ledger.periods import DayCountRule, Period, due_date, periods
from chain.schedules.ledger.rounding import NANO, Rounding, divide, to_multiple
from chain.schedules.ledger.rows import Method, Row, check

__all__ = [
    "NANO",
    "DayCountRule",
    "InstalmentsMissing",
    "Method",
    "NegativeAmortisation",
    "Period",
    "Rounding",
    "Row",
    "RowsInvalid",
    "balances",
    "build",
    "check",
    "divide",
    "due_date",
    "level_instalment",
    "periods",
    "to_multiple",
]
