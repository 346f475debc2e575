"""Reads and writes of the index. Decides nothing; never commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from chain.ledger.addresses import checksum_address
from chain.ledger.history import Entry, HistoryEntry
from chain.ledger.reader import LogRecord
from gateway.database import Table
from gateway.indexer.hexes import hex_of, position_of
from gateway.indexer.tables import (
    IndexedBlock,
    IndexedDocument,
    IndexedEntry,
    IndexedEvent,
    IndexedLoan,
    IndexedOpening,
    IndexedPayment,
    IndexedPosition,
    IndexedUnreadable,
)

_KEPT_BLOCKS = 2_000
_PORTION = 500
_FLAGGED = "index_flagged"
_KEPT_ROWS = "index_rows"
# What each event is looked up by; the rest is found in block order.
_KEYS = {
    "PartyRegistered": "account",
    "ProfileSet": "id",
    "WithdrawalMoved": "id",
    "DayClosed": "through",
    "Attested": "through",
    "Credited": "to",
    "Debited": "from",
    "Suspended": "statementNo",
    "SuspenseMatched": "statementNo",
    "SuspenseReturned": "statementNo",
    "Approved": "action",
    "ApprovalUsed": "action",
    "ApprovalWithdrawn": "action",
    "ReplacementAnnounced": "subject",
    "ReplacementConsented": "subject",
    "ReplacementWithdrawn": "subject",
    "PartyReplaced": "subject",
    "SubjectFrozen": "subject",
    "SubjectReleased": "subject",
    "WorkingDaysPublished": "calendar",
}


def tip(session: Session) -> IndexedBlock | None:
    """The newest indexed block."""
    return session.scalar(select(IndexedBlock).order_by(IndexedBlock.number.desc()).limit(1))


def blocks_down(session: Session) -> Sequence[IndexedBlock]:
    """Indexed block hashes, newest first."""
    return session.scalars(select(IndexedBlock).order_by(IndexedBlock.number.desc())).all()


def add_block(session: Session, number: int, block_hash: str) -> None:
    """Remembers the end of an indexed range; forgets what is too old to be reorganised."""
    # Blocks above the tip are always removed before, so that none can be there.
    session.execute(insert(IndexedBlock).values(number=number, hash=block_hash))
    session.execute(delete(IndexedBlock).where(IndexedBlock.number < number - _KEPT_BLOCKS))


def prefetch(session: Session, loans: Sequence[str]) -> list[IndexedLoan]:
    """Reads the rows of these loans at once; while the answer is kept, `loan` and `flagged` ask for none of them."""
    found: list[IndexedLoan] = []
    known: dict[str, IndexedUnreadable | None] = session.info.setdefault(_FLAGGED, {})
    for start in range(0, len(loans), _PORTION):
        some = loans[start : start + _PORTION]
        found += session.scalars(select(IndexedLoan).where(IndexedLoan.id.in_(some)))
        known.update(dict.fromkeys(some))
        known.update(unreadable(session, some))
    return found


def flagged(session: Session, loan: str) -> IndexedUnreadable | None:
    """What is kept of a loan that has an entry that can't be read."""
    known: dict[str, IndexedUnreadable | None] = session.info.get(_FLAGGED, {})
    return known[loan] if loan in known else session.get(IndexedUnreadable, loan)


def flag(session: Session, row: IndexedUnreadable) -> None:
    """The loan has one from now on."""
    session.add(row)
    known: dict[str, IndexedUnreadable | None] = session.info.get(_FLAGGED, {})
    if row.loan in known:
        known[row.loan] = row


def head_of(session: Session, loan: bytes) -> tuple[bytes, int]:
    """History head and length as indexed; the loan's id and 0 before the first entry."""
    row = flagged(session, hex_of(loan)) or session.get(IndexedLoan, hex_of(loan))
    return (loan, 0) if row is None else (bytes.fromhex(row.head[2:]), row.length)


def add_entry(session: Session, entry: HistoryEntry) -> None:
    """Stores a history entry with the next `flush`."""
    _keep(
        session,
        IndexedEntry,
        loan=hex_of(entry.loan), seq=entry.seq, day=entry.day, kind=int(entry.kind), actor=entry.actor,
        payload=entry.payload, head=hex_of(entry.head), block=entry.block, block_hash=hex_of(entry.block_hash),
        tx=hex_of(entry.tx), log_index=entry.log_index,
    )  # fmt: skip


