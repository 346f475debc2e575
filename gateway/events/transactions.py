"""Events of the seat's own transactions: accepted, replaced, mined, final, failed, and taken back with their block.

Each for many transactions at once, within the transaction that changes them: one more read for a whole group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.events import repository
from gateway.events.service import publish, withdraw
from gateway.outbox.tables import OutboxTransaction, Status

_rows = OutboxTransaction.__table__.c
_TOLD = (
    _rows.seq, _rows.id, _rows.status, _rows.contract, _rows.function, _rows.loan, _rows.tenant, _rows.hash,
    _rows.nonce, _rows.block, _rows.gas_used, _rows.reverted, _rows.error,
)  # fmt: skip


def accepted(session: Session, row: OutboxTransaction) -> None:
    """Publishes that the transaction was stored."""
    data = {"id": row.id, "contract": row.contract, "function": row.function}
    publish(session, "transaction.accepted", f"transactions/{row.id}", data, row.tenant, loan=row.loan)


def replaced(session: Session, seqs: Sequence[int]) -> None:
    """Publishes that the transactions' newest signed forms are to be replaced by others; before they are."""
    for row in _read(session, seqs):
        _publish(session, row, "transaction.replaced", {"hash": row.hash, "nonce": row.nonce})


def moved(session: Session, seqs: Sequence[int]) -> None:
    """Publishes the status that the transactions have now: mined, final or failed; others are not told."""
    for row in _read(session, seqs):
        if row.status == Status.MINED:
            more = {"hash": row.hash, "nonce": row.nonce, "gas_used": row.gas_used, "reverted": bool(row.reverted)}
            _publish(session, row, "transaction.mined", more)
        elif row.status == Status.FINAL:
            more = {"hash": row.hash, "nonce": row.nonce, "gas_used": row.gas_used}
            _publish(session, row, "transaction.final", more)
        elif row.status == Status.FAILED:
            _publish(session, row, "transaction.failed", {"hash": row.hash, "error": row.error})


def taken_back(session: Session, seqs: Sequence[int]) -> None:
    """Withdraws what was said of the transactions in blocks where they are no more; before they leave these blocks."""
    for row in _read(session, seqs, _rows.block.is_not(None)):
        confirmed = repository.confirmed_block(session)
        for event in repository.standing_of(session, f"transactions/{row.id}", row.block):
            withdraw(session, event, was_confirmed=row.block <= confirmed)


def _read(session: Session, seqs: Sequence[int], *which: ColumnElement[bool]) -> Sequence[Any]:
    if not seqs:
        return ()
    query = select(*_TOLD).where(_rows.seq.in_(seqs), *which)
    return session.connection().execute(query.order_by(_rows.seq)).all()


def _publish(session: Session, row: Any, name: str, more: Mapping[str, object]) -> None:
    data = {"id": row.id, "contract": row.contract, "function": row.function, **more}
    publish(session, name, f"transactions/{row.id}", data, row.tenant, loan=row.loan, block=row.block)
