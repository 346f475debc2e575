"""Reads and writes of the outbox's tables. Decides nothing; never commits."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.auth.actors import SEAT_TENANT
from gateway.database import now
from gateway.outbox.states import unmine
from gateway.outbox.tables import ENDS, Attempt, OutboxTransaction, Status

IN_FLIGHT = (Status.SIGNED, Status.SENT)


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
        principal=principal, tenant=tenant, created_at=moment, updated_at=moment, reverted=False,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def by_status(
    session: Session, *statuses: Status, sender: str | None = None, limit: int = 500
) -> Sequence[OutboxTransaction]:
    """In order of `seq`; of all keys, or of the key `sender`."""
    query = select(OutboxTransaction).where(OutboxTransaction.status.in_(statuses))
    if sender is not None:
        query = query.where(OutboxTransaction.sender == sender)
    return session.scalars(query.order_by(OutboxTransaction.seq).limit(limit)).all()


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
    return session.scalars(query.order_by(Attempt.created_at.desc(), Attempt.hash)).all()


def next_free_nonce(session: Session, sender: str) -> int:
    """One above the highest nonce that a transaction of the key in flight or mined has; 0 if there is none."""
    query = select(func.max(OutboxTransaction.nonce)).where(
        OutboxTransaction.sender == sender,
        OutboxTransaction.status.in_((*IN_FLIGHT, Status.MINED, Status.FINAL)),
    )
    highest = session.scalar(query)
    return 0 if highest is None else highest + 1


def counts(session: Session) -> dict[str, int]:
    """Transactions by status."""
    query = select(OutboxTransaction.status, func.count()).group_by(OutboxTransaction.status)
    return {str(status): int(count) for status, count in session.execute(query)}


def oldest_open(session: Session) -> str | None:
    """When the oldest transaction that has not ended was accepted."""
    query = select(func.min(OutboxTransaction.created_at)).where(
        OutboxTransaction.status.in_((Status.QUEUED, *IN_FLIGHT))
    )
    return session.scalar(query)


def reopen_above(session: Session, block: int) -> int:
    """Takes back what was mined above `block`, final or not: a reorganisation removed it. Returns how many."""
    query = select(OutboxTransaction).where(
        OutboxTransaction.block > block, OutboxTransaction.status.in_((Status.MINED, *ENDS))
    )
    rows = session.scalars(query).all()
    for row in rows:
        unmine(row)
    return len(rows)
