"""What the seat may do with loans: every change is a plan of calls, first checked against the role table.

Services build calls and refuse; they neither commit nor send. Limits and states are the contracts' business: a call
that the ledger refuses fails with the contract's own error.
"""

from __future__ import annotations

from eth_utils.crypto import keccak

from chain.ledger import calls
from chain.ledger.terms import (
    ContractText,
    DayCount,
    Method,
    Pricing,
    ScheduleRule,
    Subscription,
    Terms,
    loan_id,
    regime_id,
    subscription_typed_data,
    terms_typed_data,
)
from gateway.changes import Plan, loan_link
from gateway.errors import NotFound, RequestInvalid, SeatNotAllowed
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.indexer.tables import IndexedLoan
from gateway.loans.schemas import (
    CancelRequest,
    LendersRequest,
    Prepared,
    PreparedSubscription,
    PreparedSubscriptions,
    ProposeRequest,
    StepRequest,
    SubscriptionsPrepareRequest,
    SubscriptionsRequest,
    SubscriptionTerms,
    TermsRequest,
)
from gateway.rates import nano_of
from gateway.seat import Seat

_MONTHS = 12
_MAX_RATE_NANO = 2**64 - 1


def terms_of(seat: Seat, request: TermsRequest) -> Terms:
    """The terms as the ledger takes them; this seat's member is the platform."""
    member = seat.member()
    if member is None:
        raise SeatNotAllowed(
            seat=seat.settings.seat, role=seat.role.value, contract="LoanAgreements", function="propose"
        )
    if request.principal.currency != seat.currency:
        raise RequestInvalid(reason=f"principal.currency: the ledger's currency is {seat.currency}")
    rate = nano_of(request.pricing.rate) * (_MONTHS if request.pricing.per == "month" else 1)
    if rate > _MAX_RATE_NANO:
        raise RequestInvalid(reason="pricing.rate: too high to be written")
    return Terms(
        platform=member.root,
        borrower=request.borrower,
        currency=request.principal.currency,
        principal=request.principal.minor,
        regime=regime_id(request.regime),
        funding_deadline=request.funding_deadline,
        text=ContractText(
            number=request.text.number,
            salt=raw(request.text.salt),
            text_hash=raw(request.text.text_hash),
            cid_commitment=raw(request.text.cid_commitment),
        ),
        pricing=Pricing(rate, DayCount[request.pricing.day_count]),
        schedule=ScheduleRule(
            Method[request.schedule.method], request.schedule.instalments, request.schedule.period_months
        ),
    )


def prepare(seat: Seat, request: TermsRequest) -> Prepared:
    """The loan's id and the document that the borrower signs. Changes nothing."""
    seat.outbox.allow(("LoanAgreements", "propose"))
    terms = terms_of(seat, request)
    domain = seat.domain("LoanAgreements")
    return Prepared(
        loan_id=hex_of(loan_id(terms, domain)), typed_data=terms_typed_data(terms, domain), terms=terms.to_json()
    )


def plan_proposal(seat: Seat, request: ProposeRequest) -> Plan:
    """Proposes the loan."""
    seat.outbox.allow(("LoanAgreements", "propose"))
    terms = terms_of(seat, request.terms)
    loan = loan_id(terms, seat.domain("LoanAgreements"))
    return Plan(loan_link(hex_of(loan)), [calls.propose(terms, raw(request.borrower_signature), loan)])


def prepare_subscriptions(seat: Seat, loan: str, request: SubscriptionsPrepareRequest) -> PreparedSubscriptions:
    """The documents that lenders sign. Changes nothing."""
    domain = seat.domain("LoanEscrow")
    items = [
        PreparedSubscription(
            lender=item.lender, typed_data=subscription_typed_data(_subscription(seat, loan, item), domain)
        )
        for item in request.subscriptions
    ]
    return PreparedSubscriptions(items=items)


def plan_subscriptions(seat: Seat, loan: str, request: SubscriptionsRequest) -> Plan:
    """Takes signed subscriptions into escrow."""
    seat.outbox.allow(("LoanEscrow", "subscribe"))
    signed = [(_subscription(seat, loan, item), raw(item.signature)) for item in request.subscriptions]
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


def plan_disbursement(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Asks the bank to pay the principal out."""
    seat.outbox.allow(("LoanEscrow", "disburse"))
    return Plan(loan_link(loan), [calls.disburse(raw(loan), request.expected_history_length)])


def plan_claim(seat: Seat, loan: str, request: LendersRequest) -> Plan:
    """Pays lenders what their units have earned."""
    seat.outbox.allow(("LoanEscrow", "claim"))
    lenders = request.lenders or _with_claims(seat, loan)
    return Plan(loan_link(loan), [calls.claim(raw(loan), request.expected_history_length, lenders)])


def plan_close(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Closes a repaid loan once the reversal window has passed."""
    seat.outbox.allow(("LoanEscrow", "close"))
    return Plan(loan_link(loan), [calls.close(raw(loan), request.expected_history_length)])


def plan_dust(seat: Seat, loan: str, request: StepRequest) -> Plan:
    """Moves a closed loan's dust to the risk reserve."""
    seat.outbox.allow(("LoanEscrow", "sweepDust"))
    return Plan(loan_link(loan), [calls.sweep_dust(raw(loan), request.expected_history_length)])


def claimable(loan: IndexedLoan, units: int, claimed: int) -> int:
    """What a position has earned and not yet claimed: floor(units * distributed / principal) - claimed, minor units."""
    return units * loan.distributed // loan.principal - claimed


def _subscription(seat: Seat, loan: str, item: SubscriptionTerms) -> Subscription:
    if item.amount.currency != seat.currency:
        raise RequestInvalid(reason=f"amount.currency: the ledger's currency is {seat.currency}")
    return Subscription(
        loan=raw(loan),
        lender=item.lender,
        amount=item.amount.minor,
        salt=raw(item.salt),
        valid_through=item.valid_through,
    )


def _with_claims(seat: Seat, loan: str) -> list[str]:
    with seat.database.read() as session:
        row = index.loan(session, loan)
        if row is None:
            raise NotFound(resource="loan", id=loan)
        positions = index.positions(session, loan)
        found = [p.lender for p in positions if claimable(row, p.units, p.claimed) > 0]
    if not found:
        raise RequestInvalid(reason="lenders: no lender of this loan has anything to claim")
    return found


def _unrefunded(seat: Seat, loan: str) -> list[str]:
    with seat.database.read() as session:
        if index.loan(session, loan) is None:
            raise NotFound(resource="loan", id=loan)
        found = [p.lender for p in index.positions(session, loan) if not p.refunded]
    if not found:
        raise RequestInvalid(reason="lenders: no lender of this loan has anything to get back")
    return found
