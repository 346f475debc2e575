"""The contracts' own structs and enums beside terms and orders: bank entries, receipts, postings, tables.

Same names, fields and numbers as in the contracts. Amounts are minor units; None for a day that is not set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import ClassVar

from chain.ledger.solidity import Struct


class State(IntEnum):
    """A loan's state; numbers as in the contracts."""

    NONE = 0
    PROPOSED = 1
    FUNDING = 2
    FUNDED = 3
    DISBURSING = 4
    ACTIVE = 5
    REPAID = 6
    CLOSED = 7
    CANCELLED = 8
    EXPIRED = 9


class Payout(IntEnum):
    """A payout's state; numbers as in the contracts."""

    NONE = 0
    RESERVED = 1
    INSTRUCTED = 2
    SETTLED = 3
    RETURNED = 4


class Entry(IntEnum):
    """Kinds of history entries; numbers as in the contracts."""

    PROPOSED = 1
    SUBSCRIBED = 2
    FUNDED = 3
    CANCELLED = 4
    EXPIRED = 5
    REFUNDED = 6
    DISBURSEMENT_REQUESTED = 7
    PAYOUT_INSTRUCTED = 8
    PAYOUT_RETURNED = 9
    DISBURSED = 10
    PAYMENT_POSTED = 11
    REPAID = 12
    CLAIMED = 13
    CLOSED = 14
    DUST_SWEPT = 15
    DOCUMENT_COMMITTED = 16
    PAID_FROM_ACCOUNT = 17
    PAID_BY_MANDATE = 18
    EARLY_REPAID = 19
    PAYMENT_REVERSED = 20
    PAYMENT_KEPT = 21
    PAYOUT_BOUNCED = 22
    POSITION_TRANSFERRED = 23
    DRAWING_CLOSED = 24
    FEES_CLAIMED = 25
    OVERPAYMENT_RELEASED = 26
    OPENED_RUNNING = 27
    MANDATE_REVOKED = 28
    PAYMENTS_UNDONE = 29


class PartyKind(IntEnum):
    """What a party is; numbers as in the contracts."""

    PERSON = 1
    ORGANISATION = 2


class DocumentKind(IntEnum):
    """What a document is; numbers as in the contracts."""

    CONTRACT_TEXT = 1
    IDENTITY_EVIDENCE = 2
    PAYMENT_EVIDENCE = 3
    OTHER = 4


@dataclass(frozen=True)
class BankEntry(Struct):
    """A booked entry of the bank's account statement; (statement_no, entry_no) is used once on chain."""

    SOLIDITY: ClassVar[str] = "uint32 statementNo,uint16 entryNo,bytes32 referenceHash"

    statement_no: int
    entry_no: int
    reference_hash: bytes


NO_ENTRY = BankEntry(0, 0, bytes(32))  # where no money moves at the bank


@dataclass(frozen=True)
class Receipt(Struct):
    """A booked credit earmarked for `loan`. `expected_length`: the loan's history length as the bank saw it."""

    SOLIDITY: ClassVar[str] = "bytes32 loan,uint32 expectedLength,uint128 amount,uint32 valueDate,BankEntry entry"

    loan: bytes
    expected_length: int
    amount: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True)
class Profile(Struct):
    """Limits of a regime: rate cap in 1e-9 per year, reversal window in days, effective dates for new loans."""

    SOLIDITY: ClassVar[str] = "uint64 rateCapNano,uint16 reversalDays,uint32 effectiveFrom,uint32 effectiveThrough"

    rate_cap_nano: int
    reversal_days: int
    effective_from: date
    effective_through: date


@dataclass(frozen=True)
class Segment(Struct):
    """The part of a table that a balance is repaid by. See `IRepaymentSchedules.Segment`.

    `anchor`: the loan's first value date; `start`: the day interest on `balance` starts to count; `first`: index of the
    first row in the loan's whole table; `level`: 0, or the amount to keep; `fees`: whether the rows carry fees.
    """

    SOLIDITY: ClassVar[str] = "uint128 balance,uint32 anchor,uint32 start,uint16 first,uint128 level,bool fees"

    balance: int
    anchor: date
    start: date
    first: int
    level: int
    fees: bool


@dataclass(frozen=True)
class Posted(Struct):
    """How one payment was used: amount + overpayment held before = fee + penalty + interest + principal + overpaid.

    `overpaid`: held for the borrower afterwards; `accrued`: penalty interest that became due since the value date
    before.
    """

    SOLIDITY: ClassVar[str] = (
        "uint128 amount,uint128 fee,uint128 penalty,uint128 interest,uint128 principal,uint128 overpaid,"
        "uint128 accrued,uint32 valueDate,uint32 previousValueDate"
    )

    amount: int
    fee: int
    penalty: int
    interest: int
    principal: int
    overpaid: int
    accrued: int
    value_date: date
    previous_value_date: date | None


@dataclass(frozen=True)
class Early(Struct):
    """What an early repayment did beyond the rows that were due; parts of `Posted`.

    `accrued`: interest since the last due day; `prepaid`: principal; `fee`: for prepaying. `schedule`: the table that
    follows, with its first row; zero when the loan is repaid.
    """

    SOLIDITY: ClassVar[str] = (
        "uint128 accrued,uint128 prepaid,uint128 fee,address schedule,bytes32 scheduleHash,uint16 first,uint16 rows"
    )

    accrued: int
    prepaid: int
    fee: int
    schedule: str
    schedule_hash: bytes
    first: int
    rows: int


@dataclass(frozen=True)
class Table(Struct):
    """The running table and how much of it is paid. `offset`: index of the first row in `schedule`; `ahead_*`: paid
    towards rows from `next_row` on."""

    SOLIDITY: ClassVar[str] = (
        "address schedule,uint16 offset,uint16 rows,uint16 nextRow,uint32 start,uint128 aheadFee,"
        "uint128 aheadInterest,uint128 aheadPrincipal"
    )

    schedule: str
    offset: int
    rows: int
    next_row: int
    start: date | None
    ahead_fee: int
    ahead_interest: int
    ahead_principal: int


@dataclass(frozen=True)
class Recording(Struct):
    """One history entry as it was recorded, without its payload's hash."""

    SOLIDITY: ClassVar[str] = "uint32 day,uint8 kind,address actor,bytes payload"

    day: date
    kind: Entry
    actor: str
    payload: bytes


@dataclass(frozen=True)
class Rebooking(Struct):
    """Undoes the last payments of a loan and posts them again, without one of them or with others between.

    `head`: history head before entry `seq`; `tail`: all entries from `seq` on; `seq`: the first payment undone;
    `reverse`: whether it is gone for good, its money leaving by `entry`, a booked debit; `added`: booked credits to be
    put in by value date, none when `reverse`.
    """

    SOLIDITY: ClassVar[str] = (
        "bytes32 loan,bytes32 head,uint32 seq,Recording[] tail,bool reverse,BankEntry entry,Receipt[] added,"
        "bytes32 reasonHash"
    )

    loan: bytes
    head: bytes
    seq: int
    tail: tuple[Recording, ...]
    reverse: bool
    entry: BankEntry
    added: tuple[Receipt, ...]
    reason_hash: bytes


def closed_bits(closed: Sequence[bool]) -> tuple[int, ...]:
    """Days as `IWorkingDays.publish` takes them: 256 to a word, little end first; True: banks don't work."""
    words = [0] * ((len(closed) + 255) // 256)
    for day, off in enumerate(closed):
        words[day // 256] |= int(off) << day % 256
    return tuple(words)
