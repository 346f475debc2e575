"""Hands signed transactions to the node, in the order of their nonces, and sorts what it says of each.

Whatever the node says, what is stored is never signed anew for it, but for a better price: after a lost answer, and
after "already known", the same raw transaction stands, so that it can be mined only once.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.errors import AlreadyKnown, NodeRefused, NonceTooLow, Underpriced
from gateway.errors import Dropped
from gateway.outbox import repository, states
from gateway.outbox.errors import PoolFull
from gateway.outbox.flights import Flight
from gateway.outbox.line import Line
from gateway.outbox.nonces import signed_call
from gateway.outbox.reasons import never_fits
from gateway.outbox.states import Failure
from gateway.outbox.tables import Status

log = structlog.get_logger()
_FULL = re.compile(r"pool is full|txpool is full|pool limit|too many transactions|exceeds.*(?:slots|limit)", re.I)


def broadcast(line: Line, flights: Sequence[Flight]) -> None:
    """Sends the newest attempt of each. Raises NodeUnreachable, or PoolFull; then some may have been taken."""
    if not flights:
        return
    full: PoolFull | None = None
    taken: list[int] = []
    for flight, said in zip(flights, line.node.send([one.raw for one in flights]), strict=True):
        if said is None or isinstance(said, AlreadyKnown | NonceTooLow):
            # The node has it, or mined it, or its nonce went elsewhere: receipts and `replacing` tell which.
            flight.sent_at = time.monotonic()
            flight.first_sent = flight.first_sent or flight.sent_at
            flight.status = Status.SENT
            taken.append(flight.seq)
        elif isinstance(said, Underpriced):
            reprice(line, flight)
        elif isinstance(said, NodeRefused) and _FULL.search(str(said.params.get("reason", ""))):
            full = PoolFull(reason=said.params["reason"])
        elif not (isinstance(said, NodeRefused) and never_fits(said) and _give_nonce_back(line, flight, said)):
            # It may have taken the transaction all the same: only what fits in no block is given up.
            line.problem = said.message()
    if taken:
        line.later(lambda session: states.note_sent(session, taken))
    if full is not None:
        raise full


def _give_nonce_back(line: Line, flight: Flight, refused: NodeRefused) -> bool:
    """Fails a transaction that the node won't take, if no later nonce is given out; its nonce is then free."""

    def give(session: Session) -> bool:
        if repository.next_free_nonce(session, line.address) != flight.nonce + 1:
            return False
        error = Dropped(reason=refused.params["reason"])
        states.note_failed(session, [Failure(flight.seq, flight.id, error)])
        return True

    given = line.store(give)
    if given:
        line.flights.remove(flight)
        log.info("transaction failed", transaction=flight.id, code=Dropped.code)
    return given


def reprice(line: Line, flight: Flight) -> None:
    """Signs the same call and nonce again for at least a quarter more; the older attempt may still be mined."""
    fees = line.chain.look().fees(line.pace.fee_floor)
    raised = {name: max(fees.get(name, 0), price * 5 // 4 + 1) for name, price in flight.fees.items()}
    with line.database.read() as reading:
        batch = line.signer.batch(reading)
        try:
            made = signed_call(
                line, batch, flight.seq, flight.id, flight.nonce, flight.to, flight.data, flight.gas, raised
            )
        except LedgerError as error:
            line.problem = error.message()  # what was signed before stands, and holds up nothing behind it
            return

    def store(session: Session) -> None:
        states.note_replaced(session, [flight.seq])
        states.note_signed(session, [made])
        batch.keep(session)

    line.store(store)
    flight.attempts.insert(0, made.hash)
    flight.raw, flight.fees, flight.status = made.raw, raised, Status.SIGNED
    flight.first_sent = time.monotonic()
    log.info("outbox raises a price", transaction=flight.id, nonce=flight.nonce)
