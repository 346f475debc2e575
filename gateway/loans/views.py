"""Loans as callers see them, from this seat's own index."""

from __future__ import annotations

from sqlalchemy.orm import Session

from chain.ledger.calls import DocumentKind
from chain.ledger.terms import EarlyKind, Terms
from chain.model.account import amount_of
from chain.model.terms import Kind
from gateway.authorisation import sight as see
from gateway.authorisation.sight import Sight
from gateway.errors import LoanUnreadable, NotFound
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.indexer.tables import IndexedDocument, IndexedEntry, IndexedLoan, IndexedPosition, IndexedUnreadable
from gateway.loans.accounts import account_of
from gateway.loans.earnings import claimable, denominator, numerator
from gateway.loans.payload_values import readable
from gateway.loans.schemas import (
    DocumentOnLoan,
    FeeResource,
    HistoryEntryResource,
    HistoryHead,
    Loan,
    LoanDocuments,
    LoanTermsResource,
    PaymentRuleResource,
    Position,
    Positions,
    Row,
    Schedule,
)
from gateway.money import money
from gateway.pages import Page, number_cursor, page, text_cursor
from gateway.rates import rate_text
from gateway.seat import Seat


def list_loans(
    seat: Seat,
    sight: Sight,
    cursor: str | None,
    limit: int,
    state: str | None = None,
    number: str | None = None,
    borrower: str | None = None,
) -> Page[Loan]:
    """Those that are seen, in the order in which they were proposed."""
    with seat.database.read() as session:
        rows = index.loans(
            session,
            after=text_cursor(cursor),
            limit=limit + 1,
            state=state,
            number=number,
            borrower=borrower,
            seen=see.loans(sight),
        )
        flagged = index.unreadable(session, [row.id for row in rows])
    confirmed = seat.heights.confirmed
    return page(rows, limit, lambda row: show_loan(row, confirmed, flagged.get(row.id)), lambda row: row.position)


def get_loan(seat: Seat, loan: str) -> Loan:
    """Raises NotFound, and LoanUnreadable if its proposal can't be read."""
    with seat.database.read() as session:
        flagged = index.unreadable(session, [loan])
    return show_loan(_row(seat, loan), seat.heights.confirmed, flagged.get(loan))


def show_loan(row: IndexedLoan, confirmed: int, flagged: IndexedUnreadable | None = None) -> Loan:
    """An indexed loan on the wire."""
    currency = row.currency
    paid = row.principal_paid + row.interest_paid + row.penalty_paid + row.fees_paid
    return Loan(
        id=row.id,
        number=row.number,
        platform=row.platform,
        borrower=row.borrower,
        state=row.state,  # type: ignore[arg-type]
        payout=row.payout,  # type: ignore[arg-type]
        repayment_reference=row.repayment_reference,
        principal=money(row.principal, currency),
        subscribed=money(row.subscribed, currency),
        drawn=money(row.called - row.in_payout, currency),
        undrawn_returned=money(row.undrawn_returned, currency),
        outstanding=money(row.outstanding, currency),
        interest_paid=money(row.interest_paid, currency),
        principal_paid=money(row.principal_paid, currency),
        penalty_paid=money(row.penalty_paid, currency),
        fees_paid=money(row.fees_paid, currency),
        overpaid=money(row.overpaid, currency),
        bank_claim=money(row.bank_claim, currency),
        paid=money(paid, currency),
        funding_deadline=Terms.from_json(row.terms).funding_deadline,
        start=row.start,
        last_value_date=row.last_value_date,
        repaid_on=row.repaid_on,
        terms=show_terms(Terms.from_json(row.terms)),
        history=HistoryHead(
            length=row.length, head=row.head, last_block=row.last_block, confirmed=row.last_block <= confirmed
        ),
        unreadable=None if flagged is None else f"entry {flagged.seq}: {flagged.reason}",
    )


def show_terms(terms: Terms) -> LoanTermsResource:
    """Agreed terms on the wire."""
    schedule, payments = terms.schedule, terms.payments
    return LoanTermsResource(
        regime=hex_of(terms.regime),
        rate=rate_text(terms.pricing.rate_nano),
        day_count=terms.pricing.day_count.name,
        rate_shares=list(terms.pricing.rate_shares),
        method=schedule.method.name,
        instalments=schedule.instalments,
        period_months=schedule.period_months,
        first_tranche=money(schedule.first_tranche, terms.currency),
        available_through=schedule.available_through,
        table_hash=hex_of(schedule.table_hash) if any(schedule.table_hash) else None,
        payments=PaymentRuleResource(
            order=payments.order.name,
            kinds=payments.kinds.name,
            penalty_first=payments.penalty_first,
            penalty_base=payments.penalty_base.name,
            penalty_replaces=payments.penalty_replaces,
            penalty_rate=rate_text(payments.penalty_rate_nano),
            grace_days=payments.grace_days,
            early=[kind.name for kind in EarlyKind if payments.early_kinds & kind],
            early_fee=rate_text(payments.early_fee_nano),
            calendar=payments.calendar,
        ),
        fees=[
            FeeResource(kind=fee.kind.name, payee=fee.payee, amount=money(fee.amount, terms.currency))
            for fee in terms.fees
        ],
        text_hash=hex_of(terms.text.text_hash),
        cid_commitment=hex_of(terms.text.cid_commitment),
    )


