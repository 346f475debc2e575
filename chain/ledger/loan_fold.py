"""Folds a loan's history entries into its state, one entry after the other. Pure.

The entries' order and completeness are `chain.ledger.history.check`'s to say; this takes them as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from chain.ledger import payloads as p
from chain.ledger.errors import HistoryBroken
from chain.ledger.history import HistoryEntry, payload
from chain.ledger.loan_state import NO_ADDRESS, Booked, Holding, LoanState
from chain.ledger.structs import Entry, Payout, Posted, State, Table


def fold_loan(entries: Iterable[HistoryEntry], opened: Mapping[bytes, Holding] = MappingProxyType({})) -> LoanState:
    """The state after all entries, from the first on.

    opened: by subject, the positions of a loan that entered from an old book; its entry holds only their hash. Raises
    HistoryBroken if the first entry is not the proposal, PayloadUnreadable.
    """
    state: LoanState | None = None
    for entry in entries:
        values = payload(entry)
        if state is None:
            state = _proposed(entry, values)
        else:
            state = _STEPS[entry.kind](state, entry, values)
            if entry.kind is Entry.OPENED_RUNNING:
                state = _with_positions(state, opened)
        state = replace(state, length=entry.seq, head=entry.head)
    if state is None:
        raise HistoryBroken(loan="?", seq=1, expected="the loan's proposal", found="no entry")
    return state


def _proposed(entry: HistoryEntry, values: Any) -> LoanState:
    if not isinstance(values, p.Proposed):
        loan = "0x" + entry.loan.hex()
        raise HistoryBroken(loan=loan, seq=entry.seq, expected="the loan's proposal", found=entry.kind.name)
    terms = values.terms
    return LoanState(
        terms=terms,
        reversal_days=values.reversal_days,
        principal=terms.principal,
        funding_deadline=terms.funding_deadline,
    )


# -------------------------------------------------------------------------------------------------- funding and payouts


def _subscribed(s: LoanState, entry: HistoryEntry, v: p.Subscribed) -> LoanState:
    return replace(
        _issue(s, v.subject, v.amount, v.lender_class), state=State.FUNDING, subscribed=s.subscribed + v.amount
    )


def _issue(s: LoanState, subject: bytes, units: int, lender_class: int) -> LoanState:
    held = s.holdings.get(subject, Holding(0, lender_class))
    grown = _hold(s, subject, replace(held, units=held.units + units, lender_class=lender_class))
    return replace(grown, weighted=s.weighted + units * s.weight(lender_class))


def _hold(s: LoanState, subject: bytes, held: Holding) -> LoanState:
    return replace(s, holdings=MappingProxyType({**s.holdings, subject: held}))


def _funded(s: LoanState, entry: HistoryEntry, v: p.Funded) -> LoanState:
    return replace(s, state=State.FUNDED)


def _cancelled(s: LoanState, entry: HistoryEntry, v: p.Cancelled) -> LoanState:
    return replace(s, state=State.CANCELLED)


def _expired(s: LoanState, entry: HistoryEntry, v: p.Expired) -> LoanState:
    if s.payout is Payout.RESERVED:
        s = _uncalled(s)
    return replace(s, state=State.EXPIRED)


def _uncalled(s: LoanState) -> LoanState:
    return replace(
        s,
        payout=Payout.RETURNED,
        called=s.called - s.in_payout,
        outstanding=s.outstanding - s.in_payout,
        in_payout=0,
    )


def _refunded(s: LoanState, entry: HistoryEntry, v: p.Refunded) -> LoanState:
    held = s.holdings[v.subject]
    # Less than the units: what the lender had claimed before a reversal is held back, and meets the bank's claim.
    withheld = min(held.units - v.amount, s.bank_claim)
    s = _hold(s, v.subject, replace(held, units=0, numerator=0))
    return replace(s, released=s.released + v.amount, bank_claim=s.bank_claim - withheld)


def _requested(s: LoanState, entry: HistoryEntry, v: p.DisbursementRequested) -> LoanState:
    first = s.state is State.FUNDED
    return replace(
        s,
        state=State.DISBURSING if first else s.state,
        anchor=entry.day if first else s.anchor,
        payout=Payout.RESERVED,
        in_payout=v.amount,
        called=s.called + v.amount,
        outstanding=s.outstanding + v.amount,
    )


def _instructed(s: LoanState, entry: HistoryEntry, v: p.PayoutInstructed) -> LoanState:
    return replace(s, payout=Payout.INSTRUCTED)


def _payout_returned(s: LoanState, entry: HistoryEntry, v: p.PayoutReturned) -> LoanState:
    return replace(_uncalled(s), state=State.FUNDED if s.state is State.DISBURSING else s.state)


def _disbursed(s: LoanState, entry: HistoryEntry, v: p.Disbursed) -> LoanState:
    if s.state is State.DISBURSING:
        day = v.value_date
        s = replace(s, state=State.ACTIVE, last_value_date=day, anchor=day, start=day)
    return replace(s, payout=Payout.SETTLED, in_payout=0, released=s.released + v.amount, schedule=v.schedule)


def _bounced(s: LoanState, entry: HistoryEntry, v: p.PayoutBounced) -> LoanState:
    return replace(
        s,
        state=State.FUNDED,
        payout=Payout.RETURNED,
        last_value_date=None,
        anchor=None,
        start=None,
        schedule=NO_ADDRESS,
        called=0,
        outstanding=0,
        released=s.released - v.amount,
    )


def _drawing_closed(s: LoanState, entry: HistoryEntry, v: p.DrawingClosed) -> LoanState:
    return replace(s, undrawn_returned=v.returned)


def _opened(s: LoanState, entry: HistoryEntry, v: p.OpenedRunning) -> LoanState:
    amount, day = v.opening.outstanding, v.opening.last_value_date
    return replace(
        s,
        state=State.ACTIVE,
        payout=Payout.SETTLED,
        principal=amount,
        subscribed=amount,
        called=amount,
        outstanding=amount,
        released=amount,
        last_value_date=day,
        anchor=day,
        start=day,
        schedule=v.schedule,
    )


def _with_positions(s: LoanState, opened: Mapping[bytes, Holding]) -> LoanState:
    for subject, held in opened.items():
        s = _issue(s, subject, held.units, held.lender_class)
    return s


# ------------------------------------------------------------------------------------------------------------- payments


def _paid(s: LoanState, entry: HistoryEntry, v: Any) -> LoanState:
    """New money: it meets the bank's claim first, while debt and earnings are reckoned as if all were there."""
    posted: Posted = v.posted
    met = min(s.bank_claim, posted.amount)
    return replace(_post(s, Booked(entry.seq, posted)), bank_claim=s.bank_claim - met)


