"""What the seat may do with loans: every change is a plan of calls, first checked against the role table.

Services build calls and refuse; they neither commit nor send. Limits and states are the contracts' business: a call
that the ledger refuses fails with the contract's own error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.ledger import calls
from chain.ledger.orders import Subscription
from chain.ledger.terms import Terms, loan_id
from gateway.approvals.actions import Operation, builds
from gateway.approvals.releases import amount_of, send_or_propose
from gateway.authorisation.guard import Access
from gateway.changes import Plan, loan_link
from gateway.errors import NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.indexer.tables import IndexedLoan
from gateway.loans import tables
from gateway.loans.earnings import claimable
from gateway.loans.schemas import (
    CancelRequest,
    FeeClaimRequest,
    LendersRequest,
    Prepared,
    PreparedSubscription,
    PreparedSubscriptions,
    ProposeRequest,
    StepRequest,
    SubscriptionsPrepareRequest,
    SubscriptionsRequest,
    SubscriptionTerms,
)
from gateway.loans.terms import custom_rows, terms_of
from gateway.loans.terms_schemas import TermsRequest
from gateway.order_signatures import require_signature
from gateway.orders import typed
from gateway.outbox.tables import OutboxTransaction
from gateway.seat import Seat

DISBURSEMENT: Final = "disbursement"


def prepare(seat: Seat, request: TermsRequest) -> Prepared:
    """The loan's id and the document that the borrower signs. Changes nothing."""
    seat.outbox.allow(("LoanAgreements", "propose"))
    terms = terms_of(seat, request)
    identifier, document = typed(seat, terms)
    return Prepared(loan_id=identifier, typed_data=document, terms=terms.to_json())


def plan_proposal(seat: Seat, request: ProposeRequest) -> Plan:
    """Proposes the loan. The rows of a custom table are kept here, as the terms hold only their hash."""
    seat.outbox.allow(("LoanAgreements", "propose"))
    terms = terms_of(seat, request.terms)
    loan = loan_id(terms, seat.domain("LoanAgreements"))
    require_signature(seat, terms, request.borrower_signature, "borrower_signature", terms.borrower)
    rows = custom_rows(request.terms.schedule)

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        if rows:
            tables.keep_custom(session, rows)

    return Plan(loan_link(hex_of(loan)), [calls.propose(terms, raw(request.borrower_signature), loan)], record=record)


def prepare_subscriptions(seat: Seat, loan: str, request: SubscriptionsPrepareRequest) -> PreparedSubscriptions:
    """The documents that lenders sign. Changes nothing."""
    items = [
        PreparedSubscription(lender=item.lender, typed_data=typed(seat, _subscription(seat, loan, item))[1])
        for item in request.subscriptions
    ]
    return PreparedSubscriptions(items=items)


def plan_subscriptions(seat: Seat, loan: str, request: SubscriptionsRequest) -> Plan:
    """Takes signed subscriptions into escrow."""
    seat.outbox.allow(("LoanEscrow", "subscribe"))
    signed = [(_subscription(seat, loan, item), raw(item.signature)) for item in request.subscriptions]
    for place, (order, _) in enumerate(signed):
        signature = request.subscriptions[place].signature
        require_signature(seat, order, signature, f"subscriptions.{place}.signature", order.lender)
    return Plan(loan_link(loan), [calls.subscribe(raw(loan), request.expected_history_length, signed)])


def plan_cancellation(seat: Seat, loan: str, request: CancelRequest) -> Plan:
    """Ends the loan before disbursement is requested."""
    seat.outbox.allow(("LoanEscrow", "cancel"))
    reason = bytes(keccak(text=request.reason))
    return Plan(loan_link(loan), [calls.cancel(raw(loan), request.expected_history_length, reason)])


