"""What the parts of one key's sending share: where they store, what they ask, and what they know to be on its way.

Every change of stored transactions by a sender goes through `Line.store`, in one transaction that holds only while the
key's lease does: a process that has lost the key can commit nothing, and so never sends what it did not store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from gateway.database import Database
from gateway.node import Heights, Node
from gateway.outbox import repository
from gateway.outbox.chain import Chain
from gateway.outbox.flights import Flights
from gateway.outbox.service import Outbox
from gateway.signing.signer import Signer

_T = TypeVar("_T")
Work = Callable[[Session], None]


class Fence(Protocol):
    """The right to send for a key."""

    def assert_held(self, session: Session) -> None:
        """Raises LeaseLost, within the transaction that it guards, unless the right still stands."""


@dataclass(frozen=True)
class Pace:
    """How patient a sender is, in seconds; the lowest gas price it offers, wei; and how many it has unmined at once."""

    poll: float
    resend: float
    replace: float
    fee_floor: int
    max_in_flight: int


@dataclass
class Line:
    """One key's sending. problem: what hinders it now, for people."""

    database: Database
    chain: Chain
    heights: Heights
    signer: Signer
    outbox: Outbox
    chain_id: int
    pace: Pace
    fence: Fence
    flights: Flights = field(default_factory=Flights)
    problem: str | None = None
    pending: list[Work] = field(default_factory=list)

    @property
    def node(self) -> Node:
        """The seat's node."""
        return self.chain.node

    @property
    def address(self) -> str:
        """The key's address."""
        return self.signer.address

    def later(self, work: Work) -> None:
        """Notes a change that would be found out again after a crash; it is stored with the next ones."""
        self.pending.append(work)

    def flush(self) -> None:
        """Stores what was noted."""
        if self.pending:
            self.store(lambda _: None)

    def store(self, work: Callable[[Session], _T]) -> _T:
        """Stores `work` and all that was noted before it, in one commit. Raises LeaseLost with nothing stored."""
        noted, self.pending = self.pending, []

        def all_of_it(session: Session) -> _T:
            self.fence.assert_held(session)
            for one in noted:
                one(session)
            return work(session)

        try:
            result = self.database.grouped(all_of_it)
        except BaseException:
            self.flights.by_seq.clear()  # what is in memory may be ahead of what is stored
            self.loaded = False
            raise
        self.outbox.changed()
        return result

    loaded: bool = False

    def load(self) -> None:
        """Reads the flights anew if the database has others than memory: after a start, an error, a reorganisation."""
        with self.database.read() as session:
            stored = repository.flight_states(session, self.address)
            known = {seq: one.status.value for seq, one in self.flights.by_seq.items()}
            if self.loaded and stored == known:
                return
            times = {one.hash: (one.sent_at, one.first_sent) for one in self.flights.by_seq.values()}
            self.flights.by_seq = {one.seq: one for one in repository.flights(session, self.address)}
        for one in self.flights.by_seq.values():
            one.sent_at, one.first_sent = times.get(one.hash, (0.0, 0.0))
        self.loaded = True
