"""Entries above the limit of the key that books them: one key is not enough, a second person approves the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.ledger import calls
from chain.ledger.calls import Call
from gateway.account_statements.entries import bank_entry
from gateway.account_statements.receipts import receipt_of
from gateway.account_statements.tables import StatementEntryRow
from gateway.approvals.actions import Operation, builds
from gateway.errors import NotFound
from gateway.indexer import repository as index
from gateway.parties import repository as parties
from gateway.seat import Seat

LARGE_BOOKING = "large_booking"
NEEDS_SECOND_KEY = "contract.ApprovalMissing"
MEANINGS = ("LoanReceipt", "Deposit")


@builds(LARGE_BOOKING)
def large_booking(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Posts one entry as it was classified. request: statement, entry."""
    row = session.get(StatementEntryRow, (request["statement"], request["entry"]))
    if row is None:
        raise NotFound(resource="entry", id=f"{request['statement']}/{request['entry']}")
    call, to = _call(session, row)
    readable = {
        "operation": "book an entry above the booking key's limit",
        "entry": f"{row.statement}/{row.entry} of {row.value_date}",
        "amount": f"{text_from_minor(row.amount)} {seat.currency}",
        "from": f"{row.counterparty.get('name') or 'unknown'}, account {row.counterparty.get('account') or 'unknown'}",
        "to": to,
    }
    return Operation(call, readable)


def _call(session: Session, row: StatementEntryRow) -> tuple[Call, str]:
    if row.meaning == "Deposit":
        record = parties.by_subject(session, row.target or "")
        if record is None:
            raise NotFound(resource="party", id=row.target)
        account = index.account_of(session, record.subject) or record.address
        return calls.credit(account, row.amount, bank_entry(row)), f"party {record.reference}, {record.account_name}"
    loan = index.loan(session, row.target or "")
    if loan is None:
        raise NotFound(resource="loan", id=row.target)
    return calls.collect([receipt_of(loan.id, loan.length, row)]), f"loan {loan.number} ({loan.state})"