def _kept(s: LoanState, entry: HistoryEntry, v: p.PaymentKept) -> LoanState:
    return _post(s, Booked(entry.seq, v.posted, stands_for=v.seq))


def _early_repaid(s: LoanState, entry: HistoryEntry, v: p.EarlyRepaid) -> LoanState:
    met = min(s.bank_claim, v.posted.amount)
    s = _post(s, Booked(entry.seq, v.posted, before=v.before))
    if v.early.schedule != NO_ADDRESS:
        s = replace(s, schedule=v.early.schedule, start=v.posted.value_date)
    return replace(s, bank_claim=s.bank_claim - met)


def _post(s: LoanState, booked: Booked) -> LoanState:
    posted = booked.posted
    return replace(
        s,
        outstanding=s.outstanding - posted.principal,
        interest=s.interest + posted.interest + posted.penalty,
        penalty_due=s.penalty_due + posted.accrued - posted.penalty,
        fees=s.fees + posted.fee,
        overpaid=posted.overpaid,
        last_value_date=posted.value_date,
        payments=(*s.payments, booked),
    )


def _reversed(s: LoanState, entry: HistoryEntry, v: p.PaymentReversed) -> LoanState:
    s = _undone(s, v.seq)
    return replace(s, bank_claim=s.bank_claim + v.amount - v.burned)


def _payments_undone(s: LoanState, entry: HistoryEntry, v: p.PaymentsUndone) -> LoanState:
    return _undone(s, v.seq)


def _undone(s: LoanState, seq: int) -> LoanState:
    """All payments that still count, from the last one back to entry `seq`, are undone."""
    for booked in reversed(s.payments):
        if booked.counts and booked.seq >= seq:
            s = _unpost(s, booked.posted, booked.before)
    payments = tuple(replace(b, counts=b.counts and b.seq < seq) for b in s.payments)
    return replace(s, state=State.ACTIVE, repaid_on=None, payments=payments)