def add_event(session: Session, record: LogRecord) -> None:
    """Stores any other event with the next `flush`."""
    values = {name: _json(value) for name, value in record.values.items()}
    _keep(
        session,
        IndexedEvent,
        position=position_of(record.block, record.log_index), contract=record.contract, event=record.event,
        key=str(values.get(_KEYS.get(record.event, ""), "")), values=values, block=record.block, tx=hex_of(record.tx),
    )  # fmt: skip


def add_payment(session: Session, **values: Any) -> None:
    """Stores a posting with the next `flush`; values: by IndexedPayment's columns, those left out are none."""
    optional = {"statement": None, "entry": None, "keeps": None, "undone_by": None, "schedule_before": None}
    _keep(session, IndexedPayment, **(optional | values))


def _keep(session: Session, table: type[Table], **values: Any) -> None:
    rows: dict[type[Table], list[dict[str, Any]]] = session.info.setdefault(_KEPT_ROWS, {})
    rows.setdefault(table, []).append(values)


def flush(session: Session) -> None:
    """Stores all that was kept, many rows at once: the unit of work takes several times as long for them."""
    session.flush()
    rows: dict[type[Table], list[dict[str, Any]]] = session.info.pop(_KEPT_ROWS, {})
    for table, values in rows.items():
        session.connection().execute(insert(table.__table__), values)  # type: ignore[arg-type]


def drop_kept(session: Session) -> None:
    """Forgets what was kept since the last `flush`."""
    session.info.pop(_KEPT_ROWS, None)


def entries(session: Session, loan: str, after: int = 0, limit: int = 1000) -> Sequence[IndexedEntry]:
    """A loan's history entries above `after`, in order."""
    query = select(IndexedEntry).where(IndexedEntry.loan == loan, IndexedEntry.seq > after)
    return session.scalars(query.order_by(IndexedEntry.seq).limit(limit)).all()


def histories(session: Session, loans: Sequence[str]) -> list[HistoryEntry]:
    """All history entries of `loans`, loan by loan, each loan's in order."""
    query = select(IndexedEntry).where(IndexedEntry.loan.in_(loans))
    return [history_entry(row) for row in session.scalars(query.order_by(IndexedEntry.loan, IndexedEntry.seq))]


def entry(session: Session, loan: str, seq: int) -> IndexedEntry | None:
    """One history entry of a loan."""
    return session.get(IndexedEntry, (loan, seq))


def payments(session: Session, loan: str) -> Sequence[IndexedPayment]:
    """All postings of a loan, those undone too, in the order of its history."""
    query = select(IndexedPayment).where(IndexedPayment.loan == loan).order_by(IndexedPayment.seq)
    return session.scalars(query).all()


def live_payment(session: Session, loan: str, seq: int) -> IndexedPayment | None:
    """The posting that stands for payment `seq` now, which may have been kept under another number; None if undone."""
    payment = session.get(IndexedPayment, (loan, seq))
    while payment is not None and payment.undone_by is not None:
        query = select(IndexedPayment).where(IndexedPayment.loan == loan, IndexedPayment.keeps == payment.seq)
        payment = session.scalar(query.limit(1))
    return payment


def payment_of_entry(session: Session, statement: int, number: int) -> IndexedPayment | None:
    """The posting that counts of a bank entry, of whichever loan."""
    query = select(IndexedPayment).where(
        IndexedPayment.statement == statement, IndexedPayment.entry == number, IndexedPayment.undone_by.is_(None)
    )
    return session.scalar(query.limit(1))


def touched_above(session: Session, block: int) -> dict[str, set[Entry]]:
    """Loans with entries after `block`, and the kinds of these."""
    found: dict[str, set[Entry]] = {}
    query = select(IndexedEntry.loan, IndexedEntry.kind).where(IndexedEntry.block > block).distinct()
    for loan, kind in session.execute(query):
        found.setdefault(loan, set()).add(Entry(kind))
    return found


def with_entries(session: Session, loans: Sequence[str], kinds: Sequence[Entry]) -> set[str]:
    """Those of `loans` whose histories have an entry of one of `kinds`."""
    query = select(IndexedEntry.loan).where(IndexedEntry.loan.in_(loans), IndexedEntry.kind.in_(map(int, kinds)))
    return set(session.scalars(query.distinct()))


def entries_above(session: Session, loan: str, block: int) -> Sequence[IndexedEntry]:
    """A loan's history entries after `block`, in order."""
    query = select(IndexedEntry).where(IndexedEntry.loan == loan, IndexedEntry.block > block)
    return session.scalars(query.order_by(IndexedEntry.seq)).all()


