"""Logs of the ledger's contracts: which to ask a node for, and what they say. Pure; works on logs from anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.types import FilterParams, LogReceipt

from chain.ledger.contracts import Contracts, events, topic
from chain.ledger.history import HistoryEntry, entry_from_event

LOG_RANGE = 2_000  # blocks per log query


@dataclass(frozen=True)
class LogRecord:
    """A decoded log of one of our contracts and where it stands."""

    contract: str
    event: str
    values: dict[str, Any]
    block: int
    block_hash: bytes
    tx: bytes
    log_index: int


def decode_log(contracts: Contracts, log: LogReceipt) -> LogRecord | None:
    """A node's log decoded; None if it is not one of our events."""
    decoded = contracts.decode_event(log["address"], [bytes(t) for t in log["topics"]], bytes(log["data"]))
    if decoded is None:
        return None
    contract, event, values = decoded
    return LogRecord(
        contract=contract,
        event=event,
        values=values,
        block=log["blockNumber"],
        block_hash=bytes(log["blockHash"]),
        tx=bytes(log["transactionHash"]),
        log_index=log["logIndex"],
    )


def history_entry(record: LogRecord) -> HistoryEntry:
    """The history entry of a `Recorded` log."""
    return entry_from_event(
        record.values, block=record.block, block_hash=record.block_hash, tx=record.tx, log_index=record.log_index
    )


def all_logs(contracts: Contracts, from_block: int, to_block: int) -> Iterator[FilterParams]:
    """Queries for every log of our contracts in the range, in order, in pieces of LOG_RANGE blocks."""
    addresses = [to_checksum_address(d.address) for d in contracts.consortium.deployments.values()]
    for first, last in _pieces(from_block, to_block):
        yield {"fromBlock": first, "toBlock": last, "address": addresses}


def history_logs(contracts: Contracts, loan: bytes, from_block: int, to_block: int) -> Iterator[FilterParams]:
    """Queries for a loan's history entries in the range, in order, in pieces of LOG_RANGE blocks."""
    signature = HexBytes(topic(events("LoanEscrow")["Recorded"].signature))
    address = to_checksum_address(contracts.address("LoanEscrow"))
    for first, last in _pieces(from_block, to_block):
        yield {"fromBlock": first, "toBlock": last, "address": address, "topics": [signature, HexBytes(loan)]}


def _pieces(from_block: int, to_block: int) -> Iterator[tuple[int, int]]:
    for first in range(from_block, to_block + 1, LOG_RANGE):
        yield first, min(first + LOG_RANGE - 1, to_block)
