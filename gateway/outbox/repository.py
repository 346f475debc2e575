"""Reads of the outbox's tables, and new rows. Decides nothing; never commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import exists, func, or_, select
from sqlalchemy import insert as insert_into
from sqlalchemy.orm import Session, aliased, make_transient_to_detached

from gateway.auth.actors import SEAT_TENANT
from gateway.database import now
from gateway.events import transactions as events
from gateway.outbox.flights import Flight
from gateway.outbox.states import note_unmined
from gateway.outbox.tables import ENDS, IN_FLIGHT, OPEN, Attempt, OutboxTransaction, Status

__all__ = ["ENDS", "IN_FLIGHT", "OPEN"]


@dataclass(frozen=True)
class Queued:
    """A transaction that waits for its nonce. See `OutboxTransaction` for the fields."""

    seq: int
    id: str
    contract: str
    function: str
    to: str
    data: str
    loan: str | None
    after: int | None
    behind_gas: int | None
    waiting_for: str | None


@dataclass(frozen=True)
class Predecessor:
    """What a chained transaction has to know of the one before."""

    id: str
    status: str
    sender: str
    reverted: bool


_row = OutboxTransaction
_INSERT = insert_into(OutboxTransaction).returning(_row.seq)
_earlier = aliased(OutboxTransaction)
_before = aliased(OutboxTransaction)
_LANE_TAKEN = exists().where(
    _earlier.loan == _row.loan, _earlier.status.in_([s.value for s in OPEN]), _earlier.seq < _row.seq
)
_PREDECESSOR_QUEUED = exists().where(_before.seq == _row.after, _before.status == Status.QUEUED.value)
_QUEUED = (
    select(
        _row.seq, _row.id, _row.contract, _row.function, _row.to, _row.data, _row.loan, _row.after, _row.behind_gas,
        _row.waiting_for,
    )
    .where(_row.status == Status.QUEUED.value, or_(_row.loan.is_(None), ~_LANE_TAKEN))
    .where(or_(_row.after.is_(None), ~_PREDECESSOR_QUEUED))
    .order_by(_row.seq)
)  # fmt: skip


def insert(
    session: Session,
    *,
    sender: str,
    contract: str,
    function: str,
    to: str,
    data: bytes,
    loan: bytes | None,
    after: int | None,
    principal: str,
    behind_gas: int | None = None,
    tenant: str = SEAT_TENANT,
) -> OutboxTransaction:
    """A new queued transaction, with its `seq`."""
    moment = now()
    row = OutboxTransaction(
        id=uuid4().hex, status=Status.QUEUED, sender=sender, contract=contract, function=function, to=to,
        data="0x" + data.hex(),
        loan=None if loan is None else "0x" + loan.hex(), after=after, behind_gas=behind_gas,
        principal=principal, tenant=tenant, created_at=moment, updated_at=moment, reverted=False, nonce=None,
        hash=None, block=None, block_hash=None, gas_used=None, error=None, waiting_for=None,
    )  # fmt: skip
    values = {column.key: getattr(row, column.key) for column in OutboxTransaction.__table__.c if column.key != "seq"}
    row.seq = int(session.connection().execute(_INSERT, values).scalar_one())
    make_transient_to_detached(row)  # it is stored: the unit of work, slow for one row, has nothing to do
    session.add(row)
    events.accepted(session, row)
    return row


def queued(session: Session, sender: str, limit: int) -> list[Queued]:
    """Of the key `sender`, in order: those whose loan has no earlier transaction on its way, of whichever key, and that
    follow no queued one."""
    rows = session.connection().execute(_QUEUED.where(_row.sender == sender).limit(limit))
    return [Queued(**row._mapping) for row in rows]


def any_queued(session: Session, sender: str) -> bool:
    """Whether the key has queued transactions."""
    query = select(_row.seq).where(_row.status == Status.QUEUED.value, _row.sender == sender)
    return session.scalar(query.limit(1)) is not None


def earliest_open(session: Session) -> int | None:
    """`seq` of the seat's earliest transaction that is not mined yet."""
    found = [
        session.scalar(select(_row.seq).where(_row.status == status.value).order_by(_row.seq).limit(1))
        for status in OPEN
    ]
    return min((seq for seq in found if seq is not None), default=None)


