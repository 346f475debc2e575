"""Small steps on one statement entry that several parts of the desk take."""

from __future__ import annotations

from eth_utils.crypto import keccak

from chain.ledger.calls import BankEntry
from gateway.account_statements.tables import Posting, StatementEntryRow


def bank_entry(row: StatementEntryRow) -> BankEntry:
    """The entry as the ledger names it; the bank's own reference goes on chain only as its hash."""
    return BankEntry(row.statement, row.entry, bytes(keccak(text=row.servicer_reference)))


def to_suspense(row: StatementEntryRow, reason: str, detail: str) -> None:
    """Leaves the entry booked but unposted, with why."""
    row.posting, row.transaction, row.detail = Posting.SUSPENSE, None, {"reason": reason, "detail": detail[:500]}
