"""Which queued calls of a key can be sent now, and what becomes of those that can't.

A call waits while an earlier one of its loan is not mined, whichever of the seat's keys sends it. One that is refused
while earlier ones of the seat are on their way is tried again after them; one that is refused with nothing before it
fails. What the node has against one call holds up no other.
"""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from chain.errors import LedgerError
from chain.ledger.errors import InsufficientFunds, NodeRefused, NodeUnreachable
from gateway.errors import Dropped, PredecessorFailed
from gateway.node import Offer
from gateway.outbox import repository, states
from gateway.outbox.line import Line
from gateway.outbox.reasons import never_fits
from gateway.outbox.repository import Predecessor, Queued
from gateway.outbox.simulation import GasBook, Passed, simulate
from gateway.outbox.tables import IN_FLIGHT, Status

log = structlog.get_logger()

GROUP = 128  # calls that are tried, signed and stored together


class Queue:
    """The queued calls of one key."""

    def __init__(self, line: Line, book: GasBook) -> None:
        self._line = line
        self._book = book
        self._refused_at: dict[int, int] = {}  # seq -> height at which it was last refused

    def any(self) -> bool:
        """Whether there are queued calls of the key, ready or not."""
        with self._line.database.read() as session:
            return repository.any_queued(session, self._line.address)

    def ready(self, newest: Offer) -> list[Passed]:
        """The next calls to sign, in order. Raises NodeUnreachable or InsufficientFunds."""
        height = newest.number
        room = self._line.pace.max_in_flight - self._line.flights.in_pool()
        if room <= 0:
            return []
        with self._line.database.read() as session:
            rows = repository.queued(session, self._line.address, GROUP * 4)
            after = [row.after for row in rows if row.after is not None]
            before = repository.predecessors(session, after) if after else {}
            earliest = repository.earliest_open(session) if self._refused_at else None
        self._refused_at = {seq: at for seq, at in self._refused_at.items() if at == height}
        ready: list[Passed] = []
        to_try: list[Queued] = []
        for row in rows:
            if len(ready) + len(to_try) >= min(room, GROUP):
                break
            # Once nothing is before it any more it is tried again without waiting for a block that may never come.
            if self._refused_at.get(row.seq) == height and earliest is not None and earliest < row.seq:
                continue
            self._sort(row, before, ready, to_try)
        passed = self._try(to_try, newest)
        return sorted([*ready, *passed], key=lambda one: one.call.seq)

    def _sort(self, row: Queued, before: Mapping[int, Predecessor], ready: list[Passed], to_try: list[Queued]) -> None:
        previous = None if row.after is None else before.get(row.after)
        if previous is None:
            to_try.append(row)
        elif previous.status == Status.FAILED:
            self._fail(row, PredecessorFailed(transaction=previous.id))
        elif previous.status in (Status.MINED, Status.FINAL) and not previous.reverted:
            to_try.append(row)
        elif previous.status in IN_FLIGHT and previous.sender == self._line.address and row.behind_gas is not None:
            # Only nonces of one key keep an unmined transaction and the one behind it in order.
            ready.append(Passed(row, row.behind_gas * 13 // 10 + 30_000))

    def _try(self, rows: list[Queued], newest: Offer) -> list[Passed]:
        if not rows:
            return []
        passed: list[Passed] = []
        earliest: int | None = None
        for result in simulate(self._line.node, self._book, self._line.address, rows, newest.gas_limit):
            if isinstance(result, Passed):
                passed.append(result)
                continue
            if isinstance(result.error, NodeUnreachable | InsufficientFunds):
                raise result.error
            if isinstance(result.error, NodeRefused):
                self._refused_by_node(result.call, result.error)
                continue
            if earliest is None:
                with self._line.database.read() as session:
                    earliest = repository.earliest_open(session)
            behind = earliest is not None and earliest < result.call.seq
            self._refused_by_contract(result.call, result.error, newest.number, behind=behind)
        return passed

    def _refused_by_node(self, row: Queued, refused: NodeRefused) -> None:
        if never_fits(refused):
            self._fail(row, Dropped(reason=refused.params["reason"]))
            return
        self._line.problem = refused.message()
        self._waits(row, refused.message())

    def _refused_by_contract(self, row: Queued, error: LedgerError, height: int, *, behind: bool) -> None:
        if behind:
            self._refused_at[row.seq] = height
            self._waits(row, error.message())
        else:
            self._fail(row, error)

    def _waits(self, row: Queued, reason: str) -> None:
        if row.waiting_for != reason[:400]:
            self._line.later(lambda session: states.note_waiting(session, [(row.seq, reason)]))

    def _fail(self, row: Queued, error: LedgerError) -> None:
        self._line.later(lambda session: states.note_failed(session, [states.Failure(row.seq, row.id, error)]))
        log.info("transaction failed", transaction=row.id, code=error.code)
