"""The lines of a planned schedule: disbursements, down payments and instalments as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chain.schedules.life import Future


@dataclass(frozen=True, slots=True)
class Tranche:
    """Money paid out to the borrower on `day`, in minor units."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received from the borrower on `day`, in minor units. future: the rule for what comes in advance where this
    receipt has its own."""

    day: date
    amount: int
    future: Future | None = None


@dataclass(frozen=True, slots=True)
class PayOff:
    """Everything is paid on `day`: what is owed then, interest up to that day."""

    day: date


@dataclass(frozen=True, slots=True)
class ReAge:
    """On `day` all unpaid principal moves to `dues`, new instalments in equal parts."""

    day: date
    dues: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One planned instalment in minor units. down_payment: due at once on the day of a disbursement. extra: an
    interest-only line after the last due date of an overdue loan."""

    start: date
    due: date
    principal: int
    interest: int
    down_payment: bool = False
    extra: bool = False


PlanEntry = Tranche | Line
Movement = Tranche | Receipt | PayOff | ReAge
