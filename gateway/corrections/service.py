"""Proposes corrections for a second person to approve. What a statement calls for, the desk proposes itself."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from chain.ledger.roles import Role
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.approvals.service import plan_proposal
from gateway.changes import Plan
from gateway.corrections.rebookings import INSERTION, REVERSAL
from gateway.corrections.schemas import InsertionRequest, ReversalRequest
from gateway.errors import CorrectionImpossible, NotFound
from gateway.outbox.tables import OutboxTransaction
from gateway.seat import Seat


def plan_reversal(seat: Seat, loan: str, request: ReversalRequest, principal: str) -> Plan:
    """Proposes to reverse a payment. Raises NotFound, CorrectionImpossible."""
    seat.require(Role.BANK)
    body = {
        "loan": loan,
        "seq": request.seq,
        "statement": request.debit.statement,
        "entry": request.debit.entry,
        "reason": request.reason,
    }
    plan = plan_proposal(seat, REVERSAL, body, principal, loan)
    return _holding(seat, plan, loan, [(request.debit.statement, request.debit.entry)])


def plan_insertion(seat: Seat, loan: str, request: InsertionRequest, principal: str) -> Plan:
    """Proposes to put booked credits in by their value dates. Raises NotFound, CorrectionImpossible."""
    seat.require(Role.BANK)
    places = [(place.statement, place.entry) for place in request.entries]
    plan = plan_proposal(seat, INSERTION, {"loan": loan, "entries": [list(place) for place in places]}, principal, loan)
    return _holding(seat, plan, loan, places)


def _holding(seat: Seat, plan: Plan, loan: str, places: Sequence[tuple[int, int]]) -> Plan:
    """The plan, with the entries waiting for what becomes of it. They must be left open, not in suspense or posted."""
    assert plan.record is not None, "a proposal is kept"
    keep = plan.record

    def record(session: Session, rows: Sequence[OutboxTransaction]) -> None:
        keep(session, rows)
        for place in places:
            entry = session.get(StatementEntryRow, place)
            if entry is None:
                raise NotFound(resource="entry", id="/".join(map(str, place)))
            open_debit = entry.posting == Posting.SUSPENSE and not entry.credit
            if not open_debit and entry.posting not in (Posting.PENDING, Posting.UNPLACED):
                raise CorrectionImpossible(loan=loan, reason=f"entry {place[0]}/{place[1]} is {entry.posting}")
            entry.proposal = plan.resource.id

    return Plan(plan.resource, record=record)