def plan_expiry(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Ends a loan that was not funded in time."""
    seat.outbox.allow(("LoanEscrow", "expire"))
    return Plan(loan_link(loan), [calls.expire(raw(loan), request.expected_history_length)])


def plan_refund(seat: Seat, loan: str, request: LendersRequest) -> Plan:
    """Gives subscriptions of a cancelled or expired loan back."""
    seat.outbox.allow(("LoanEscrow", "refund"))
    lenders = request.lenders or _unrefunded(seat, loan)
    return Plan(loan_link(loan), [calls.refund(raw(loan), request.expected_history_length, lenders)])


def plan_disbursement(seat: Seat, access: Access, loan: str, request: StepRequest) -> Plan:
    """Asks the bank to pay the first tranche out; above the seat's limit once another person has approved it."""
    seat.outbox.allow(("LoanEscrow", "disburse"))
    body = {"loan": loan, **request.model_dump(mode="json")}
    return send_or_propose(seat, access, DISBURSEMENT, body, loan_link(loan), loan)


@builds(DISBURSEMENT)
def disbursement(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """The first payout, with the table as it would stand from the business date. request: loan and history length."""
    loan = _loan(session, request["loan"])
    terms = Terms.from_json(loan.terms)
    rows = tables.first_rows(seat, session, loan.id, terms, seat.node.ledger.business_date())
    call = calls.disburse(terms, raw(loan.id), request["expected_history_length"], rows)
    readable = {
        "operation": "ask the bank to pay a loan out",
        "loan": loan.number,
        "borrower": loan.borrower,
        "amount": f"{text_from_minor(amount_of(call))} {loan.currency}",
    }
    return Operation(call, readable, second_key=False)


def plan_claim(seat: Seat, loan: str, request: LendersRequest) -> Plan:
    """Pays lenders what their units have earned."""
    seat.outbox.allow(("LoanEscrow", "claim"))
    lenders = request.lenders or _with_claims(seat, loan)
    return Plan(loan_link(loan), [calls.claim(raw(loan), request.expected_history_length, lenders)])


def plan_fee_claim(seat: Seat, loan: str, request: FeeClaimRequest) -> Plan:
    """Pays a payee of fees what was collected for it."""
    seat.outbox.allow(("LoanEscrow", "claimFees"))
    terms = terms_of_loan(seat, loan)
    return Plan(loan_link(loan), [calls.claim_fees(terms, raw(loan), request.expected_history_length, request.payee)])


def plan_overpayment_release(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Pays the borrower what it overpaid, once the loan is closed."""
    seat.outbox.allow(("LoanEscrow", "releaseOverpayment"))
    return Plan(loan_link(loan), [calls.release_overpayment(raw(loan), request.expected_history_length)])


def plan_close(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Closes a repaid loan once the reversal window has passed."""
    seat.outbox.allow(("LoanEscrow", "close"))
    return Plan(loan_link(loan), [calls.close(raw(loan), request.expected_history_length)])


def plan_dust(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Moves a closed loan's dust to the risk reserve."""
    seat.outbox.allow(("LoanEscrow", "sweepDust"))
    return Plan(loan_link(loan), [calls.sweep_dust(raw(loan), request.expected_history_length)])


def terms_of_loan(seat: Seat, loan: str) -> Terms:
    """The agreed terms. Raises NotFound."""
    with seat.database.read() as session:
        return Terms.from_json(_loan(session, loan).terms)


def _subscription(seat: Seat, loan: str, item: SubscriptionTerms) -> Subscription:
    if item.amount.currency != seat.currency:
        raise RequestInvalid(reason=f"amount.currency: the ledger's currency is {seat.currency}")
    return Subscription(
        loan=raw(loan),
        lender=item.lender,
        amount=item.amount.minor,
        lender_class=item.lender_class,
        salt=raw(item.salt),
        valid_through=item.valid_through,
    )


def _loan(session: Session, loan: str) -> IndexedLoan:
    row = index.loan(session, loan)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return row


def _with_claims(seat: Seat, loan: str) -> list[str]:
    """Lenders with something to claim; once the loan is closed, all whose last claim is not paid, even of nothing."""
    with seat.database.read() as session:
        row = _loan(session, loan)
        closed = row.state == "Closed"
        found = [
            p.lender
            for p in index.positions(session, loan)
            if claimable(row, p) > 0 or (closed and p.units > 0 and not p.paid_out)
        ]
    if not found:
        raise RequestInvalid(reason="lenders: no lender of this loan has anything to claim")
    return found


def _unrefunded(seat: Seat, loan: str) -> list[str]:
    with seat.database.read() as session:
        _loan(session, loan)
        found = [p.lender for p in index.positions(session, loan) if not p.refunded]
    if not found:
        raise RequestInvalid(reason="lenders: no lender of this loan has anything to get back")
    return found
