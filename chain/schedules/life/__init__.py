"""The life of a loan as events: pure functions from (instalments, payments, charges, day) to balances.

Amounts are integer minor units throughout. Nothing here reads a clock: the day is always an argument.
"""

from __future__ import annotations

from chain.schedules.life.allocation import Allocation, AllocationStep, Future, Processing, Timing
from chain.schedules.life.balances import Balances, Overdue, balances_on
from chain.schedules.life.events import Charge, Payment, PaymentOrder, instalments_of, replay
from chain.schedules.life.instalments import Instalment, Kind, Parts, charged
from chain.schedules.life.orders import ORDERS, SequentialOrder, order_named
from chain.schedules.life.penalty_interest import PenaltyRule, penalty_interest

__all__ = [
    "ORDERS",
    "Allocation",
    "AllocationStep",
    "Balances",
    "Charge",
    "Future",
    "Instalment",
    "Kind",
    "Overdue",
    "Parts",
    "Payment",
    "PaymentOrder",
    "PenaltyRule",
    "Processing",
    "SequentialOrder",
    "Timing",
    "balances_on",
    "charged",
    "instalments_of",
    "order_named",
    "penalty_interest",
    "replay",
]
