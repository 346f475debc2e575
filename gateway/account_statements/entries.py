"""Small steps on one statement entry that several parts of the desk take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from eth_utils.crypto import keccak
from sqlalchemy.orm import Session

from chain.ledger.structs import BankEntry
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.approvals.tables import ProposalRow
from gateway.database import now


def bank_entry(row: StatementEntryRow) -> BankEntry:
    """The entry as the ledger names it; the bank's own reference goes on chain only as its hash."""
    return BankEntry(row.statement, row.entry, bytes(keccak(text=row.servicer_reference)))


def to_suspense(row: StatementEntryRow, reason: str, detail: str) -> None:
    """Leaves the entry to nobody, with why: a credit is taken into suspense on the ledger next, a debit stays open."""
    row.posting = Posting.UNPLACED if row.credit and row.amount else Posting.SUSPENSE
    row.transaction, row.suspending, row.proposal = None, False, None
    row.detail = {"reason": reason, "detail": detail[:500]}


def propose(
    session: Session,
    kind: str,
    request: Mapping[str, Any],
    loan: str | None,
    principal: str,
    rows: Sequence[StatementEntryRow],
) -> None:
    """Has the entries wait until a second person approves what is proposed for them."""
    identifier = uuid4().hex
    session.add(
        ProposalRow(
            id=identifier, kind=kind, request=dict(request), loan=loan, status="proposed", proposer=principal,
            created_at=now(),
        )
    )  # fmt: skip
    for row in rows:
        row.posting, row.proposal, row.transaction = Posting.PROPOSED, identifier, None


def reason_hash(text: str) -> bytes:
    """A reason as it goes on the ledger."""
    return bytes(keccak(text=text))
