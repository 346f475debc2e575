"""Amounts that a call only names, as the seat's own index knows them: payouts, withdrawals, suspended entries.

The index follows the seat's node; the contracts know the truth, and hold the key's limit on chain against it. What the
index does not know has no amount here, and a key with limits does not sign it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.ledger.amounts import Stored
from chain.ledger.calls import Call
from gateway.indexer import repository as index
from gateway.indexer.hexes import hex_of
from gateway.indexer.tables import IndexedEvent


def stored_amount(session: Session, place: Stored, call: Call) -> int | None:
    """Minor units that `call` is about; None if the index does not know."""
    return _READERS[place](session, call)


def business_date(session: Session) -> str:
    """The ledger's business date as a day number, as the index knows it; `start` before the first day was closed."""
    found = [index.last_event(session, event) for event in ("DayClosed", "DayClosedInstead")]
    days = [int(event.values["businessDate"]) for event in found if event is not None]
    return str(max(days)) if days else "start"


def _suspended(session: Session, call: Call) -> int | None:
    statement, number, _ = call.args[0]
    query = select(IndexedEvent).where(IndexedEvent.event == "Suspended", IndexedEvent.key == str(statement))
    found = [event for event in session.scalars(query) if int(event.values["entryNo"]) == number]
    return int(found[-1].values["amount"]) if found else None


def _in_progress(session: Session, call: Call) -> int | None:
    loan = index.loan(session, hex_of(call.args[0]))
    return None if loan is None else loan.in_payout


def _booked(session: Session, call: Call) -> int | None:
    loan = index.loan(session, hex_of(call.args[0]))
    return None if loan is None else loan.called


def _rebooking(session: Session, call: Call) -> int | None:
    loan, _, seq, _, reverse, _, added, _ = call.args[0]
    if not reverse:
        return sum(int(receipt[2]) for receipt in added)
    payment = index.live_payment(session, hex_of(loan), seq)
    return None if payment is None else payment.amount


def _withdrawal(session: Session, call: Call) -> int | None:
    event = index.last_event(session, "WithdrawalMoved", hex_of(call.args[0]))
    return None if event is None else int(event.values["amount"])


_READERS: Final[Mapping[Stored, Callable[[Session, Call], int | None]]] = {
    Stored.SUSPENDED_ENTRY: _suspended,
    Stored.PAYOUT_IN_PROGRESS: _in_progress,
    Stored.BOOKED_PAYOUT: _booked,
    Stored.REBOOKING: _rebooking,
    Stored.WITHDRAWAL: _withdrawal,
}