def history_entry(row: IndexedEntry) -> HistoryEntry:
    """The entry as the ledger recorded it."""
    return HistoryEntry(
        loan=bytes.fromhex(row.loan[2:]), seq=row.seq, day=row.day, kind=Entry(row.kind), actor=row.actor,
        payload=row.payload, head=bytes.fromhex(row.head[2:]), block=row.block,
        block_hash=bytes.fromhex(row.block_hash[2:]), tx=bytes.fromhex(row.tx[2:]), log_index=row.log_index,
    )  # fmt: skip


def forget_above(session: Session, block: int) -> list[str]:
    """Deletes all that came after `block`; returns the ids of loans whose rows must be rebuilt (deleted here too)."""
    loans = list(session.scalars(select(IndexedEntry.loan).where(IndexedEntry.block > block).distinct()))
    session.execute(delete(IndexedEntry).where(IndexedEntry.block > block))
    session.execute(delete(IndexedEvent).where(IndexedEvent.block > block))
    session.execute(delete(IndexedBlock).where(IndexedBlock.number > block))
    for table, column in (
        (IndexedLoan, IndexedLoan.id),
        (IndexedPayment, IndexedPayment.loan),
        (IndexedPosition, IndexedPosition.loan),
        (IndexedDocument, IndexedDocument.loan),
        (IndexedUnreadable, IndexedUnreadable.loan),
    ):
        session.execute(delete(table).where(column.in_(loans)))
    return loans


def last_event(session: Session, event: str, key: str | None = None) -> IndexedEvent | None:
    """The newest event of that name (and key)."""
    query = select(IndexedEvent).where(IndexedEvent.event == event)
    if key is not None:
        query = query.where(IndexedEvent.key == key)
    return session.scalar(query.order_by(IndexedEvent.position.desc()).limit(1))


def keep_opening(session: Session, loan: str, positions: Sequence[tuple[str, int, int]]) -> None:
    """Keeps the positions (lender, units, class) of a running loan's opening; its history holds only their hash."""
    session.execute(delete(IndexedOpening).where(IndexedOpening.loan == loan))
    for number, (lender, units, lender_class) in enumerate(positions):
        session.add(IndexedOpening(loan=loan, number=number, lender=lender, units=units, lender_class=lender_class))
    session.flush()


def opening(session: Session, loan: str) -> Sequence[IndexedOpening]:
    """The positions of a running loan's opening, in their order."""
    query = select(IndexedOpening).where(IndexedOpening.loan == loan).order_by(IndexedOpening.number)
    return session.scalars(query).all()


def events(
    session: Session, event: str, after: str = "", limit: int = 1000, seen: ColumnElement[bool] | None = None
) -> Sequence[IndexedEvent]:
    """Events of that name above the position `after`, in chain order. seen: which may be seen at all."""
    query = select(IndexedEvent).where(IndexedEvent.event == event, IndexedEvent.position > after)
    if seen is not None:
        query = query.where(seen)
    return session.scalars(query.order_by(IndexedEvent.position).limit(limit)).all()


def last_of_each(
    session: Session, event: str, after: str, limit: int, seen: ColumnElement[bool] | None = None
) -> Sequence[IndexedEvent]:
    """The newest event of each key, of those above the position `after`, in chain order. seen: as for `events`."""
    newest = (
        select(func.max(IndexedEvent.position)).where(IndexedEvent.event == event).group_by(IndexedEvent.key)
    ).scalar_subquery()
    query = select(IndexedEvent).where(IndexedEvent.position.in_(newest), IndexedEvent.position > after)
    if seen is not None:
        query = query.where(seen)
    return session.scalars(query.order_by(IndexedEvent.position).limit(limit)).all()


def party_events(session: Session, account: str | None = None, subject: str | None = None) -> Sequence[IndexedEvent]:
    """Registrations of an account or a subject, newest first."""
    query = select(IndexedEvent).where(IndexedEvent.event == "PartyRegistered")
    if account is not None:
        query = query.where(IndexedEvent.key == account)
    if subject is not None:
        query = query.where(IndexedEvent.values["subject"].as_string() == subject)
    return session.scalars(query.order_by(IndexedEvent.position.desc())).all()


def subject_of(session: Session, party: str) -> str | None:
    """The subject that an address stands or stood for, or the subject itself; None if neither was registered."""
    found = party_events(session, account=party) or party_events(session, subject=party.lower())
    if found:
        return str(found[0].values["subject"])
    query = select(IndexedEvent).where(
        IndexedEvent.event == "PartyReplaced", IndexedEvent.values["account"].as_string() == party
    )
    replaced = session.scalar(query.limit(1))
    return None if replaced is None else str(replaced.values["subject"])


