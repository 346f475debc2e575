"""What a loan's history makes of the loan: each entry changes loan, positions and documents in one defined way.

Applies entries in order to rows of the current session. Replaying a history from its first entry gives the same rows,
which is how a reorganisation is undone. Asks nobody and checks no rules: the contracts have done so. An entry that
can't be read changes nothing but the history's length and head, and marks its loan as unreadable.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chain.bank.references import ReferenceKind, creditor_reference
from chain.ledger.errors import FieldInvalid, PayloadUnreadable
from chain.ledger.history import Entry, HistoryEntry, payload
from chain.ledger.payloads import PaymentPosted, Proposed, Repaid
from chain.ledger.solidity import Struct
from gateway.indexer import repository
from gateway.indexer.effects import EFFECTS
from gateway.indexer.hexes import hex_of, position_of
from gateway.indexer.tables import IndexedLoan, IndexedUnreadable

__all__ = ["UNREADABLE", "apply", "hex_of", "position_of"]

log = structlog.get_logger()

# What reading a value gives that the contracts let through but that has no meaning here: bad UTF-8, days after the year
# 9999, unknown kinds (ValueError with its UnicodeDecodeError, OverflowError), a row that is there already.
UNREADABLE = (PayloadUnreadable, FieldInvalid, ValueError, OverflowError, IntegrityError)
_REASON = 300
_PLAIN = (PaymentPosted, Repaid)  # most of all entries; they ask for no row but their loan's


def apply(session: Session, entry: HistoryEntry, members: Mapping[str, str]) -> Struct | None:
    """Applies `entry`, which must be the next of its loan; returns what it says, None if it can't be read.

    members: names by root address.
    """
    flagged = repository.flagged(session, hex_of(entry.loan))
    values = None
    try:
        with session.begin_nested():
            values = _read(session, entry, members)
            repository.flush(session)
    except UNREADABLE as unreadable:
        repository.drop_kept(session)
        reason = f"{type(unreadable).__name__}: {unreadable}"[:_REASON]
        log.error("entry can't be read", loan=hex_of(entry.loan), seq=entry.seq, reason=reason)
        if flagged is None:
            flagged = IndexedUnreadable(loan=hex_of(entry.loan), seq=entry.seq, reason=reason)
            repository.flag(session, flagged)
    if flagged is not None:
        flagged.length, flagged.head = entry.seq, hex_of(entry.head)
    loan = session.get(IndexedLoan, hex_of(entry.loan))
    if loan is not None:
        loan.length, loan.head, loan.last_block = entry.seq, hex_of(entry.head), entry.block
    return values


def apply_readable(session: Session, entry: HistoryEntry, values: Struct, members: Mapping[str, str]) -> None:
    """As `apply`, at less cost: without a savepoint, and a plain payment is stored with the next flush.

    values: what the entry says, its `payload`. Raises one of UNREADABLE if its loan has an entry that can't be read;
    then nothing that was applied since the transaction began may stay.
    """
    if repository.flagged(session, hex_of(entry.loan)) is not None:
        raise ValueError("the loan has an entry that can't be read")
    plain = isinstance(values, _PLAIN)
    if not plain:
        repository.flush(session)  # it may ask for rows by their keys
    _take(session, entry, values, members)
    if not plain:
        repository.flush(session)
    loan = session.get(IndexedLoan, hex_of(entry.loan))
    assert loan is not None, "an entry without its loan can't be read"
    loan.length, loan.head, loan.last_block = entry.seq, hex_of(entry.head), entry.block


def _read(session: Session, entry: HistoryEntry, members: Mapping[str, str]) -> Struct:
    values = payload(entry)
    _take(session, entry, values, members)
    return values


def _take(session: Session, entry: HistoryEntry, values: Struct, members: Mapping[str, str]) -> None:
    if isinstance(values, Proposed):
        session.add(_proposed(entry, values, members))
        return
    loan = session.get(IndexedLoan, hex_of(entry.loan))
    if loan is None:
        raise ValueError("the loan's proposal can't be read")
    EFFECTS[type(values)](session, loan, entry, values)


def _proposed(entry: HistoryEntry, values: Proposed, members: Mapping[str, str]) -> IndexedLoan:
    assert entry.kind is Entry.PROPOSED, "the payload goes with the kind"
    terms = values.terms
    return IndexedLoan(
        id=hex_of(entry.loan),
        position=position_of(entry.block, entry.log_index),
        number=terms.text.number,
        platform=terms.platform,
        repayment_reference=creditor_reference(
            ReferenceKind.LOAN, members.get(terms.platform, terms.platform), terms.text.number
        ),
        borrower=terms.borrower,
        currency=terms.currency,
        terms=terms.to_json(),
        rate_cap_nano=values.rate_cap_nano,
        reversal_days=values.reversal_days,
        state="Proposed",
        payout="None",
        principal=terms.principal,
        units=terms.principal,
        weighted=0,
        subscribed=0,
        called=0,
        in_payout=0,
        outstanding=0,
        undrawn_returned=0,
        fees_paid=0,
        penalty_paid=0,
        interest_paid=0,
        principal_paid=0,
        overpaid=0,
        bank_claim=0,
        released=0,
        drawable=terms.schedule.first_tranche < terms.principal,
        payouts=0,
        length=entry.seq,
        head=hex_of(entry.head),
        last_block=entry.block,
    )
