"""Reads the journal's events from one node, from the ledger's first block to the newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from hexbytes import HexBytes

from chain.journal.events import Event
from chain.ledger.connection import node_error
from chain.ledger.history import HistoryEntry
from chain.ledger.logs import LogRecord
from chain.ledger.openings import opened_positions
from chain.ledger.orders import OpeningPosition
from chain.ledger.reader import Ledger
from gateway.journals.reading import journal_events


def read_events(url: str, consortium: Path) -> tuple[Event, ...]:
    """What the node at `url` tells. Raises the connection's typed errors, and LogsIncomplete."""
    ledger = Ledger.connect(url, consortium)
    return events_of(ledger, all_records(ledger))


def events_of(ledger: Ledger, records: Iterable[LogRecord]) -> tuple[Event, ...]:
    """What `records`, all logs of the ledger, tell; the node is asked for what stands in transactions only."""

    def positions_of(entry: HistoryEntry) -> Iterable[OpeningPosition]:
        try:
            transaction = ledger.w3.eth.get_transaction(HexBytes(entry.tx))
        except Exception as exc:
            raise node_error(exc) from exc
        return opened_positions(ledger.contracts, entry, bytes(transaction["input"]))

    return journal_events(records, positions_of)


def all_records(ledger: Ledger) -> Iterator[LogRecord]:
    """Every log of the ledger's contracts, in chain order."""
    return ledger.logs(ledger.contracts.consortium.start_block, ledger.height())
