"""Reads and writes of statements and entries, and the views that `chain.bank` asks for. Never commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.bank.amounts import Minor
from chain.bank.classification import Lender, Loan, Payout, Receipt
from chain.bank.posting import PostedStatement
from chain.bank.references import CreditorReference
from gateway.account_statements.tables import OPEN, Posting, StatementEntryRow, StatementRow
from gateway.indexer.tables import IndexedLoan
from gateway.parties import repository as parties
from gateway.payout_instructions import repository as payouts

_TAKES_REPAYMENTS = ("Disbursing", "Active", "Repaid", "Closed")


def get(session: Session, number: int) -> StatementRow | None:
    """By its number."""
    return session.get(StatementRow, number)


def last(session: Session) -> StatementRow | None:
    """The newest."""
    return session.scalar(select(StatementRow).order_by(StatementRow.number.desc()).limit(1))


def newest_first(session: Session, before: int | None, limit: int) -> Sequence[StatementRow]:
    """Below the number `before`."""
    query = select(StatementRow)
    if before is not None:
        query = query.where(StatementRow.number < before)
    return session.scalars(query.order_by(StatementRow.number.desc()).limit(limit)).all()


def first_unfinished(session: Session) -> StatementRow | None:
    """The oldest that is still being posted."""
    query = select(StatementRow).where(StatementRow.status == "posting").order_by(StatementRow.number).limit(1)
    return session.scalar(query)


def entries(session: Session, number: int) -> Sequence[StatementEntryRow]:
    """Of a statement, in its order."""
    query = select(StatementEntryRow).where(StatementEntryRow.statement == number).order_by(StatementEntryRow.entry)
    return session.scalars(query).all()


def in_suspense(session: Session) -> Sequence[StatementEntryRow]:
    """All entries in suspense, oldest first."""
    query = select(StatementEntryRow).where(StatementEntryRow.posting == Posting.SUSPENSE)
    return session.scalars(query.order_by(StatementEntryRow.statement, StatementEntryRow.entry)).all()


def by_servicer_reference(session: Session, reference: str) -> Sequence[StatementEntryRow]:
    """Booked entries under the bank's reference."""
    query = select(StatementEntryRow).where(
        StatementEntryRow.servicer_reference == reference, StatementEntryRow.booked.is_(True)
    )
    return session.scalars(query).all()


def open_entries(rows: Sequence[StatementEntryRow]) -> list[StatementEntryRow]:
    """Those that have not ended."""
    return [row for row in rows if row.posting in OPEN]


class StoredStatements:
    """The posted chain of statements, as `chain.bank.posting` asks for it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def last(self) -> PostedStatement | None:
        """The newest, None before the first."""
        row = last(self._session)
        return None if row is None else _posted(row)

    def by_sequence(self, sequence_number: int) -> PostedStatement | None:
        """The one of that number, None if not posted."""
        row = get(self._session, sequence_number)
        return None if row is None else _posted(row)

    def statement_of_entry(self, account_servicer_reference: str) -> int | None:
        """The statement from which the entry was posted as booked."""
        found = by_servicer_reference(self._session, account_servicer_reference)
        return found[0].statement if found else None


class StoredDirectory:
    """What references belong to, as `chain.bank.classification` asks for it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lenders(self, reference: CreditorReference) -> Sequence[Lender]:
        """Parties whose deposit reference it is."""
        return [
            Lender(subject=record.subject, account=record.account_number)
            for record in parties.by_deposit_reference(self._session, reference)
        ]

    def loans(self, reference: CreditorReference) -> Sequence[Loan]:
        """Loans whose repayment reference it is."""
        query = select(IndexedLoan).where(
            IndexedLoan.repayment_reference == reference, IndexedLoan.state.in_(_TAKES_REPAYMENTS)
        )
        found = []
        for row in self._session.scalars(query):
            borrower = parties.by_address(self._session, row.borrower)
            found.append(Loan(loan=row.id, borrower_account="" if borrower is None else borrower.account_number))
        return found

    def payouts(self, end_to_end_id: str) -> Sequence[Payout]:
        """Payouts instructed under that id."""
        return [
            Payout(end_to_end_id=item.end_to_end_id, loan=item.target, amount=Minor(item.amount))
            for item in payouts.by_end_to_end_id(self._session, end_to_end_id)
        ]

    def receipts(self, account_servicer_reference: str) -> Sequence[Receipt]:
        """Credits posted, or held in suspense, under the bank's reference."""
        return [
            Receipt(account_servicer_reference=row.servicer_reference, amount=Minor(row.amount))
            for row in by_servicer_reference(self._session, account_servicer_reference)
            if row.credit and row.kind == "credit"
        ]


def _posted(row: StatementRow) -> PostedStatement:
    return PostedStatement(
        sequence_number=row.number, date=row.date, closing=row.closing, file_hash=bytes.fromhex(row.file_hash[2:])
    )
