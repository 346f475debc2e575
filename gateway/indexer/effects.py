"""What each kind of history entry does to the rows of its loan. Everything is said by the entry and the rows before.

Payments keep a row each, so that a reversal undoes exactly what they did. What a position earned is kept as an offset
to what its units earned, so that no payment touches a position.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.ledger import payloads
from chain.ledger.addresses import checksum_address
from chain.ledger.history import HistoryEntry
from chain.ledger.orders import OpeningPosition, positions_hash
from chain.ledger.solidity import Struct
from chain.ledger.structs import BankEntry, Posted
from chain.ledger.terms import Terms
from gateway.indexer import repository
from gateway.indexer.hexes import hex_of
from gateway.indexer.tables import IndexedDocument, IndexedLoan, IndexedPayment, IndexedPosition
from gateway.loans.earnings import accumulated, cash, denominator, weight_of

Effect = Callable[[Session, IndexedLoan, HistoryEntry, Any], None]


# --- funding


def _subscribed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: payloads.Subscribed) -> None:
    loan.state = "Funding"
    loan.subscribed += values.amount
    _issue(session, loan, values.lender, hex_of(values.subject), values.amount, values.lender_class)


def _issue(session: Session, loan: IndexedLoan, lender: str, subject: str, units: int, lender_class: int) -> None:
    position = session.get(IndexedPosition, (loan.id, subject))
    if position is None:
        position = _no_position(loan, lender, subject, lender_class)
        session.add(position)
    position.units += units
    loan.weighted += units * weight_of(Terms.from_json(loan.terms), lender_class)


def _no_position(loan: IndexedLoan, lender: str, subject: str, lender_class: int) -> IndexedPosition:
    return IndexedPosition(
        loan=loan.id, subject=subject, lender=checksum_address(lender), units=0, lender_class=lender_class,
        earned_offset=0, claimed=0, refunded=False, paid_out=False,
    )  # fmt: skip


def _expired(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: payloads.Expired) -> None:
    loan.state = "Expired"
    if loan.payout == "Reserved":
        loan.payout = "Returned"
        _uncall(loan)


def _refunded(session: Session, loan: IndexedLoan, _: HistoryEntry, values: payloads.Refunded) -> None:
    _position(session, loan, values.subject).refunded = True
    loan.released += values.amount


# --- payouts


def _disbursement_requested(
    _: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.DisbursementRequested
) -> None:
    if loan.state == "Funded":
        loan.state = "Disbursing"
    loan.payout = "Reserved"
    loan.payouts += 1
    loan.in_payout = values.amount
    loan.called += values.amount
    loan.outstanding += values.amount


def _payout_instructed(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: payloads.PayoutInstructed) -> None:
    loan.payout = "Instructed"


def _payout_returned(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: payloads.PayoutReturned) -> None:
    if loan.state == "Disbursing":
        loan.state = "Funded"
    loan.payout = "Returned"
    _uncall(loan)


def _uncall(loan: IndexedLoan) -> None:
    loan.called -= loan.in_payout
    loan.outstanding -= loan.in_payout
    loan.in_payout = 0


def _disbursed(_: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.Disbursed) -> None:
    if loan.state == "Disbursing":
        loan.state = "Active"
        loan.start = loan.last_value_date = values.value_date
    loan.payout = "Settled"
    loan.released += values.amount
    loan.in_payout = 0
    loan.schedule = checksum_address(values.schedule)
    if loan.called == loan.principal:
        loan.drawable = False


def _payout_bounced(_: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.PayoutBounced) -> None:
    loan.state, loan.payout = "Funded", "Returned"
    loan.called -= values.amount
    loan.outstanding -= values.amount
    loan.released -= values.amount
    loan.start = loan.last_value_date = loan.schedule = None


def _drawing_closed(_: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.DrawingClosed) -> None:
    loan.undrawn_returned += values.returned
    loan.drawable = False


def _opened(session: Session, loan: IndexedLoan, _: HistoryEntry, values: payloads.OpenedRunning) -> None:
    opening = values.opening
    positions = [
        OpeningPosition(row.lender, row.units, row.lender_class) for row in repository.opening(session, loan.id)
    ]
    if positions_hash(positions) != opening.positions_hash:
        raise ValueError("the positions that it opened with are not known")
    for position in positions:
        subject = repository.subject_of(session, position.lender)
        if subject is None:
            raise ValueError(f"{position.lender}, who holds units of it, is not registered")
        _issue(session, loan, position.lender, subject, position.units, position.lender_class)
    loan.state, loan.payout, loan.drawable = "Active", "Settled", False
    loan.units = loan.subscribed = loan.called = loan.outstanding = loan.released = opening.outstanding
    loan.start = loan.last_value_date = opening.last_value_date
    loan.schedule = checksum_address(values.schedule)


# --- payments


def _posted(
    session: Session,
    loan: IndexedLoan,
    entry: HistoryEntry,
    posted: Posted,
    booked: tuple[int | None, int | None] | None,
    **more: Any,
) -> None:
    fresh = more.get("keeps") is None
    repository.add_payment(
        session,
        loan=loan.id, seq=entry.seq, kind=int(entry.kind), amount=posted.amount, fee=posted.fee,
        penalty=posted.penalty, interest=posted.interest, principal=posted.principal, overpaid=posted.overpaid,
        overpaid_before=loan.overpaid, accrued=posted.accrued, value_date=posted.value_date,
        previous_value_date=posted.previous_value_date,
        statement=None if booked is None else booked[0], entry=None if booked is None else booked[1], **more,
    )  # fmt: skip
    _book(loan, posted, 1)
    loan.overpaid = posted.overpaid
    loan.last_value_date = posted.value_date
    if fresh:
        loan.bank_claim -= min(loan.bank_claim, posted.amount)


def _place(entry: BankEntry) -> tuple[int, int]:
    return entry.statement_no, entry.entry_no


def _book(loan: IndexedLoan, posted: Posted | IndexedPayment, sign: int) -> None:
    loan.outstanding -= sign * posted.principal
    loan.principal_paid += sign * posted.principal
    loan.interest_paid += sign * posted.interest
    loan.penalty_paid += sign * posted.penalty
    loan.fees_paid += sign * posted.fee


def _payment_posted(s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.PaymentPosted) -> None:
    _posted(s, loan, entry, values.posted, _place(values.entry))


def _paid_by_party(
    s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.PaidFromAccount | payloads.PaidByMandate
) -> None:
    _posted(s, loan, entry, values.posted, None)


def _early_repaid(s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.EarlyRepaid) -> None:
    _posted(s, loan, entry, values.posted, _place(values.entry), schedule_before=loan.schedule)
    if values.early.rows:
        loan.schedule = checksum_address(values.early.schedule)


def _payment_kept(s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.PaymentKept) -> None:
    kept = s.get(IndexedPayment, (loan.id, values.seq))
    if kept is None:
        raise ValueError(f"entry {values.seq}, which it repeats, can't be read")
    booked = None if kept.statement is None else (kept.statement, kept.entry)
    _posted(s, loan, entry, values.posted, booked, keeps=values.seq)


def unpost(loan: IndexedLoan, payment: IndexedPayment) -> None:
    """Takes the loan's newest payment back out of its figures."""
    _book(loan, payment, -1)
    loan.overpaid = payment.overpaid_before
    loan.last_value_date = payment.previous_value_date


