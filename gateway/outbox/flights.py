"""A transaction on its way as its sender keeps it in memory between steps: a copy of what the database holds.

Only the holder of the key's lease changes these rows, so the copy stays true; it is read anew whenever the two might
differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.outbox.tables import Status


@dataclass
class Flight:
    """A signed transaction that has not ended. attempts: hashes, the newest first; `raw`, `gas`, `fees`: of that one.

    sent_at: when it was last handed to the node by this process; first_sent: for the first time at this price; both by
    the monotonic clock, 0 if never. block, block_hash, reverted: once it is mined.
    """

    seq: int
    id: str
    status: Status
    nonce: int
    to: str
    data: str
    attempts: list[str]
    raw: str
    gas: int
    fees: dict[str, int]
    contract: str
    function: str
    block: int | None = None
    block_hash: str | None = None
    reverted: bool = False
    sent_at: float = 0.0
    first_sent: float = 0.0

    @property
    def hash(self) -> str:
        """Of the newest attempt."""
        return self.attempts[0]


@dataclass
class Flights:
    """All of one key."""

    by_seq: dict[int, Flight] = field(default_factory=dict)

    def of(self, status: Status) -> list[Flight]:
        """Those with this status, by nonce."""
        return sorted((one for one in self.by_seq.values() if one.status is status), key=lambda one: one.nonce)

    def add(self, flight: Flight) -> None:
        """One more."""
        self.by_seq[flight.seq] = flight

    def remove(self, flight: Flight) -> None:
        """It has ended, or has no nonce any more."""
        self.by_seq.pop(flight.seq, None)

    def in_pool(self) -> int:
        """How many are signed and not mined."""
        return sum(one.status is not Status.MINED for one in self.by_seq.values())
