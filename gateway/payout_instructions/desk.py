"""Instructs the payouts of stored payment orders on the ledger; a step of the bank's desk, safe to repeat."""

from __future__ import annotations

from sqlalchemy.orm import Session

from gateway.fields import raw
from gateway.outbox import repository as outbox
from gateway.outbox.tables import Status
from gateway.payout_instructions import repository
from gateway.payout_instructions.large_payouts import (
    NEEDS_SECOND_KEY,
    call_of,
    needs_another_person,
    propose,
    take_decision,
)
from gateway.payout_instructions.tables import InstructionItemRow, InstructionRow, ItemState
from gateway.seat import Seat

_MAX_TRIES = 20
_RETRIED = frozenset({"contract.HistoryMoved"})


def step(seat: Seat) -> bool:
    """Moves every open order as far as it goes. True if something was done."""
    with seat.database.read() as session:
        unfinished = repository.unfinished(session)
    moved = False
    for row in unfinished:
        with seat.database.write() as session:
            changed = _advance(seat, session, row.seq)
        if changed:
            seat.outbox.notify()
        moved = moved or changed
    return moved


def _advance(seat: Seat, session: Session, order: int) -> bool:
    row = session.get(InstructionRow, order)
    assert row is not None, "an order is never deleted"
    items = repository.items(session, order)
    moved = False
    for item in items:
        if item.state == ItemState.PROPOSED:
            moved = take_decision(session, item) or moved
        if item.state == ItemState.SENT:
            moved = _take_outcome(seat, session, item, row.principal) or moved
        if item.state == ItemState.PENDING and needs_another_person(seat, item):
            propose(session, item, row.principal)
            moved = True
        elif item.state == ItemState.PENDING:
            call = call_of(session, item, raw(row.file_hash))
            item.transaction = seat.outbox.enqueue(session, call, row.principal).seq
            item.state = ItemState.SENT
            moved = True
    states = {item.state for item in items}
    if states <= {ItemState.INSTRUCTED, ItemState.FAILED}:
        row.status = "failed" if ItemState.FAILED in states else "instructed"
        moved = True
    return moved


def _take_outcome(seat: Seat, session: Session, item: InstructionItemRow, principal: str) -> bool:
    transaction = outbox.get(session, item.transaction or 0)
    assert transaction is not None, "a sent payout has its transaction"
    if transaction.status == Status.FAILED:
        assert transaction.error is not None, "a failed transaction has its reason"
        item.tries += 1
        if transaction.error["code"] == NEEDS_SECOND_KEY and item.tries < _MAX_TRIES:
            propose(session, item, principal)
            return True
        retry = transaction.error["code"] in _RETRIED and item.tries < _MAX_TRIES
        item.state = ItemState.PENDING if retry else ItemState.FAILED
        item.error = None if retry else transaction.error
        return True
    mined = transaction.status in (Status.MINED, Status.FINAL) and not transaction.reverted
    if mined and transaction.block is not None and transaction.block <= seat.heights.indexed:
        item.state = ItemState.INSTRUCTED
        return True
    return False