def _undo(session: Session, loan: IndexedLoan, entry: HistoryEntry, first: int) -> None:
    """Takes back all payments from entry `first` on that still count."""
    query = select(IndexedPayment).where(
        IndexedPayment.loan == loan.id, IndexedPayment.seq >= first, IndexedPayment.undone_by.is_(None)
    )
    undone: Sequence[IndexedPayment] = session.scalars(query.order_by(IndexedPayment.seq)).all()
    for payment in reversed(undone):
        unpost(loan, payment)
        payment.undone_by = entry.seq
        if payment.schedule_before is not None:
            loan.schedule = payment.schedule_before
    if loan.state == "Repaid":
        loan.state, loan.repaid_on = "Active", None


def _payment_reversed(s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.PaymentReversed) -> None:
    _undo(s, loan, entry, values.seq)
    loan.bank_claim += values.amount - values.burned


def _payments_undone(s: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.PaymentsUndone) -> None:
    _undo(s, loan, entry, values.seq)


def _repaid(_: Session, loan: IndexedLoan, entry: HistoryEntry, __: payloads.Repaid) -> None:
    loan.state, loan.repaid_on = "Repaid", entry.day


# --- positions and endings


def _claimed(session: Session, loan: IndexedLoan, _: HistoryEntry, values: payloads.Claimed) -> None:
    position = _position(session, loan, values.subject)
    position.claimed += values.amount
    position.earned_offset -= values.amount * denominator(loan)
    position.paid_out = loan.state == "Closed"
    loan.released += values.amount


