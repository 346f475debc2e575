"""What an account statement does with entries that were booked as repayments before it came: it takes them over.

The statement is refused while such a repayment is still on its way. One that says something else than the statement, or
that the statement does not know, is kept as it stands on the ledger and marked: the day-end shows what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.bank.account_statement import AccountStatement
from chain.bank.amounts import text_from_minor
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.outbox.states import stored_error
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.repayments.errors import EntryDiffers, NotStated, RepaymentsUnderWay
from gateway.repayments.tables import RepaymentRow, RepaymentStatus


@dataclass(frozen=True)
class Booked:
    """Repayments that were booked by a statement's entries, by entry number."""

    rows: Mapping[int, RepaymentRow]

    def take_over(self, entry: StatementEntryRow) -> None:
        """Has the statement's entry stand for the repayment that was booked by it, if there is one."""
        row = self.rows.get(entry.entry)
        if row is None:
            return
        said = _said(entry.amount, entry.value_date.isoformat(), entry.servicer_reference)
        booked = _said(row.amount, row.value_date.isoformat(), row.servicer_reference)
        if not (entry.booked and entry.credit) or said != booked:
            what = said if entry.booked and entry.credit else f"no booked credit ({said})"
            error = EntryDiffers(statement=row.statement, entry=row.entry, said=what, booked=booked)
            row.error = stored_error(error)
            entry.detail = {"reason": error.code, "detail": error.message("en")}
        else:
            entry.detail = None
        entry.meaning, entry.target = "LoanReceipt", row.loan
        entry.transaction, entry.proposal = row.transaction, row.proposal
        entry.posting = Posting.PROPOSED if row.status == RepaymentStatus.PROPOSED else Posting.POSTED
        row.status = RepaymentStatus.STATED


def booked_before(session: Session, statement: AccountStatement) -> Booked:
    """The repayments that `statement` takes over; marks those whose entries it does not have.

    Raises RepaymentsUnderWay.
    """
    number = statement.electronic_sequence_number
    query = select(RepaymentRow).where(RepaymentRow.statement == number, RepaymentRow.status != RepaymentStatus.FAILED)
    rows = session.scalars(query).all()
    waiting = [row.transaction for row in rows if row.status == RepaymentStatus.SENT]
    final = select(OutboxTransaction.seq).where(
        OutboxTransaction.seq.in_(waiting), OutboxTransaction.status == Status.FINAL
    )
    done = set(session.scalars(final))
    under_way = sum(1 for seq in waiting if seq not in done)
    if under_way:
        raise RepaymentsUnderWay(statement=number, count=under_way)
    stated = {entry.entry_no for entry in statement.entries}
    for row in rows:
        if row.entry not in stated:
            row.error = stored_error(NotStated(statement=number, entry=row.entry))
    return Booked({row.entry: row for row in rows if row.entry in stated})


def _said(amount: int, value_date: str, reference: str) -> str:
    return f"{text_from_minor(amount)} of {value_date}, reference {reference}"