def predecessors(session: Session, seqs: Sequence[int]) -> dict[int, Predecessor]:
    """By `seq`."""
    query = select(_row.seq, _row.id, _row.status, _row.sender, _row.reverted).where(_row.seq.in_(seqs))
    rows = session.connection().execute(query)
    return {row.seq: Predecessor(row.id, row.status, row.sender, row.reverted) for row in rows}


def still_queued(session: Session, seqs: Sequence[int]) -> set[int]:
    """Those of `seqs` that are queued."""
    query = select(_row.seq).where(_row.seq.in_(seqs), _row.status == Status.QUEUED.value)
    return {int(row.seq) for row in session.connection().execute(query)}


def flights(session: Session, sender: str) -> list[Flight]:
    """The key's transactions that are signed and have not ended, with all their attempts."""
    statuses = [status.value for status in (*IN_FLIGHT, Status.MINED)]
    query = (
        select(OutboxTransaction, Attempt)
        .join(Attempt, Attempt.transaction == _row.seq)
        .where(_row.sender == sender, _row.status.in_(statuses))
        .order_by(_row.nonce, Attempt.replaced, Attempt.created_at.desc(), Attempt.hash)
    )
    found: dict[int, Flight] = {}
    for row, attempt in session.execute(query):
        known = found.get(row.seq)
        if known is not None:
            known.attempts.append(attempt.hash)
            continue
        found[row.seq] = Flight(
            seq=row.seq, id=row.id, status=Status(row.status), nonce=attempt.nonce, to=row.to, data=row.data,
            attempts=[attempt.hash], raw=attempt.raw, gas=attempt.gas, fees=attempt.fees, contract=row.contract,
            function=row.function, block=row.block, block_hash=row.block_hash, reverted=row.reverted,
        )  # fmt: skip
    return list(found.values())


def flight_states(session: Session, sender: str) -> dict[int, str]:
    """`seq` and status of the key's transactions that are signed and have not ended."""
    statuses = [status.value for status in (*IN_FLIGHT, Status.MINED)]
    query = select(_row.seq, _row.status).where(_row.status.in_(statuses), _row.sender == sender)
    return {row.seq: row.status for row in session.connection().execute(query)}


def get(session: Session, seq: int) -> OutboxTransaction | None:
    """By `seq`."""
    return session.get(OutboxTransaction, seq)


def many(session: Session, seqs: Sequence[int]) -> Sequence[OutboxTransaction]:
    """Those of `seqs`, in order of `seq`."""
    query = select(OutboxTransaction).where(OutboxTransaction.seq.in_(seqs)).order_by(OutboxTransaction.seq)
    return session.scalars(query).all()


def attempts(session: Session, seq: int) -> Sequence[Attempt]:
    """Newest first."""
    query = select(Attempt).where(Attempt.transaction == seq)
    return session.scalars(query.order_by(Attempt.replaced, Attempt.created_at.desc(), Attempt.hash)).all()


def next_free_nonce(session: Session, sender: str) -> int:
    """One above the highest nonce that a transaction of the key has; 0 if there is none.

    Also of one that was reverted: a block holds its nonce. What was given back, or never signed, has none.
    """
    query = select(_row.nonce).where(_row.sender == sender, _row.nonce.is_not(None))
    highest = session.scalar(query.order_by(_row.nonce.desc()).limit(1))
    return 0 if highest is None else highest + 1


def counts_of(session: Session, statuses: Sequence[Status]) -> dict[str, int]:
    """Transactions by status, of `statuses`."""
    wanted = [status.value for status in statuses]
    query = select(_row.status, func.count()).where(_row.status.in_(wanted)).group_by(_row.status)
    return dict.fromkeys(wanted, 0) | {str(status): int(count) for status, count in session.execute(query)}


def oldest_open(session: Session) -> str | None:
    """When the oldest transaction that has not ended was accepted."""
    query = select(func.min(OutboxTransaction.created_at)).where(
        OutboxTransaction.status.in_([status.value for status in OPEN])
    )
    return session.scalar(query)


def reopen_above(session: Session, block: int) -> int:
    """Takes back what was mined above `block`, final or not: a reorganisation removed it. Returns how many."""
    query = select(_row.seq).where(_row.block > block, _row.status.in_((Status.MINED.value, *(e.value for e in ENDS))))
    seqs = [int(seq) for seq in session.scalars(query)]
    note_unmined(session, seqs)
    return len(seqs)
