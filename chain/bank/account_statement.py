"""An account statement of the depository bank as the ledger uses it, whatever camt.053 version it came in.

Plain frozen data; amounts in minor units, dates as the bank gave them. `camt053` reads it, `posting` compares it with
what is posted already, `classification` says what each entry is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal

from chain.bank.amounts import Minor

EntryKind = Literal["credit", "debit", "reversal", "return"]


class EntryStatus(StrEnum):
    """BOOK counts in the balance; PDNG (pending) and INFO don't."""

    BOOK = "BOOK"
    PDNG = "PDNG"
    INFO = "INFO"


@dataclass(frozen=True)
class Remittance:
    """What the payer wrote: free text lines and structured creditor references, each in file order."""

    unstructured: tuple[str, ...]
    creditor_references: tuple[str, ...]


@dataclass(frozen=True)
class StatementEntry:
    """One entry. `amount` is never negative; `credit` gives its direction on the custody account.

    kind: 'reversal' undoes an earlier entry, 'return' is a payment that came back or was given back; both have either
    direction. original_reference: the bank's reference of the entry that a reversal or return refers to, if given.
    transactions: underlying transactions the bank booked as one; with more than one the details below are empty.
    """

    entry_no: int
    account_servicer_reference: str
    amount: Minor
    credit: bool
    status: EntryStatus
    kind: EntryKind
    booking_date: date | None
    value_date: date
    remittance: Remittance
    end_to_end_id: str | None
    counterparty_name: str | None
    counterparty_account: str | None
    return_reason: str | None
    original_reference: str | None
    transactions: int

    @property
    def signed(self) -> int:
        """The change of the booked balance, in minor units; 0 unless booked."""
        if self.status is not EntryStatus.BOOK:
            return 0
        return self.amount if self.credit else -self.amount


@dataclass(frozen=True)
class AccountStatement:
    """One day of one account. Whoever holds one from `camt053` knows opening + booked entries = closing.

    date: the business date that the closing balance is of. file_hash: SHA-256 of the file's bytes.
    """

    account: str
    currency: str
    electronic_sequence_number: int
    statement_id: str
    date: date
    opening: int
    closing: int
    entries: tuple[StatementEntry, ...]
    file_hash: bytes

    @property
    def booked(self) -> tuple[StatementEntry, ...]:
        """The entries that changed the balance, in file order."""
        return tuple(entry for entry in self.entries if entry.status is EntryStatus.BOOK)
