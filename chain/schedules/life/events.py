"""Events of a loan with a fixed schedule, and their replay: instalments, payments and charges to balances on a day.

Nothing accrued is stored. A payment that must go before others is replayed in its place, so a reversal is the list of
events without it. Payments of one day are met in the order in which they are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from chain.schedules.ledger.rows import Row
from chain.schedules.life.balances import Balances, balances_on
from chain.schedules.life.instalments import Instalment, Kind, Parts, charged


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that counts on `day` (its value date), in minor units."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Charge:
    """A fee or penalty of `amount` minor units that falls due on `due`. `kind` is FEE or PENALTY."""

    due: date
    kind: Kind
    amount: int


class PaymentOrder(Protocol):
    """A rule that spreads a payment over instalments: `SequentialOrder` or `Allocation`."""

    def pay(self, instalments: tuple[Instalment, ...], amount: int, day: date) -> tuple[tuple[Instalment, ...], int]:
        """The instalments after the payment, and what nobody could take."""
        ...


def instalments_of(rows: Iterable[Row], start: date) -> tuple[Instalment, ...]:
    """The instalments of a schedule's rows, nothing paid. `start` is the day from which interest counts."""
    lines, before = [], start
    for row in rows:
        lines.append(Instalment(start=before, due=row.due, owed=Parts(interest=row.interest, principal=row.principal)))
        before = row.due
    return tuple(lines)


def replay(
    instalments: tuple[Instalment, ...],
    charges: Sequence[Charge],
    payments: Sequence[Payment],
    order: PaymentOrder,
    day: date,
) -> tuple[tuple[Instalment, ...], Balances]:
    """The instalments and balances on `day` after all charges, and the payments that count up to and on that day."""
    lines = instalments
    for charge in charges:
        lines = charged(lines, charge.kind, charge.amount, charge.due)
    credit = 0
    for payment in sorted((payment for payment in payments if payment.day <= day), key=lambda payment: payment.day):
        lines, left = order.pay(lines, payment.amount, payment.day)
        credit += left
    return lines, balances_on(lines, day, credit)