def history(seat: Seat, loan: str, cursor: str | None, limit: int) -> Page[HistoryEntryResource]:
    """Entries in order, each checked against its head when it was indexed."""
    with seat.database.read() as session:
        if index.loan(session, loan) is None and not index.unreadable(session, [loan]):
            raise NotFound(resource="loan", id=loan)
        rows = index.entries(session, loan, number_cursor(cursor) or 0, limit + 1)
    return page(rows, limit, lambda row: _show_entry(row, seat.heights.confirmed, seat.currency), lambda row: row.seq)


def schedule(seat: Seat, loan: str) -> Schedule:
    """The running table and how far it is paid. Raises NotFound before disbursement."""
    row = _row(seat, loan)
    with seat.database.read() as session:
        found = account_of(seat, session, row)
    account, currency = found.account, row.currency
    repaid = row.state in ("Repaid", "Closed")
    shown: list[Row] = []
    for number, (instalment, owed) in enumerate(zip(account.rows, account.owed(), strict=True), account.offset + 1):
        due = sum(amount_of(instalment, kind) for kind in Kind)
        left = 0 if repaid else sum(owed.values())
        shown.append(
            Row(
                number=number,
                due=instalment.due,
                payable_by=found.payable_by(instalment.due),
                principal=money(instalment.principal, currency),
                interest=money(instalment.interest, currency),
                fee=money(instalment.fee, currency),
                total=money(due, currency),
                paid=money(due - sum(owed.values()), currency),
                settled=left == 0,
            )
        )
    total = sum(amount_of(instalment, kind) for instalment in account.rows for kind in Kind)
    unpaid = sum(sum(owed.values()) for owed in account.owed())
    return Schedule(
        start=account.start,
        rows=shown,
        total=money(total, currency),
        paid=money(total - unpaid, currency),
        remaining=money(0 if repaid else unpaid, currency),
    )


def positions(seat: Seat, loan: str) -> Positions:
    """What each lender holds."""
    row = _row(seat, loan)
    with seat.database.read() as session:
        return Positions(items=[_show_position(session, row, p) for p in index.positions(session, loan)])


def _show_position(session: Session, loan: IndexedLoan, position: IndexedPosition) -> Position:
    owed = numerator(loan, position) // denominator(loan) if loan.weighted else 0
    return Position(
        lender=index.account_of(session, position.subject) or position.lender,
        subject=position.subject,
        lender_class=position.lender_class,
        units=money(position.units, loan.currency),
        claimed=money(position.claimed, loan.currency),
        claimable=money(claimable(loan, position), loan.currency),
        owed=money(owed, loan.currency),
        refunded=position.refunded,
    )


def documents(seat: Seat, loan: str) -> LoanDocuments:
    """What was committed to the loan."""
    _row(seat, loan)
    with seat.database.read() as session:
        return LoanDocuments(items=[_show_document(row) for row in index.documents(session, loan)])


def _row(seat: Seat, loan: str) -> IndexedLoan:
    with seat.database.read() as session:
        row = index.loan(session, loan)
        flagged = index.unreadable(session, [loan]).get(loan)
    if row is None and flagged is not None:
        raise LoanUnreadable(id=loan, seq=flagged.seq, reason=flagged.reason)
    if row is None:
        raise NotFound(resource="loan", id=loan)
    return row


def _show_entry(row: IndexedEntry, confirmed: int, currency: str) -> HistoryEntryResource:
    entry = index.history_entry(row)
    return HistoryEntryResource(
        seq=row.seq,
        day=row.day,
        kind="".join(word.capitalize() for word in entry.kind.name.split("_")),
        actor=row.actor,
        payload=hex_of(row.payload),
        values=readable(entry, currency),
        head=row.head,
        block=row.block,
        tx=row.tx,
        confirmed=row.block <= confirmed,
    )


def _show_document(row: IndexedDocument) -> DocumentOnLoan:
    return DocumentOnLoan(
        document_id=row.document,
        kind=DocumentKind(row.kind).name,  # type: ignore[arg-type]
        size=row.size,
        content_hash=row.content_hash,
        cid_commitment=row.cid_commitment,
        seq=row.seq,
    )
