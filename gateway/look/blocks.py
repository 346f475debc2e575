"""The latest blocks: from the seat's node, with how much of the ledger each of them carries by the seat's own index."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.indexer.tables import IndexedEntry, IndexedEvent
from gateway.seat import Seat

_SHOWN = 10


@dataclass(frozen=True)
class LatestBlock:
    """One block. `entries`, `events`: of the ledger's contracts, None where the index has not come to it yet."""

    number: int
    hash: str
    time: datetime
    transactions: int
    entries: int | None
    events: int | None
    confirmed: bool


def latest_blocks(seat: Seat) -> list[LatestBlock]:
    """Newest first. Raises NodeUnreachable."""
    top = seat.node.height()
    heads = [seat.node.summary(number) for number in range(top, max(top - _SHOWN, -1), -1)]
    with seat.database.read() as session:
        entries, events = (_per_block(session, table, top - _SHOWN) for table in (IndexedEntry, IndexedEvent))
    indexed, confirmed = seat.heights.indexed, seat.heights.confirmed
    return [
        LatestBlock(
            number=head.number,
            hash=head.hash,
            time=datetime.fromtimestamp(head.time, UTC),
            transactions=head.transactions,
            entries=entries[head.number] if head.number <= indexed else None,
            events=events[head.number] if head.number <= indexed else None,
            confirmed=head.number <= confirmed,
        )
        for head in heads
        if head is not None
    ]


def _per_block(session: Session, table: type[IndexedEntry | IndexedEvent], above: int) -> Counter[int]:
    counted = select(table.block, func.count().label("amount")).where(table.block > above).group_by(table.block)
    return Counter({row.block: row.amount for row in session.execute(counted)})
