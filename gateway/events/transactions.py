"""Events of the seat's own transactions: accepted, replaced, mined, final, failed, and taken back with their block."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.events import repository
from gateway.events.service import SEAT, publish, withdraw
from gateway.outbox.tables import OutboxTransaction, Status

_TOLD = {Status.MINED: "mined", Status.FINAL: "final", Status.FAILED: "failed"}


def accepted(session: Session, row: OutboxTransaction, tenant: str = SEAT) -> None:
    """Publishes that the transaction was stored."""
    _publish(session, row, "accepted", {}, tenant)


def replaced(session: Session, row: OutboxTransaction, before: str | None, tenant: str = SEAT) -> None:
    """Publishes that the transaction was signed again; before: the hash that it had."""
    more = {"hash": row.hash, "nonce": row.nonce, "replaces": before}
    _publish(session, row, "replaced", more, tenant)


def moved(session: Session, row: OutboxTransaction, tenant: str = SEAT) -> None:
    """Publishes the status that the transaction has now, if it is one that is told."""
    name = _TOLD.get(Status(row.status))
    if name is None:
        return
    more: dict[str, object] = {"hash": row.hash}
    if name == "failed":
        more["error"] = row.error
    else:
        more |= {"nonce": row.nonce, "gas_used": row.gas_used}
    if name == "mined":
        more["reverted"] = bool(row.reverted)
    _publish(session, row, name, more, tenant, block=row.block)


def taken_back(session: Session, row: OutboxTransaction, block: int | None) -> None:
    """Withdraws what was said of the transaction in `block`, where it is no more."""
    if block is None:
        return
    confirmed = repository.confirmed_block(session)
    for event in repository.standing_of(session, _subject(row), block):
        withdraw(session, event, was_confirmed=block <= confirmed)


def _subject(row: OutboxTransaction) -> str:
    return f"transactions/{row.id}"


def _publish(
    session: Session, row: OutboxTransaction, name: str, more: dict[str, object], tenant: str, block: int | None = None
) -> None:
    data = {"id": row.id, "contract": row.contract, "function": row.function} | more
    publish(session, f"transaction.{name}", _subject(row), data, tenant, loan=row.loan, block=block)
