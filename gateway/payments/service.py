"""Relays payments that parties signed; keeps mandates and orders for early repayment until they are used."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.history import Entry, payload
from chain.ledger.orders import EarlyRepayment, Mandate, MandateRevocation, Payment
from chain.ledger.payloads import MandateRevoked
from chain.ledger.roles import Role
from chain.ledger.terms import EarlyKind, Terms
from gateway.account_statements import early_orders
from gateway.account_statements.tables import EarlyOrderRow
from gateway.authorisation import sight as see
from gateway.authorisation.sight import OfParty, Sight
from gateway.changes import Plan, link, loan_link
from gateway.database import now
from gateway.errors import EarlyKindNotAgreed, NotFound
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.hexes import hex_of
from gateway.indexer.tables import IndexedEntry
from gateway.loans.schemas import StepRequest
from gateway.money import money
from gateway.order_signatures import require_signature, standing_for
from gateway.orders import PreparedOrder, minor_of, prepared, typed
from gateway.outbox.tables import OutboxTransaction
from gateway.payments.schemas import (
    EarlyRepaymentRequest,
    EarlyRepaymentResource,
    EarlyRepayments,
    EarlyRepaymentTerms,
    MandateRequest,
    MandateResource,
    Mandates,
    MandateTerms,
    PaymentRequest,
    PaymentTerms,
    RevocationRequest,
)
from gateway.payments.tables import MandateRow
from gateway.seat import Seat


def prepare_payment(seat: Seat, loan: str, request: PaymentTerms) -> PreparedOrder:
    """The document that the payer signs. Changes nothing."""
    return prepared(seat, _payment(seat, loan, request))


def plan_payment(seat: Seat, loan: str, request: PaymentRequest) -> Plan:
    """Pays from the payer's own tokens."""
    seat.outbox.allow(("LoanEscrow", "pay"))
    payment = _payment(seat, loan, request)
    require_signature(seat, payment, request.signature, "signature", payment.payer)
    call = calls.pay(payment, request.expected_history_length, raw(request.signature))
    return Plan(loan_link(loan), [call])


def prepare_mandate(seat: Seat, loan: str, request: MandateTerms) -> PreparedOrder:
    """The document that the payer signs. Changes nothing."""
    return prepared(seat, _mandate(seat, loan, request))


def plan_mandate(seat: Seat, loan: str, request: MandateRequest) -> Plan:
    """Keeps a mandate. Raises NotFound for an unknown loan."""
    seat.outbox.allow(("LoanEscrow", "payByMandate"))
    mandate = _mandate(seat, loan, request)
    identifier, _ = typed(seat, mandate)
    with seat.database.read() as session:
        _terms(session, loan)
    require_signature(seat, mandate, request.signature, "signature", mandate.payer)
    row = MandateRow(
        id=identifier, loan=loan, payer=mandate.payer, limit=mandate.limit, salt=request.salt,
        valid_through=request.valid_through, signature=request.signature, created_at=now(),
    )  # fmt: skip

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        session.merge(row)

    shown = _show_mandate(row, seat.currency, revoked=False)
    return Plan(link("mandate", identifier, f"loans/{loan}/mandates"), record=record, body=shown)


def mandates(seat: Seat, sight: Sight, loan: str) -> Mandates:
    """Those that this seat keeps and that are seen."""
    with seat.database.read() as session:
        revoked = _revoked(session, loan)
        query = select(MandateRow).where(MandateRow.loan == loan, see.mandates(sight))
        rows = session.scalars(query.order_by(MandateRow.created_at))
        return Mandates(items=[_show_mandate(row, seat.currency, revoked=row.id in revoked) for row in rows])


def plan_mandate_payment(seat: Seat, loan: str, mandate: str, request: StepRequest) -> Plan:
    """Pays what is due now by a mandate kept here. Raises NotFound."""
    seat.outbox.allow(("LoanEscrow", "payByMandate"))
    row = _mandate_row(seat, loan, mandate)
    call = calls.pay_by_mandate(_mandate_of(row), request.expected_history_length, raw(row.signature))
    return Plan(loan_link(loan), [call])


def prepare_revocation(seat: Seat, loan: str, mandate: str) -> PreparedOrder:
    """The document by whose signature the payer ends the mandate. Changes nothing. Raises NotFound."""
    _mandate_row(seat, loan, mandate)
    return prepared(seat, MandateRevocation(raw(mandate)))


