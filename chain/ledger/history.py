"""A loan's history chain: entries, their payloads, and the fold that the head on chain must equal.

head' = keccak256(abi.encode(head, loan, seq, day, kind, actor, keccak256(payload))); the head before the first entry is
the loan's id, the first seq is 1. Pure: works on logs however they were obtained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from eth_abi.abi import encode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from chain.ledger.addresses import checksum_address
from chain.ledger.days import day_number, day_of
from chain.ledger.errors import HistoryBroken, PayloadUnreadable
from chain.ledger.payloads import PAYLOADS
from chain.ledger.solidity import Struct, abi_types, members
from chain.ledger.structs import Entry, Recording
from chain.ledger.words import decode_words

__all__ = [
    "Entry",
    "HistoryEntry",
    "check",
    "entry_from_event",
    "fold",
    "payload",
    "payload_bytes",
    "payload_fields",
    "recordings",
]


@dataclass(frozen=True)
class HistoryEntry:
    """One entry as recorded. `day` is the business date; `payload` is `abi.encode` of the kind's values."""

    loan: bytes
    seq: int
    day: date
    kind: Entry
    actor: str
    payload: bytes
    head: bytes
    block: int = 0
    block_hash: bytes = b""
    tx: bytes = b""
    log_index: int = 0


def entry_from_event(values: Mapping[str, Any], **position: Any) -> HistoryEntry:
    """From the decoded `Recorded` event and the log's position (block, block_hash, tx, log_index)."""
    return HistoryEntry(
        loan=bytes(values["loan"]),
        seq=int(values["seq"]),
        day=day_of(int(values["day"])),
        kind=Entry(int(values["kind"])),
        actor=checksum_address(values["actor"]),
        payload=bytes(values["payload"]),
        head=bytes(values["head"]),
        **position,
    )


def payload(entry: HistoryEntry) -> Struct:
    """The entry's payload, an instance of the class that PAYLOADS gives for its kind.

    Raises PayloadUnreadable for bytes that are not what the contracts encode.
    """
    kind = PAYLOADS[entry.kind]
    try:
        values = decode_words(abi_types(kind), entry.payload)
        return kind.from_abi(values)
    except (DecodingError, ValueError, OverflowError) as exc:
        raise PayloadUnreadable(loan="0x" + entry.loan.hex(), seq=entry.seq, reason=str(exc)) from exc


def payload_bytes(values: Struct) -> bytes:
    """The payload as the contracts encode it: `abi.encode` of the values."""
    return encode(abi_types(type(values)), list(values.abi_tuple()))


def payload_fields(entry: HistoryEntry) -> dict[str, Any]:
    """The payload's values by their Solidity names, as the contracts encoded them; addresses in checksum case."""
    layout = members(PAYLOADS[entry.kind])
    values = decode_words(abi_types(PAYLOADS[entry.kind]), entry.payload)
    return {
        m.solidity: checksum_address(value) if m.declared == "address" else value
        for m, value in zip(layout, values, strict=True)
    }


def recordings(entries: Iterable[HistoryEntry]) -> tuple[Recording, ...]:
    """Entries as `rebook` takes them."""
    return tuple(Recording(e.day, e.kind, e.actor, e.payload) for e in entries)


def fold(head: bytes, entry: HistoryEntry) -> bytes:
    """The head after `entry`, given the head before it: Keccak-256 of `abi.encode` of both, a word for each value."""
    words = (
        head,
        entry.loan,
        _word(entry.seq),
        _word(day_number(entry.day)),
        _word(int(entry.kind)),
        bytes(12) + bytes.fromhex(entry.actor[2:]),
        keccak(entry.payload),
    )
    return bytes(keccak(b"".join(words)))


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def check(loan: bytes, entries: Iterable[HistoryEntry], expected_head: bytes | None = None) -> bytes:
    """Folds a whole history and returns its head.

    Raises HistoryBroken at the first entry that does not follow, or if `expected_head` (read elsewhere) is not
    what the entries give: then some are missing at the end.
    """
    head = loan
    expected_seq = 0
    for expected_seq, entry in enumerate(entries, start=1):
        head = fold(head, entry)
        if entry.loan != loan or entry.seq != expected_seq or entry.head != head:
            raise HistoryBroken(
                loan="0x" + loan.hex(), seq=expected_seq, expected="0x" + head.hex(), found="0x" + entry.head.hex()
            )
    if expected_head is not None and expected_head != head:
        raise HistoryBroken(
            loan="0x" + loan.hex(),
            seq=expected_seq + 1,
            expected="0x" + expected_head.hex(),
            found="0x" + head.hex(),
        )
    return head