def _unpost(s: LoanState, posted: Posted, before: Table | None) -> LoanState:
    if before is not None:
        s = replace(s, schedule=before.schedule, start=before.start)
    used = posted.fee + posted.penalty + posted.interest + posted.principal
    return replace(
        s,
        outstanding=s.outstanding + posted.principal,
        interest=s.interest - posted.interest - posted.penalty,
        penalty_due=s.penalty_due + posted.penalty - posted.accrued,
        fees=s.fees - posted.fee,
        overpaid=s.overpaid + used - posted.amount,
        last_value_date=posted.previous_value_date,
    )


def _repaid(s: LoanState, entry: HistoryEntry, v: p.Repaid) -> LoanState:
    return replace(s, state=State.REPAID, repaid_on=entry.day)


# --------------------------------------------------------------------------------------------------- claims and endings


def _claimed(s: LoanState, entry: HistoryEntry, v: p.Claimed) -> LoanState:
    held = s.holdings[v.subject]
    rest = s.owed(v.subject) - v.amount * s.denominator
    if s.state is State.CLOSED and held.units and rest < s.denominator:
        after = replace(held, units=0, numerator=0)
    else:
        after = replace(held, snapshot=s.accumulated(held.lender_class), numerator=rest)
    return replace(_hold(s, v.subject, after), released=s.released + v.amount)


def _transferred(s: LoanState, entry: HistoryEntry, v: p.PositionTransferred) -> LoanState:
    units = v.transfer.units
    seller = s.holdings[v.seller_subject]
    buyer = s.holdings.get(v.buyer_subject, Holding(0, seller.lender_class))
    snapshot = s.accumulated(seller.lender_class)
    sold = Holding(seller.units - units, seller.lender_class, snapshot, s.owed(v.seller_subject) - v.carried)
    bought = Holding(buyer.units + units, seller.lender_class, snapshot, s.owed(v.buyer_subject) + v.carried)
    return _hold(_hold(s, v.seller_subject, sold), v.buyer_subject, bought)


def _fees_claimed(s: LoanState, entry: HistoryEntry, v: p.FeesClaimed) -> LoanState:
    return replace(s, fees_paid=s.fees_paid + v.amount, released=s.released + v.amount)


def _overpayment_released(s: LoanState, entry: HistoryEntry, v: p.OverpaymentReleased) -> LoanState:
    return replace(s, overpaid=s.overpaid - v.amount)


def _closed(s: LoanState, entry: HistoryEntry, v: p.Closed) -> LoanState:
    return replace(s, state=State.CLOSED)


def _dust_swept(s: LoanState, entry: HistoryEntry, v: p.DustSwept) -> LoanState:
    # All that the loan held is gone: to the reserve, and what the bank still claimed to the bank.
    met = min(s.bank_claim, s.cash - v.amount)
    return replace(s, released=s.released + v.amount, bank_claim=s.bank_claim - met)


def _unchanged(s: LoanState, entry: HistoryEntry, v: Any) -> LoanState:
    return s


_STEPS: Mapping[Entry, Callable[[LoanState, HistoryEntry, Any], LoanState]] = {
    Entry.PROPOSED: _unchanged,
    Entry.SUBSCRIBED: _subscribed,
    Entry.FUNDED: _funded,
    Entry.CANCELLED: _cancelled,
    Entry.EXPIRED: _expired,
    Entry.REFUNDED: _refunded,
    Entry.DISBURSEMENT_REQUESTED: _requested,
    Entry.PAYOUT_INSTRUCTED: _instructed,
    Entry.PAYOUT_RETURNED: _payout_returned,
    Entry.DISBURSED: _disbursed,
    Entry.PAYMENT_POSTED: _paid,
    Entry.REPAID: _repaid,
    Entry.CLAIMED: _claimed,
    Entry.CLOSED: _closed,
    Entry.DUST_SWEPT: _dust_swept,
    Entry.DOCUMENT_COMMITTED: _unchanged,
    Entry.PAID_FROM_ACCOUNT: _paid,
    Entry.PAID_BY_MANDATE: _paid,
    Entry.EARLY_REPAID: _early_repaid,
    Entry.PAYMENT_REVERSED: _reversed,
    Entry.PAYMENT_KEPT: _kept,
    Entry.PAYOUT_BOUNCED: _bounced,
    Entry.POSITION_TRANSFERRED: _transferred,
    Entry.DRAWING_CLOSED: _drawing_closed,
    Entry.FEES_CLAIMED: _fees_claimed,
    Entry.OVERPAYMENT_RELEASED: _overpayment_released,
    Entry.OPENED_RUNNING: _opened,
    Entry.MANDATE_REVOKED: _unchanged,
    Entry.PAYMENTS_UNDONE: _payments_undone,
}
