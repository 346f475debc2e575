"""What has been in flight for too long: forgotten by the pool, stuck at its price, or its nonce used by another.

A transaction whose nonce a confirmed block holds for another one goes back to the queue for a new nonce, but only after
all its own attempts were looked for once more: it must not run twice.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from gateway.node import Receipt
from gateway.outbox import states
from gateway.outbox.broadcast import broadcast, reprice
from gateway.outbox.flights import Flight
from gateway.outbox.following import Following
from gateway.outbox.line import Line
from gateway.outbox.tables import Status

log = structlog.get_logger()
_MOST = 100  # looked after in one step


def look_after(line: Line, following: Following) -> None:
    """Sends again, replaces or gives a new nonce to what is overdue. Raises what the node's failure is."""
    moment = time.monotonic()
    overdue = [one for one in line.flights.of(Status.SENT) if moment - one.sent_at >= line.pace.resend][:_MOST]
    if not overdue:
        return
    found = _receipts(line, overdue)
    following.note([(flight, found[flight.seq]) for flight in overdue if flight.seq in found])
    missing = [one for one in overdue if one.seq not in found]
    again: list[Flight] = []
    for flight, known in zip(missing, line.node.known([one.hash for one in missing]), strict=True):
        flight.sent_at = moment
        flight.first_sent = flight.first_sent or moment
        if known:
            if moment - flight.first_sent > line.pace.replace:
                reprice(line, flight)
        elif _nonce_taken(line, flight):
            _give_another_nonce(line, flight, following)
        else:
            again.append(flight)
    if again:
        log.info("outbox sends again", transactions=len(again), first=again[0].id)
        broadcast(line, again)


def _receipts(line: Line, flights: Sequence[Flight]) -> dict[int, Receipt]:
    by_hash = {attempt: one for one in flights for attempt in one.attempts}
    return {by_hash[one].seq: receipt for one, receipt in line.node.receipts(list(by_hash)).items()}


def _nonce_taken(line: Line, flight: Flight) -> bool:
    """Whether a confirmed block holds another transaction with its nonce."""
    confirmed = line.heights.confirmed
    return confirmed > 0 and line.node.transaction_count(line.address, confirmed) > flight.nonce


def _give_another_nonce(line: Line, flight: Flight, following: Following) -> None:
    # Asked again: one of its own attempts may have been mined since.
    receipts = _receipts(line, [flight])
    if receipts:
        following.note([(flight, receipts[flight.seq])])
        return
    log.warning("nonce was used by another transaction of this key", transaction=flight.id, nonce=flight.nonce)
    line.store(lambda session: states.note_requeued(session, [flight.seq]))
    line.flights.remove(flight)
