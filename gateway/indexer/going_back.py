"""The index as it was at an earlier block, after a reorganisation took the blocks above it away.

Under load a chain of sealers loses its newest block now and then, and nobody can write meanwhile: so what most of its
entries are, payments that nothing followed, is undone from what was kept of each. All other loans that were touched are
made anew from their histories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from chain.ledger.history import Entry, payload
from gateway.indexer import projection, repository
from gateway.indexer.effects import unpost
from gateway.indexer.tables import IndexedEntry, IndexedLoan, IndexedPayment

_AT_ONCE = 100  # loans


def go_back(session: Session, block: int, members: Mapping[str, str]) -> int:
    """Makes the index that of the blocks up to `block`; how many loans changed. members: names by root address."""
    touched = repository.touched_above(session, block)
    plain = [loan for loan, kinds in touched.items() if kinds == {Entry.PAYMENT_POSTED}]
    for start in range(0, len(plain), _AT_ONCE):
        _take_payments_back(session, plain[start : start + _AT_ONCE], block)
    session.flush()
    others = repository.forget_above(session, block)
    session.expire_all()
    for start in range(0, len(others), _AT_ONCE):
        rebuild(session, others[start : start + _AT_ONCE], members)
    return len(touched)


def _take_payments_back(session: Session, loans: Sequence[str], block: int) -> None:
    """Undoes the entries above `block`, plain payments all, of those of `loans` where what each did is kept.

    That is not so of unreadable ones, nor of what a payment met of the bank's claim, which only reversals give rise to.
    """
    unclear = repository.unreadable(session, loans).keys() | repository.with_entries(
        session, loans, (Entry.PAYMENT_REVERSED, Entry.PAYMENTS_UNDONE)
    )
    rows = session.scalars(select(IndexedLoan).where(IndexedLoan.id.in_(set(loans) - unclear))).all()
    for loan in rows:
        entries = repository.entries_above(session, loan.id, block)
        payments = select(IndexedPayment).where(IndexedPayment.loan == loan.id, IndexedPayment.seq >= entries[0].seq)
        for payment in session.scalars(payments.order_by(IndexedPayment.seq.desc())):
            unpost(loan, payment)
            session.delete(payment)
        before = repository.entry(session, loan.id, entries[0].seq - 1)
        assert before is not None, "a payment follows the loan's proposal"
        loan.length, loan.head, loan.last_block = before.seq, before.head, before.block
    done = [loan.id for loan in rows]
    session.flush()
    session.execute(delete(IndexedEntry).where(IndexedEntry.loan.in_(done), IndexedEntry.block > block))


def rebuild(session: Session, loans: Sequence[str], members: Mapping[str, str]) -> None:
    """Makes the rows of `loans`, of which there are none, from their history entries."""
    entries = repository.histories(session, loans)
    try:
        with session.begin_nested():
            repository.prefetch(session, loans)  # that none is known to be unreadable; there are no rows to refer to
            for entry in entries:
                projection.apply_readable(session, entry, payload(entry), members)
            repository.flush(session)
    except projection.UNREADABLE:  # once more, each entry on its own
        repository.drop_kept(session)
        session.expire_all()
        repository.prefetch(session, loans)
        for entry in entries:
            projection.apply(session, entry, members)
        session.flush()
