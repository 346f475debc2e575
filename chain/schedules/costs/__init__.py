"""What a loan costs the borrower, comparable between offers: effective annual rate, APR, total cost, rate caps."""

from __future__ import annotations

from chain.schedules.costs.caps import JUDICIAL_MULTIPLE, CapCheck, check_cap, within_cap
from chain.schedules.costs.flows import Flow, Flows, flows_of
from chain.schedules.costs.rates import (
    Costs,
    RateUnsolvable,
    annual_percentage_rate,
    costs_of,
    effective_annual_rate,
    periodic_rate,
)

__all__ = [
    "JUDICIAL_MULTIPLE",
    "CapCheck",
    "Costs",
    "Flow",
    "Flows",
    "RateUnsolvable",
    "annual_percentage_rate",
    "check_cap",
    "costs_of",
    "effective_annual_rate",
    "flows_of",
    "periodic_rate",
    "within_cap",
]
