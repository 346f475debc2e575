"""What a loan's history makes of the loan: each entry changes loan, positions and documents in one defined way.

Applies entries in order to rows of the current session. Replaying a history from its first entry gives the same rows,
which is how a reorganisation is undone. Asks nobody and checks no rules: the contracts have done so. An entry that
can't be read changes nothing but the history's length and head, and marks its loan as unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from eth_abi.exceptions import DecodingError
from eth_utils.address import to_checksum_address
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chain.bank.references import ReferenceKind, creditor_reference
from chain.ledger.calls import DocumentKind
from chain.ledger.days import day_of
from chain.ledger.history import Entry, HistoryEntry, payload_fields
from chain.ledger.terms import Terms
from gateway.indexer.tables import IndexedDocument, IndexedLoan, IndexedPosition, IndexedUnreadable

log = structlog.get_logger()

# What reading a value gives that the contracts let through but that has no meaning here: bad UTF-8, days after the year
# 9999, unknown kinds (ValueError with its UnicodeDecodeError, OverflowError), a row that is there already.
UNREADABLE = (DecodingError, ValueError, OverflowError, IntegrityError)
_REASON = 300

Values = Mapping[str, Any]


def position_of(block: int, log_index: int) -> str:
    """Sortable text of a log's place in the chain."""
    return f"{block:012d}.{log_index:06d}"


def hex_of(value: bytes) -> str:
    """0x hex."""
    return "0x" + bytes(value).hex()


def apply(session: Session, entry: HistoryEntry, members: Mapping[str, str]) -> None:
    """Applies `entry`, which must be the next of its loan. members: names by root address."""
    flagged = session.get(IndexedUnreadable, hex_of(entry.loan))
    try:
        with session.begin_nested():
            _read(session, entry, members)
    except UNREADABLE as unreadable:
        reason = f"{type(unreadable).__name__}: {unreadable}"[:_REASON]
        log.error("entry can't be read", loan=hex_of(entry.loan), seq=entry.seq, reason=reason)
        if flagged is None:
            flagged = IndexedUnreadable(loan=hex_of(entry.loan), seq=entry.seq, reason=reason)
            session.add(flagged)
    if flagged is not None:
        flagged.length, flagged.head = entry.seq, hex_of(entry.head)
    loan = session.get(IndexedLoan, hex_of(entry.loan))
    if loan is not None:
        loan.length, loan.head, loan.last_block = entry.seq, hex_of(entry.head), entry.block


def _read(session: Session, entry: HistoryEntry, members: Mapping[str, str]) -> None:
    values = payload_fields(entry)
    if entry.kind is Entry.PROPOSED:
        session.add(_proposed(entry, values, members))
        return
    loan = session.get(IndexedLoan, hex_of(entry.loan))
    if loan is None:
        raise ValueError("the loan's proposal can't be read")
    _CHANGES.get(entry.kind, _nothing)(session, loan, entry, values)


def _proposed(entry: HistoryEntry, values: Values, members: Mapping[str, str]) -> IndexedLoan:
    terms = Terms.from_abi(values["terms"])
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
        rate_cap_nano=values["rateCapNano"],
        reversal_days=values["reversalDays"],
        state="Proposed",
        payout="None",
        principal=terms.principal,
        subscribed=0,
        outstanding=0,
        interest_paid=0,
        principal_paid=0,
        distributed=0,
        payouts=0,
        length=entry.seq,
        head=hex_of(entry.head),
        last_block=entry.block,
    )


def _subscribed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.state = "Funding"
    loan.subscribed += values["amount"]
    lender, subject = to_checksum_address(values["lender"]), hex_of(values["subject"])
    position = session.get(IndexedPosition, (loan.id, subject))
    if position is None:
        position = IndexedPosition(loan=loan.id, subject=subject, lender=lender, units=0, claimed=0, refunded=False)
        session.add(position)
    position.units += values["amount"]


def _refunded(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    _position(session, loan, values).refunded = True


def _disbursement_requested(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.state, loan.payout = "Disbursing", "Reserved"
    loan.payouts += 1


def _payout_instructed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.payout = "Instructed"


def _payout_returned(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.state, loan.payout = "Funded", "Returned"


def _disbursed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.state, loan.payout = "Active", "Settled"
    loan.start = loan.last_value_date = day_of(values["valueDate"])
    loan.schedule = to_checksum_address(values["schedule"])
    loan.outstanding = loan.principal


def _payment_posted(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    loan.outstanding -= values["principal"]
    loan.principal_paid += values["principal"]
    loan.interest_paid += values["interest"]
    loan.distributed += values["amount"]
    loan.last_value_date = day_of(values["valueDate"])


def _repaid(session: Session, loan: IndexedLoan, entry: HistoryEntry, values: Values) -> None:
    loan.state, loan.repaid_on = "Repaid", entry.day


def _claimed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: Values) -> None:
    _position(session, loan, values).claimed += values["amount"]


def _position(session: Session, loan: IndexedLoan, values: Values) -> IndexedPosition:
    position = session.get(IndexedPosition, (loan.id, hex_of(values["subject"])))
    if position is None:
        raise ValueError(f"no readable subscription of {hex_of(values['subject'])} came before it")
    return position


def _document_committed(session: Session, loan: IndexedLoan, entry: HistoryEntry, values: Values) -> None:
    session.add(
        IndexedDocument(
            loan=loan.id,
            document=hex_of(values["documentId"]),
            seq=entry.seq,
            cid_commitment=hex_of(values["cidCommitment"]),
            content_hash=hex_of(values["contentHash"]),
            size=values["size"],
            kind=DocumentKind(values["kind"]),
        )
    )


def _state(name: str) -> Callable[[Session, IndexedLoan, HistoryEntry, Values], None]:
    def change(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: Values) -> None:
        loan.state = name

    return change


def _expired(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: Values) -> None:
    loan.state = "Expired"
    if loan.payout == "Reserved":
        loan.payout = "Returned"


def _nothing(_: Session, __: IndexedLoan, ___: HistoryEntry, ____: Values) -> None:
    """Dust changes the platform's reserve, not the loan."""


_CHANGES: Mapping[Entry, Callable[[Session, IndexedLoan, HistoryEntry, Values], None]] = {
    Entry.SUBSCRIBED: _subscribed,
    Entry.FUNDED: _state("Funded"),
    Entry.CANCELLED: _state("Cancelled"),
    Entry.EXPIRED: _expired,
    Entry.REFUNDED: _refunded,
    Entry.DISBURSEMENT_REQUESTED: _disbursement_requested,
    Entry.PAYOUT_INSTRUCTED: _payout_instructed,
    Entry.PAYOUT_RETURNED: _payout_returned,
    Entry.DISBURSED: _disbursed,
    Entry.PAYMENT_POSTED: _payment_posted,
    Entry.REPAID: _repaid,
    Entry.CLAIMED: _claimed,
    Entry.CLOSED: _state("Closed"),
    Entry.DUST_SWEPT: _nothing,
    Entry.DOCUMENT_COMMITTED: _document_committed,
}
