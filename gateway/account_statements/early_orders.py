"""Borrowers' signed orders for early repayments, kept at the bank until a receipt carries them out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.ledger.orders import EarlyRepayment
from chain.ledger.terms import EarlyKind
from gateway.account_statements.tables import EarlyOrderRow
from gateway.fields import raw


def standing(session: Session, loan: str, today: date) -> EarlyOrderRow | None:
    """The oldest open order of the loan that may still be used; those past their last day are closed."""
    found = None
    for row in of_loan(session, loan):
        if row.status == "open" and row.valid_through < today:
            row.status = "expired"
        elif row.status == "open" and found is None:
            found = row
    return found


def of_loan(session: Session, loan: str) -> Sequence[EarlyOrderRow]:
    """All orders of a loan, oldest first."""
    query = select(EarlyOrderRow).where(EarlyOrderRow.loan == loan).order_by(EarlyOrderRow.created_at)
    return session.scalars(query).all()


def carried_out_by(session: Session, statement: int, entry: int) -> EarlyOrderRow | None:
    """The order that an entry was sent to carry out."""
    query = select(EarlyOrderRow).where(EarlyOrderRow.statement == statement, EarlyOrderRow.entry == entry)
    return session.scalar(query.limit(1))


def order_of(row: EarlyOrderRow) -> EarlyRepayment:
    """The order as the borrower signed it."""
    return EarlyRepayment(raw(row.loan), EarlyKind[row.kind], raw(row.salt), row.valid_through)
