"""What lenders add to a standard loan: grace, balloon, tranches, steps, floating rates, changes in life."""

from __future__ import annotations

from chain.schedules.plan.changes import (
    Effect,
    Settlement,
    State,
    pay_off,
    repay_early,
    reset_rate,
    restructure,
    state_after,
)
from chain.schedules.plan.floating import Fixing, Floating, rate_steps
from chain.schedules.plan.plan import plan, rows_of
from chain.schedules.plan.terms import InterestGrace, PlanTerms, RateStep, Tranche
from chain.schedules.plan.working_days import WEEKDAYS, WorkingDays, announced_by

__all__ = [
    "WEEKDAYS",
    "Effect",
    "Fixing",
    "Floating",
    "InterestGrace",
    "PlanTerms",
    "RateStep",
    "Settlement",
    "State",
    "Tranche",
    "WorkingDays",
    "announced_by",
    "pay_off",
    "plan",
    "rate_steps",
    "repay_early",
    "reset_rate",
    "restructure",
    "rows_of",
    "state_after",
]
