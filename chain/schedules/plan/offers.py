"""An offer as the borrower sees it: every row with its balance and payable-by day, and what the loan costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chain.schedules.costs import CapCheck, Costs, Flow, check_cap, costs_of, flows_of
from chain.schedules.ledger import Row
from chain.schedules.plan.offer_terms import OfferTerms
from chain.schedules.plan.plan import plan


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One row. balance: principal outstanding after it, in minor units. payable_by: the next working day, or the due
    date where the offer names no calendar. announced: whether the calendar of its year was known."""

    row: Row
    balance: int
    payable_by: date
    announced: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A computed offer. cap: the check against the LPR where the offer gives one."""

    terms: OfferTerms
    rows: tuple[OfferRow, ...]
    costs: Costs
    cap: CapCheck | None


def compute_offer(terms: OfferTerms) -> Offer:
    """All figures of an offer, exact to the minor unit."""
    loan = terms.plan
    payouts = [Flow(loan.start, loan.principal), *(Flow(tranche.day, tranche.amount) for tranche in loan.tranches)]
    rows = plan(loan)
    flows = flows_of(payouts, rows, terms.fees)
    shown, repaid = [], 0
    for row in rows:
        repaid += row.principal
        out = sum(flow.amount for flow in payouts if flow.day <= row.due) - repaid
        days = terms.working_days
        shown.append(
            OfferRow(row, out, days.payable_by(row.due) if days else row.due, days.known(row.due) if days else True)
        )
    cap = None if terms.lpr_nano is None else check_cap(flows, terms.lpr_nano)
    return Offer(terms, tuple(shown), costs_of(flows), cap)
