"""Loans as callers see them, from this seat's own index."""

from __future__ import annotations

from typing import Any

from chain.ledger.calls import DocumentKind
from chain.ledger.history import HistoryEntry, payload_fields
from chain.ledger.schedule import build_rows
from chain.ledger.terms import Terms
from gateway.errors import LoanUnreadable, NotFound
from gateway.indexer import repository as index
from gateway.indexer.projection import UNREADABLE, hex_of
from gateway.indexer.tables import IndexedDocument, IndexedEntry, IndexedLoan, IndexedUnreadable
from gateway.loans.schemas import (
    DocumentOnLoan,
    HistoryEntryResource,
    HistoryHead,
    Loan,
    LoanDocuments,
    LoanTermsResource,
    Position,
    Positions,
    Row,
    Schedule,
)
from gateway.loans.service import claimable
from gateway.money import money
from gateway.pages import Page, number_cursor, page, text_cursor
from gateway.rates import rate_text
from gateway.seat import Seat


def list_loans(
    seat: Seat, cursor: str | None, limit: int, state: str | None, number: str | None, borrower: str | None
) -> Page[Loan]:
    """In the order in which they were proposed."""
    with seat.database.read() as session:
        rows = index.loans(
            session, after=text_cursor(cursor), limit=limit + 1, state=state, number=number, borrower=borrower
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
    terms = Terms.from_json(row.terms)
    currency = row.currency
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
        outstanding=money(row.outstanding, currency),
        interest_paid=money(row.interest_paid, currency),
        principal_paid=money(row.principal_paid, currency),
        paid=money(row.interest_paid + row.principal_paid, currency),
        funding_deadline=terms.funding_deadline,
        start=row.start,
        last_value_date=row.last_value_date,
        repaid_on=row.repaid_on,
        terms=LoanTermsResource(
            regime=hex_of(terms.regime),
            rate=rate_text(terms.pricing.rate_nano),
            day_count=terms.pricing.day_count.name,
            method=terms.schedule.method.name,
            instalments=terms.schedule.instalments,
            period_months=terms.schedule.period_months,
            text_hash=hex_of(terms.text.text_hash),
            cid_commitment=hex_of(terms.text.cid_commitment),
        ),
        history=HistoryHead(
            length=row.length, head=row.head, last_block=row.last_block, confirmed=row.last_block <= confirmed
        ),
        unreadable=None if flagged is None else f"entry {flagged.seq}: {flagged.reason}",
    )


def history(seat: Seat, loan: str, cursor: str | None, limit: int) -> Page[HistoryEntryResource]:
    """Entries in order, each checked against its head when it was indexed."""
    with seat.database.read() as session:
        if index.loan(session, loan) is None and not index.unreadable(session, [loan]):
            raise NotFound(resource="loan", id=loan)
        rows = index.entries(session, loan, number_cursor(cursor) or 0, limit + 1)
    return page(rows, limit, lambda row: _show_entry(row, seat.heights.confirmed), lambda row: row.seq)


def schedule(seat: Seat, loan: str) -> Schedule:
    """The rows and how far they are paid. Raises NotFound before disbursement."""
    row = _row(seat, loan)
    if row.start is None:
        raise NotFound(resource="schedule of loan", id=loan)
    left = paid = row.interest_paid + row.principal_paid
    total = 0
    shown: list[Row] = []
    for number, instalment in enumerate(build_rows(Terms.from_json(row.terms), row.start), start=1):
        due = instalment.principal + instalment.interest
        part = min(left, due)
        left -= part
        total += due
        shown.append(
            Row(
                number=number,
                due=instalment.due,
                principal=money(instalment.principal, row.currency),
                interest=money(instalment.interest, row.currency),
                total=money(due, row.currency),
                paid=money(part, row.currency),
                settled=part == due,
            )
        )
    return Schedule(
        start=row.start,
        rows=shown,
        total=money(total, row.currency),
        paid=money(paid, row.currency),
        remaining=money(total - paid, row.currency),
    )


def positions(seat: Seat, loan: str) -> Positions:
    """What each lender holds."""
    row = _row(seat, loan)
    with seat.database.read() as session:
        found = index.positions(session, loan)
    return Positions(
        items=[
            Position(
                lender=p.lender,
                subject=p.subject,
                units=money(p.units, row.currency),
                claimed=money(p.claimed, row.currency),
                claimable=money(claimable(row, p.units, p.claimed), row.currency),
                refunded=p.refunded,
            )
            for p in found
        ]
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


def _show_entry(row: IndexedEntry, confirmed: int) -> HistoryEntryResource:
    entry = index.history_entry(row)
    return HistoryEntryResource(
        seq=row.seq,
        day=row.day,
        kind="".join(word.capitalize() for word in entry.kind.name.split("_")),
        actor=row.actor,
        payload=hex_of(row.payload),
        values=_values(entry),
        head=row.head,
        block=row.block,
        tx=row.tx,
        confirmed=row.block <= confirmed,
    )


def _values(entry: HistoryEntry) -> dict[str, Any]:
    try:
        return {name: _plain(value) for name, value in payload_fields(entry).items()}
    except UNREADABLE:
        return {}  # the payload is shown as recorded


def _show_document(row: IndexedDocument) -> DocumentOnLoan:
    return DocumentOnLoan(
        document_id=row.document,
        kind=DocumentKind(row.kind).name,  # type: ignore[arg-type]
        size=row.size,
        content_hash=row.content_hash,
        cid_commitment=row.cid_commitment,
        seq=row.seq,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return hex_of(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
