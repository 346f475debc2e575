"""Payable-by days from the ledger's working-day calendars, asked once for each day.

A published day never changes; days beyond what is published may, so they are asked again after every publication.
"""

from __future__ import annotations

import threading
from datetime import date

from gateway.indexer import repository as index
from gateway.seat import Seat

_lock = threading.Lock()
_known: dict[tuple[str, str, int, date], date] = {}


def payable_by(seat: Seat, calendar: int, day: date) -> date:
    """The first working day at or after `day`; `day` itself for calendar 0."""
    if calendar == 0:
        return day
    with seat.database.read() as session:
        published = index.last_event(session, "WorkingDaysPublished", str(calendar))
    key = (seat.consortium.genesis_hash, "" if published is None else published.position, calendar, day)
    with _lock:
        found = _known.get(key)
    if found is None:
        found = seat.node.ledger.payable_by(calendar, day)
        with _lock:
            _known[key] = found
    return found
