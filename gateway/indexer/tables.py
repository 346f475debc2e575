"""What the index keeps: the ledger's events as they came, and loans, positions and documents as they follow from them.

Hashes and ids are 0x hex, dates ISO, amounts minor units. Everything here can be rebuilt from the chain.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Amount, Table


class IndexedBlock(Table):
    """Last block of an indexed range, by which a reorganisation is noticed."""

    __tablename__ = "index_blocks"

    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    hash: Mapped[str] = mapped_column(String(66))


class IndexedEntry(Table):
    """One history entry."""

    __tablename__ = "index_entries"
    __table_args__ = (Index("index_entries_by_block", "block"),)

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    kind: Mapped[int] = mapped_column(Integer)
    actor: Mapped[str] = mapped_column(String(42))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    head: Mapped[str] = mapped_column(String(66))
    block: Mapped[int] = mapped_column(Integer)
    block_hash: Mapped[str] = mapped_column(String(66))
    tx: Mapped[str] = mapped_column(String(66))
    log_index: Mapped[int] = mapped_column(Integer)


class IndexedLoan(Table):
    """A loan as its history makes it. `position`: where it was proposed, sortable text, the list's cursor.

    units: of all positions, the principal unless it was opened with less. weighted: units times their class's weight.
    called: principal requested from the bank, less what came back; in_payout: the part not booked yet. interest_paid:
    with early fees. released: all that was paid out of the loan's cash. payouts: how many were requested. start: first
    value date. Figures that depend on a day (arrears, penalty interest) are not kept: see `gateway.loans.accounts`.
    """

    __tablename__ = "index_loans"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    position: Mapped[str] = mapped_column(String(32), unique=True)
    number: Mapped[str] = mapped_column(String(200), index=True)
    platform: Mapped[str] = mapped_column(String(42))
    repayment_reference: Mapped[str] = mapped_column(String(25), index=True)
    borrower: Mapped[str] = mapped_column(String(42), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    terms: Mapped[dict[str, Any]] = mapped_column(JSON)
    rate_cap_nano: Mapped[int] = mapped_column(Amount)
    reversal_days: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(12), index=True)
    payout: Mapped[str] = mapped_column(String(12))
    principal: Mapped[int] = mapped_column(Amount)
    units: Mapped[int] = mapped_column(Amount)
    weighted: Mapped[int] = mapped_column(Amount)
    subscribed: Mapped[int] = mapped_column(Amount)
    called: Mapped[int] = mapped_column(Amount)
    in_payout: Mapped[int] = mapped_column(Amount)
    outstanding: Mapped[int] = mapped_column(Amount)
    undrawn_returned: Mapped[int] = mapped_column(Amount)
    fees_paid: Mapped[int] = mapped_column(Amount)
    penalty_paid: Mapped[int] = mapped_column(Amount)
    interest_paid: Mapped[int] = mapped_column(Amount)
    principal_paid: Mapped[int] = mapped_column(Amount)
    overpaid: Mapped[int] = mapped_column(Amount)
    bank_claim: Mapped[int] = mapped_column(Amount)
    released: Mapped[int] = mapped_column(Amount)
    drawable: Mapped[bool] = mapped_column(Boolean)
    payouts: Mapped[int] = mapped_column(Integer)
    start: Mapped[date | None] = mapped_column(Date)
    schedule: Mapped[str | None] = mapped_column(String(42))
    last_value_date: Mapped[date | None] = mapped_column(Date)
    repaid_on: Mapped[date | None] = mapped_column(Date)
    length: Mapped[int] = mapped_column(Integer)
    head: Mapped[str] = mapped_column(String(66))
    last_block: Mapped[int] = mapped_column(Integer)


class IndexedUnreadable(Table):
    """A loan with entries that can't be read. `seq`, `reason`: of the first; `length`, `head`: of its whole history.

    The entries themselves are kept raw like all others. Such a loan has no IndexedLoan if its proposal is unreadable.
    """

    __tablename__ = "index_unreadable"

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(300))
    length: Mapped[int] = mapped_column(Integer)
    head: Mapped[str] = mapped_column(String(66))


class IndexedPayment(Table):
    """One posting of a payment; minor units. keeps: seq of the one it repeats.

    undone_by: seq of the entry that undid it. schedule_before: for an early repayment, the table that ran until then.
    """

    __tablename__ = "index_payments"

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[int] = mapped_column(Integer)
    amount: Mapped[int] = mapped_column(Amount)
    fee: Mapped[int] = mapped_column(Amount)
    penalty: Mapped[int] = mapped_column(Amount)
    interest: Mapped[int] = mapped_column(Amount)
    principal: Mapped[int] = mapped_column(Amount)
    overpaid: Mapped[int] = mapped_column(Amount)
    overpaid_before: Mapped[int] = mapped_column(Amount)
    accrued: Mapped[int] = mapped_column(Amount)
    value_date: Mapped[date] = mapped_column(Date)
    previous_value_date: Mapped[date | None] = mapped_column(Date)
    statement: Mapped[int | None] = mapped_column(Integer)
    entry: Mapped[int | None] = mapped_column(Integer)
    keeps: Mapped[int | None] = mapped_column(Integer)
    undone_by: Mapped[int | None] = mapped_column(Integer)
    schedule_before: Mapped[str | None] = mapped_column(String(42))


class IndexedPosition(Table):
    """A lender subject's position in a loan; units are minor units of principal. lender: its address when it came in.

    earned_offset: what its units earned (units * accumulated per unit) plus this is what is owed to it, times the
    loan's denominator; see `gateway.loans.earnings`. paid_out: its last claim, after closing, was paid.
    """

    __tablename__ = "index_positions"

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    subject: Mapped[str] = mapped_column(String(66), primary_key=True)
    lender: Mapped[str] = mapped_column(String(42), index=True)
    units: Mapped[int] = mapped_column(Amount)
    lender_class: Mapped[int] = mapped_column(Integer)
    earned_offset: Mapped[int] = mapped_column(Amount)
    claimed: Mapped[int] = mapped_column(Amount)
    refunded: Mapped[bool] = mapped_column(Boolean)
    paid_out: Mapped[bool] = mapped_column(Boolean)


class IndexedOpening(Table):
    """A position with which a running loan entered, from the call that opened it; its history holds only their hash."""

    __tablename__ = "index_openings"

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    lender: Mapped[str] = mapped_column(String(42))
    units: Mapped[int] = mapped_column(Amount)
    lender_class: Mapped[int] = mapped_column(Integer)


class IndexedDocument(Table):
    """A document committed to a loan."""

    __tablename__ = "index_documents"

    loan: Mapped[str] = mapped_column(String(66), primary_key=True)
    document: Mapped[str] = mapped_column(String(66), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    cid_commitment: Mapped[str] = mapped_column(String(66))
    content_hash: Mapped[str] = mapped_column(String(66))
    size: Mapped[int] = mapped_column(Amount)
    kind: Mapped[int] = mapped_column(Integer)


class IndexedEvent(Table):
    """Every other event of the ledger's contracts; `key` is what it is looked up by (address, id, day)."""

    __tablename__ = "index_events"
    __table_args__ = (Index("index_events_by_key", "event", "key"), Index("index_events_by_block", "block"))

    position: Mapped[str] = mapped_column(String(32), primary_key=True)
    contract: Mapped[str] = mapped_column(String(40))
    event: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(66))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    block: Mapped[int] = mapped_column(Integer)
    tx: Mapped[str] = mapped_column(String(66))
