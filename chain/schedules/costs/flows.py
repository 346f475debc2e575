"""The money that moves between lender and borrower, by day: what every cost figure is computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chain.schedules.errors import TermInvalid
from chain.schedules.ledger import Row


@dataclass(frozen=True, slots=True)
class Flow:
    """An amount in minor units on a day."""

    day: date
    amount: int


@dataclass(frozen=True, slots=True)
class Flows:
    """received: what the borrower gets. paid: all that the borrower pays, with fees. Both in order of their days."""

    received: tuple[Flow, ...]
    paid: tuple[Flow, ...]

    @property
    def start(self) -> date:
        """The first day on which the borrower gets money."""
        return self.received[0].day

    @property
    def total_cost(self) -> int:
        """Everything paid beyond what was received, in minor units."""
        return sum(flow.amount for flow in self.paid) - sum(flow.amount for flow in self.received)


def flows_of(payouts: Iterable[Flow], rows: Iterable[Row], fees: Iterable[Flow]) -> Flows:
    """The flows of an offer: payouts, the rows of its schedule and its fees."""
    received = tuple(sorted(payouts, key=lambda flow: flow.day))
    if not received or sum(flow.amount for flow in received) <= 0:
        raise TermInvalid(term="principal", reason="the borrower receives nothing")
    paid = (*(Flow(row.due, row.amount) for row in rows), *fees)
    return Flows(received, tuple(sorted((flow for flow in paid if flow.amount), key=lambda flow: flow.day)))
