"""Asks the bank for later tranches, and closes the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.orders import Drawdown
from chain.ledger.schedule import Row, build_segment_rows
from chain.ledger.structs import Segment
from chain.ledger.terms import Terms
from chain.model.errors import Refused
from chain.model.events import tranche_row
from gateway.approvals.actions import Operation, builds
from gateway.approvals.releases import send_or_propose
from gateway.authorisation.guard import Access
from gateway.changes import Plan, loan_link
from gateway.drawdowns.schemas import DrawdownRequest, DrawdownTerms
from gateway.errors import NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.loans.accounts import account_of
from gateway.loans.schemas import StepRequest
from gateway.order_signatures import require_signature, standing_for
from gateway.orders import PreparedOrder, minor_of, prepared
from gateway.seat import Seat

DRAWDOWN: Final = "drawdown"


def prepare(seat: Seat, loan: str, request: DrawdownTerms) -> PreparedOrder:
    """The document that the borrower signs. Changes nothing."""
    return prepared(seat, _drawdown(seat, loan, request))


def plan_draw(seat: Seat, access: Access, loan: str, request: DrawdownRequest) -> Plan:
    """Asks the bank to pay a tranche out; above the seat's limit once another person has approved it."""
    seat.outbox.allow(("LoanEscrow", "draw"))
    with seat.database.read() as session:
        borrowers = standing_for(session, _loan(session, loan).borrower)
    require_signature(seat, _drawdown(seat, loan, request), request.signature, "signature", *borrowers)
    body = {"loan": loan, **request.model_dump(mode="json")}
    return send_or_propose(seat, access, DRAWDOWN, body, loan_link(loan), loan)


@builds(DRAWDOWN)
def drawing(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """A later tranche, with its rows as they would stand from the business date. request: loan and DrawdownRequest."""
    given = dict(request)
    loan = _loan(session, given.pop("loan"))
    body = DrawdownRequest.model_validate(given)
    drawdown = _drawdown(seat, loan.id, body)
    rows = _rows(seat, session, loan, drawdown.amount)
    call = calls.draw(Terms.from_json(loan.terms), body.expected_history_length, drawdown, raw(body.signature), rows)
    readable = {
        "operation": "ask the bank to pay a later tranche out",
        "loan": loan.number,
        "borrower": loan.borrower,
        "amount": f"{body.amount.amount} {body.amount.currency}",
    }
    return Operation(call, readable, second_key=False)


def plan_closing(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Gives what was not drawn back to the units."""
    seat.outbox.allow(("LoanEscrow", "closeDrawing"))
    with seat.database.read() as session:
        terms = Terms.from_json(_loan(session, loan).terms)
    return Plan(loan_link(loan), [calls.close_drawing(terms, raw(loan), request.expected_history_length)])


def _rows(seat: Seat, session: Session, loan: IndexedLoan, amount: int) -> tuple[Row, ...]:
    if loan.start is None:
        raise RequestInvalid(reason="the loan has not been paid out yet")
    day = seat.node.ledger.business_date()
    found = account_of(seat, session, loan)
    try:
        first = tranche_row(found.terms, found.account, day)
    except Refused as refused:
        raise RequestInvalid(reason=f"no row is left that a tranche of {day} could be repaid by") from refused
    segment = Segment(amount, loan.start, day, first, 0, fees=False)
    return build_segment_rows(Terms.from_json(loan.terms), segment)


def _drawdown(seat: Seat, loan: str, request: DrawdownTerms) -> Drawdown:
    return Drawdown(raw(loan), minor_of(seat, "amount", request.amount), raw(request.salt), request.valid_through)


def _loan(session: Session, loan: str) -> IndexedLoan:
    row = index.loan(session, loan)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return row
