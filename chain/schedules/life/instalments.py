"""What an instalment owes and what was paid on it, by kind of amount. Values only: a payment makes a new instalment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """The kinds of amount that a payment can meet."""

    PENALTY = "penalty"
    FEE = "fee"
    INTEREST = "interest"
    PRINCIPAL = "principal"


class Parts(NamedTuple):
    """An amount split by kind, in minor units."""

    penalty: int = 0
    fee: int = 0
    interest: int = 0
    principal: int = 0

    def of(self, kind: Kind) -> int:
        """The part of one kind."""
        return self[_POSITION[kind]]

    def plus(self, kind: Kind, amount: int) -> Parts:
        """The same parts with `amount` added to one kind."""
        values = list(self)
        values[_POSITION[kind]] += amount
        return Parts(*values)

    @property
    def total(self) -> int:
        """All kinds together."""
        return sum(self)


_POSITION = {Kind.PENALTY: 0, Kind.FEE: 1, Kind.INTEREST: 2, Kind.PRINCIPAL: 3}


@dataclass(frozen=True, slots=True)
class Instalment:
    """One line of the schedule in life: interest counts from `start`, the money is due on `due`.

    in_advance, late: how much of what was paid came before, or after, the due date. met_on: the day on which it was
    paid in full. down_payment: due at once when money is disbursed. additional: holds the charges that fall due after
    the last line.
    """

    start: date
    due: date
    owed: Parts
    paid: Parts = field(default_factory=Parts)
    in_advance: int = 0
    late: int = 0
    met_on: date | None = None
    down_payment: bool = False
    additional: bool = False

    def outstanding(self, kind: Kind) -> int:
        """What is still owed of one kind."""
        return self.owed.of(kind) - self.paid.of(kind)

    @property
    def unpaid(self) -> int:
        """What is still owed of all kinds."""
        return self.owed.total - self.paid.total

    def pay(self, kinds: Iterable[Kind], amount: int, day: date) -> tuple[Instalment, int]:
        """Meet the kinds in turn with at most `amount` on `day`; returns the instalment and what was used."""
        paid, used = self.paid, 0
        for kind in kinds:
            part = min(self.owed.of(kind) - paid.of(kind), amount - used)
            if part > 0:
                paid, used = paid.plus(kind, part), used + part
        if not used:
            return self, 0
        return (
            replace(
                self,
                paid=paid,
                in_advance=self.in_advance + (used if day < self.due else 0),
                late=self.late + (used if day > self.due else 0),
                met_on=day if paid.total == self.owed.total else None,
            ),
            used,
        )


def charged(instalments: tuple[Instalment, ...], kind: Kind, amount: int, due: date) -> tuple[Instalment, ...]:
    """The instalments with a charge added to the one in whose period (start excluded, due included) it falls due.

    A charge due on the first day belongs to the first period; one due after the last line gets a line of its own behind
    it, shared by all such charges and due with the latest. Down payments carry no charges. Source: Apache Fineract,
    LoanRepaymentScheduleProcessingWrapper, and the "N+1" instalment of Loan.addLoanCharge.
    """
    lines = list(instalments)
    regular = [index for index, line in enumerate(lines) if not line.down_payment and not line.additional]
    for number, index in enumerate(regular):
        line = lines[index]
        if line.start < due <= line.due or (number == 0 and due <= line.start):
            lines[index] = replace(line, owed=line.owed.plus(kind, amount), met_on=None)
            return tuple(lines)
    for index, line in enumerate(lines):
        if line.additional:
            lines[index] = replace(line, owed=line.owed.plus(kind, amount), due=max(line.due, due), met_on=None)
            return tuple(lines)
    last = max(line.due for line in lines)
    return (*lines, Instalment(start=last, due=due, owed=Parts().plus(kind, amount), additional=True))
