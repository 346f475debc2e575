"""Builds the opening of a running loan; the platform keeps it until the bank's approval is on the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.orders import Opening, OpeningPosition, positions_hash
from chain.ledger.schedule import Row, table_hash
from chain.ledger.terms import Terms
from gateway.approvals.actions import Operation, builds
from gateway.approvals.service import plan_proposal
from gateway.changes import Plan
from gateway.errors import NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.openings.schemas import OpeningRequest, OpeningTerms
from gateway.order_signatures import require_signature, standing_for
from gateway.orders import PreparedOrder, prepared
from gateway.seat import Seat

OPENING = "opening"


def prepare(seat: Seat, loan: str, request: OpeningTerms) -> PreparedOrder:
    """The document that the borrower and every lender sign. Changes nothing."""
    return prepared(seat, _opening(loan, request))


def plan_opening(seat: Seat, loan: str, request: OpeningRequest, principal: str) -> Plan:
    """Keeps the opening until the bank has approved it on the ledger. Raises NotFound, RequestInvalid."""
    seat.outbox.allow(("LoanEscrow", "openRunning"))
    order = _opening(loan, request)
    with seat.database.read() as session:
        found = index.loan(session, loan)
        if found is None:
            raise NotFound(resource="loan", id=loan)
        borrowers = standing_for(session, found.borrower)
    require_signature(seat, order, request.borrower_signature, "borrower_signature", *borrowers)
    for place, (position, signature) in enumerate(zip(request.positions, request.lender_signatures, strict=False)):
        require_signature(seat, order, signature, f"lender_signatures.{place}", position.lender)
    return plan_proposal(seat, OPENING, {"loan": loan, **request.model_dump(mode="json")}, principal, loan)


@builds(OPENING)
def opening(_: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Takes a running loan of an old book in, with the bank's approval."""
    given = dict(request)
    loan_id = given.pop("loan")
    body = OpeningRequest.model_validate(given)
    loan = index.loan(session, loan_id)
    if loan is None:
        raise NotFound(resource="loan", id=loan_id)
    if len(body.lender_signatures) != len(body.positions):
        raise RequestInvalid(reason="lender_signatures: one for each position")
    call = calls.open_running(
        Terms.from_json(loan.terms),
        body.expected_history_length,
        _opening(loan_id, body),
        _rows(body),
        _positions(body),
        raw(body.borrower_signature),
        [raw(signature) for signature in body.lender_signatures],
    )
    readable = {
        "operation": "take a running loan in",
        "loan": loan.number,
        "outstanding": f"{body.outstanding.amount} {loan.currency}",
        "settled up to": body.last_value_date.isoformat(),
        "rows": str(len(body.rows)),
        "lenders": "; ".join(f"{p.lender}: {p.units.amount}" for p in body.positions),
        "needs": "the bank's approval of this action on the ledger",
    }
    return Operation(call, readable)


def _opening(loan: str, request: OpeningTerms) -> Opening:
    return Opening(
        loan=raw(loan),
        outstanding=request.outstanding.minor,
        last_value_date=request.last_value_date,
        table_hash=table_hash(_rows(request)),
        positions_hash=positions_hash(_positions(request)),
    )


def _rows(request: OpeningTerms) -> tuple[Row, ...]:
    return tuple(Row(row.due, row.principal.minor, row.interest.minor, row.fee.minor) for row in request.rows)


def _positions(request: OpeningTerms) -> tuple[OpeningPosition, ...]:
    return tuple(OpeningPosition(p.lender, p.units.minor, p.lender_class) for p in request.positions)