def account_of(session: Session, subject: str) -> str | None:
    """The address that stands for the subject now; None if it was never registered."""
    replaced = last_event(session, "PartyReplaced", subject)
    if replaced is not None:
        return str(replaced.values["account"])
    registered = party_events(session, subject=subject)
    return str(registered[0].values["account"]) if registered else None


def addresses_of(session: Session, subject: str) -> set[str]:
    """All addresses that stand or stood for the subject."""
    query = select(IndexedEvent).where(IndexedEvent.event == "PartyReplaced", IndexedEvent.key == subject)
    replaced = {str(event.values[name]) for event in session.scalars(query) for name in ("former", "account")}
    return replaced | {str(event.values["account"]) for event in party_events(session, subject=subject)}


def loan(session: Session, loan_id: str) -> IndexedLoan | None:
    """By id."""
    return session.get(IndexedLoan, loan_id)


def loans(
    session: Session,
    *,
    after: str = "",
    limit: int = 50,
    state: str | None = None,
    number: str | None = None,
    borrower: str | None = None,
    payout: str | None = None,
    seen: ColumnElement[bool] | None = None,
) -> Sequence[IndexedLoan]:
    """In the order in which they were proposed, above the position `after`. seen: which may be seen at all."""
    query = select(IndexedLoan).where(IndexedLoan.position > after)
    if seen is not None:
        query = query.where(seen)
    for column, value in (
        (IndexedLoan.state, state), (IndexedLoan.number, number), (IndexedLoan.borrower, borrower),
        (IndexedLoan.payout, payout),
    ):  # fmt: skip
        if value is not None:
            query = query.where(column == value)
    return session.scalars(query.order_by(IndexedLoan.position).limit(limit)).all()


def newest_loans(session: Session, limit: int, seen: ColumnElement[bool]) -> Sequence[IndexedLoan]:
    """Those proposed last, newest first, of those that are seen."""
    query = select(IndexedLoan).where(seen).order_by(IndexedLoan.position.desc())
    return session.scalars(query.limit(limit)).all()


def owing(session: Session, seen: ColumnElement[bool]) -> Sequence[IndexedLoan]:
    """Those that are seen and not paid back."""
    query = select(IndexedLoan).where(seen, IndexedLoan.state.in_(("Disbursing", "Active")))
    return [loan for loan in session.scalars(query) if loan.outstanding > 0]


def unreadable(session: Session, loan_ids: Sequence[str]) -> dict[str, IndexedUnreadable]:
    """Those of these loans that have an entry that can't be read."""
    query = select(IndexedUnreadable).where(IndexedUnreadable.loan.in_(loan_ids))
    return {row.loan: row for row in session.scalars(query)}


def count_unreadable(session: Session) -> int:
    """How many loans have an entry that can't be read."""
    return session.scalar(select(func.count()).select_from(IndexedUnreadable)) or 0


def positions(session: Session, loan_id: str) -> Sequence[IndexedPosition]:
    """Of a loan, by subject."""
    query = select(IndexedPosition).where(IndexedPosition.loan == loan_id).order_by(IndexedPosition.subject)
    return session.scalars(query).all()


def positions_of(
    session: Session, subject: str, seen: ColumnElement[bool]
) -> Sequence[tuple[IndexedLoan, IndexedPosition]]:
    """A subject's positions with their loans, in the order in which the loans were proposed; of loans that are seen."""
    query = select(IndexedLoan, IndexedPosition).join(IndexedPosition, IndexedPosition.loan == IndexedLoan.id)
    query = query.where(seen)
    rows = session.execute(query.where(IndexedPosition.subject == subject).order_by(IndexedLoan.position))
    return [(loan, position) for loan, position in rows]


def documents(session: Session, loan_id: str) -> Sequence[IndexedDocument]:
    """Of a loan, in the order in which they were committed."""
    query = select(IndexedDocument).where(IndexedDocument.loan == loan_id).order_by(IndexedDocument.seq)
    return session.scalars(query).all()


def document(session: Session, document_id: str) -> IndexedDocument | None:
    """By id, on whichever loan it was committed first."""
    query = select(IndexedDocument).where(IndexedDocument.document == document_id)
    return session.scalar(query.limit(1))


def _json(value: Any) -> Any:
    if isinstance(value, bytes):
        return hex_of(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 2**53:
        return str(value)
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return checksum_address(value)
    if isinstance(value, Mapping):
        return {name: _json(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_json(part) for part in value]
    return value
