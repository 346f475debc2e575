"""The rows of a schedule, the methods that make them and the check that every schedule must pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import Enum

from chain.schedules.ledger.errors import RowsInvalid


class Method(Enum):
    """How principal is repaid."""

    EQUAL_INSTALMENT = "equal_instalment"  # 等额本息: the same sum every period, the last one not above it
    EQUAL_PRINCIPAL = "equal_principal"  # 等额本金: the same principal every period
    INTEREST_ONLY = "interest_only"  # 先息后本: interest every period, principal with the last one
    SINGLE_PAYMENT = "single_payment"  # 到期一次还本付息: everything on the last day
    CUSTOM = "custom"  # rows given, their hash in the terms that the borrower signed


@dataclass(frozen=True, slots=True)
class Row:
    """One instalment: what is due on `due`, in minor units. `fee`: what its payees are owed on top."""

    due: date
    principal: int
    interest: int
    fee: int = 0

    @property
    def amount(self) -> int:
        """Principal and interest together, in minor units."""
        return self.principal + self.interest

    @property
    def total(self) -> int:
        """All that falls due with the row, fee included, in minor units."""
        return self.principal + self.interest + self.fee


def check(rows: Iterable[Row], principal: int, start: date) -> tuple[Row, ...]:
    """`rows` unchanged, once they are shown to be a schedule: dates rise from after `start`, nothing is negative and
    the principal parts add up to `principal` exactly. Raises RowsInvalid with the first thing found wrong."""
    checked = tuple(rows)
    before = start
    for number, row in enumerate(checked, 1):
        if row.due <= before:
            raise RowsInvalid(reason=f"row {number} is due {row.due}, which is not after {before}")
        if row.principal < 0 or row.interest < 0 or row.fee < 0:
            raise RowsInvalid(reason=f"row {number} has a negative amount")
        before = row.due
    total = sum(row.principal for row in checked)
    if total != principal:
        raise RowsInvalid(reason=f"the principal of all rows is {total}, but {principal} is repaid")
    return checked
