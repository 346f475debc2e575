"""Events of account statements: taken in, each entry's outcome, all posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from gateway.account_statements.tables import OPEN, StatementEntryRow
from gateway.events.service import publish


def taken_in(session: Session, number: int, statement_id: str, day: date) -> None:
    """Publishes that a statement was taken in."""
    _publish(session, "taken_in", number, statement_id, day)


def posted(session: Session, number: int, statement_id: str, day: date) -> None:
    """Publishes that every entry of a statement has its outcome."""
    _publish(session, "posted", number, statement_id, day)


def outcomes(
    session: Session, rows: Sequence[StatementEntryRow], before: Mapping[tuple[int, int], str], currency: str
) -> None:
    """Publishes the outcome of each entry that has another one than `before` (by statement and entry)."""
    for row in rows:
        if row.posting in OPEN or row.posting == before.get((row.statement, row.entry)):
            continue
        data = {
            "number": row.statement,
            "entry": row.entry,
            "posting": str(row.posting),
            "amount": {"amount": text_from_minor(row.amount), "currency": currency},
            "credit": row.credit,
            "meaning": row.meaning,
            "target": row.target,
            "reason": None if row.detail is None else str(row.detail.get("reason")),
        }
        of_loan = row.meaning in _OF_LOANS and (row.target or "").startswith("0x")  # or of a withdrawal
        loan = row.target if of_loan else None
        subject = f"account-statements/{row.statement}/entries/{row.entry}"
        publish(session, "account_statement.entry_posted", subject, data, loan=loan)


_OF_LOANS = ("LoanReceipt", "PayoutSettled", "PayoutReturned")


def _publish(session: Session, name: str, number: int, statement_id: str, day: date) -> None:
    data = {"number": number, "statement_id": statement_id, "date": day.isoformat()}
    publish(session, f"account_statement.{name}", f"account-statements/{number}", data)