def _position_transferred(
    session: Session, loan: IndexedLoan, _: HistoryEntry, values: payloads.PositionTransferred
) -> None:
    transfer = values.transfer
    seller = _position(session, loan, values.seller_subject)
    buyer = session.get(IndexedPosition, (loan.id, hex_of(values.buyer_subject)))
    if buyer is None:
        buyer = _no_position(loan, transfer.buyer, hex_of(values.buyer_subject), seller.lender_class)
        session.add(buyer)
    grown = transfer.units * accumulated(loan, seller.lender_class)
    seller.units -= transfer.units
    seller.earned_offset += grown - values.carried
    buyer.units += transfer.units
    buyer.earned_offset += values.carried - grown


def _fees_claimed(_: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.FeesClaimed) -> None:
    loan.released += values.amount


def _overpayment_released(
    _: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.OverpaymentReleased
) -> None:
    loan.overpaid -= values.amount


def _dust_swept(_: Session, loan: IndexedLoan, __: HistoryEntry, values: payloads.DustSwept) -> None:
    met = min(loan.bank_claim, cash(loan) - values.amount)
    loan.bank_claim -= met
    loan.released += values.amount


def _document_committed(
    session: Session, loan: IndexedLoan, entry: HistoryEntry, values: payloads.DocumentCommitted
) -> None:
    session.add(
        IndexedDocument(
            loan=loan.id,
            document=hex_of(values.document_id),
            seq=entry.seq,
            cid_commitment=hex_of(values.cid_commitment),
            content_hash=hex_of(values.content_hash),
            size=values.size,
            kind=int(values.kind),
        )
    )


def _position(session: Session, loan: IndexedLoan, subject: bytes) -> IndexedPosition:
    position = session.get(IndexedPosition, (loan.id, hex_of(subject)))
    if position is None:
        raise ValueError(f"no readable subscription of {hex_of(subject)} came before it")
    return position


def _state(name: str) -> Effect:
    def change(_: Session, loan: IndexedLoan, __: HistoryEntry, ___: Struct) -> None:
        loan.state = name

    return change


def _nothing(_: Session, __: IndexedLoan, ___: HistoryEntry, ____: Struct) -> None:
    """A revoked mandate changes no figure of the loan."""


EFFECTS: Mapping[type[Struct], Effect] = {
    payloads.Subscribed: _subscribed,
    payloads.Funded: _state("Funded"),
    payloads.Cancelled: _state("Cancelled"),
    payloads.Expired: _expired,
    payloads.Refunded: _refunded,
    payloads.DisbursementRequested: _disbursement_requested,
    payloads.PayoutInstructed: _payout_instructed,
    payloads.PayoutReturned: _payout_returned,
    payloads.Disbursed: _disbursed,
    payloads.PaymentPosted: _payment_posted,
    payloads.Repaid: _repaid,
    payloads.Claimed: _claimed,
    payloads.Closed: _state("Closed"),
    payloads.DustSwept: _dust_swept,
    payloads.DocumentCommitted: _document_committed,
    payloads.PaidFromAccount: _paid_by_party,
    payloads.PaidByMandate: _paid_by_party,
    payloads.EarlyRepaid: _early_repaid,
    payloads.PaymentReversed: _payment_reversed,
    payloads.PaymentKept: _payment_kept,
    payloads.PayoutBounced: _payout_bounced,
    payloads.PositionTransferred: _position_transferred,
    payloads.DrawingClosed: _drawing_closed,
    payloads.FeesClaimed: _fees_claimed,
    payloads.OverpaymentReleased: _overpayment_released,
    payloads.OpenedRunning: _opened,
    payloads.MandateRevoked: _nothing,
    payloads.PaymentsUndone: _payments_undone,
}