def plan_revocation(seat: Seat, loan: str, mandate: str, request: RevocationRequest) -> Plan:
    """Ends a mandate. Raises NotFound."""
    seat.outbox.allow(("LoanEscrow", "revokeMandate"))
    row = _mandate_row(seat, loan, mandate)
    with seat.database.read() as session:
        payers = standing_for(session, row.payer)
    require_signature(seat, MandateRevocation(raw(mandate)), request.signature, "signature", *payers)
    call = calls.revoke_mandate(_mandate_of(row), request.expected_history_length, raw(request.signature))
    return Plan(loan_link(loan), [call])


def prepare_early(seat: Seat, loan: str, request: EarlyRepaymentTerms) -> PreparedOrder:
    """The document that the borrower signs. Changes nothing."""
    return prepared(seat, _early(loan, request))


def plan_early(seat: Seat, loan: str, request: EarlyRepaymentRequest) -> Plan:
    """Keeps an order at the bank. Raises NotFound, EarlyKindNotAgreed, SignerWrong."""
    seat.require(Role.BANK)
    order = _early(loan, request)
    identifier, _ = typed(seat, order)
    with seat.database.read() as session:
        terms = _terms(session, loan)
        borrowers = standing_for(session, terms.borrower)
    if not terms.payments.early_kinds & order.kind:
        raise EarlyKindNotAgreed(kind=order.kind.name, loan=loan)
    require_signature(seat, order, request.signature, "signature", borrowers[-1])
    row = EarlyOrderRow(
        id=identifier, loan=loan, kind=request.kind, salt=request.salt, valid_through=request.valid_through,
        signature=request.signature, status="open", created_at=now(),
    )  # fmt: skip

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        if session.get(EarlyOrderRow, identifier) is None:
            session.add(row)

    return Plan(
        link("early_repayment", identifier, f"loans/{loan}/early-repayments"), record=record, body=_show_early(row)
    )


def early_repayments(seat: Seat, sight: Sight, loan: str) -> EarlyRepayments:
    """Those that this seat keeps; of parties, they concern the borrower only."""
    seat.require(Role.BANK)
    with seat.database.read() as session:
        row = index.loan(session, loan)
        if isinstance(sight, OfParty) and (row is None or row.borrower not in sight.addresses):
            return EarlyRepayments(items=[])
        return EarlyRepayments(items=[_show_early(row) for row in early_orders.of_loan(session, loan)])


def _payment(seat: Seat, loan: str, request: PaymentTerms) -> Payment:
    amount = minor_of(seat, "amount", request.amount)
    return Payment(raw(loan), request.payer, amount, raw(request.salt), request.valid_through)


def _mandate(seat: Seat, loan: str, request: MandateTerms) -> Mandate:
    limit = minor_of(seat, "limit", request.limit)
    return Mandate(raw(loan), request.payer, limit, raw(request.salt), request.valid_through)


def _mandate_of(row: MandateRow) -> Mandate:
    return Mandate(raw(row.loan), row.payer, row.limit, raw(row.salt), row.valid_through)


def _early(loan: str, request: EarlyRepaymentTerms) -> EarlyRepayment:
    return EarlyRepayment(raw(loan), EarlyKind[request.kind], raw(request.salt), request.valid_through)


def _mandate_row(seat: Seat, loan: str, mandate: str) -> MandateRow:
    with seat.database.read() as session:
        row = session.get(MandateRow, mandate)
    if row is None or row.loan != loan:
        raise NotFound(resource="mandate", id=mandate)
    return row


def _terms(session: Session, loan: str) -> Terms:
    row = index.loan(session, loan)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return Terms.from_json(row.terms)


def _revoked(session: Session, loan: str) -> set[str]:
    query = select(IndexedEntry).where(IndexedEntry.loan == loan, IndexedEntry.kind == int(Entry.MANDATE_REVOKED))
    values = (payload(index.history_entry(row)) for row in session.scalars(query))
    return {hex_of(value.mandate) for value in values if isinstance(value, MandateRevoked)}


def _show_mandate(row: MandateRow, currency: str, *, revoked: bool) -> MandateResource:
    return MandateResource(
        id=row.id,
        loan=row.loan,
        payer=row.payer,
        limit=money(row.limit, currency),
        valid_through=row.valid_through,
        status="revoked" if revoked else "open",
    )


def _show_early(row: EarlyOrderRow) -> EarlyRepaymentResource:
    return EarlyRepaymentResource(
        id=row.id,
        loan=row.loan,
        kind=row.kind,  # type: ignore[arg-type]
        valid_through=row.valid_through,
        status=row.status,  # type: ignore[arg-type]
        statement=row.statement,
        entry=row.entry,
    )
