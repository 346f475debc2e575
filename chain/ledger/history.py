"""A loan's history chain: entries, their payloads, and the fold that the head on chain must equal.

head' = keccak256(abi.encode(head, loan, seq, day, kind, actor, keccak256(payload))); the head before the first entry is
the loan's id, the first seq is 1. Pure: works on logs however they were obtained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from eth_abi.abi import decode, encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chain.ledger.days import day_number, day_of
from chain.ledger.errors import HistoryBroken


class Entry(IntEnum):
    """Kinds of history entries; numbers as in the contracts."""

    PROPOSED = 1
    SUBSCRIBED = 2
    FUNDED = 3
    CANCELLED = 4
    EXPIRED = 5
    REFUNDED = 6
    DISBURSEMENT_REQUESTED = 7
    PAYOUT_INSTRUCTED = 8
    PAYOUT_RETURNED = 9
    DISBURSED = 10
    PAYMENT_POSTED = 11
    REPAID = 12
    CLAIMED = 13
    CLOSED = 14
    DUST_SWEPT = 15
    DOCUMENT_COMMITTED = 16


TERMS_TYPE = (
    "(uint16,address,address,bytes3,uint128,bytes32,uint32,(string,bytes32,bytes32,bytes32),(uint64,uint8),"
    "(uint8,uint16,uint16))"
)
_BANK_ENTRY = "(uint32,uint16,bytes32)"
_PAYLOADS: Mapping[Entry, tuple[tuple[str, str], ...]] = {
    Entry.PROPOSED: (
        ("terms", TERMS_TYPE),
        ("borrowerSignature", "bytes"),
        ("rateCapNano", "uint64"),
        ("reversalDays", "uint16"),
    ),
    Entry.SUBSCRIBED: (
        ("lender", "address"),
        ("subject", "bytes32"),
        ("amount", "uint128"),
        ("salt", "bytes32"),
        ("validThrough", "uint32"),
        ("signature", "bytes"),
    ),
    Entry.FUNDED: (("principal", "uint128"),),
    Entry.CANCELLED: (("reasonHash", "bytes32"),),
    Entry.EXPIRED: (("fundingDeadline", "uint32"),),
    Entry.REFUNDED: (("lender", "address"), ("subject", "bytes32"), ("amount", "uint128")),
    Entry.DISBURSEMENT_REQUESTED: (("amount", "uint128"),),
    Entry.PAYOUT_INSTRUCTED: (("instructionHash", "bytes32"),),
    Entry.PAYOUT_RETURNED: (("reasonHash", "bytes32"),),
    Entry.DISBURSED: (
        ("valueDate", "uint32"),
        ("entry", _BANK_ENTRY),
        ("schedule", "address"),
        ("scheduleHash", "bytes32"),
    ),
    Entry.PAYMENT_POSTED: (
        ("amount", "uint128"),
        ("interest", "uint128"),
        ("principal", "uint128"),
        ("valueDate", "uint32"),
        ("entry", _BANK_ENTRY),
    ),
    Entry.REPAID: (("valueDate", "uint32"),),
    Entry.CLAIMED: (("lender", "address"), ("subject", "bytes32"), ("amount", "uint128")),
    Entry.CLOSED: (("distributed", "uint128"),),
    Entry.DUST_SWEPT: (("amount", "uint128"),),
    Entry.DOCUMENT_COMMITTED: (
        ("documentId", "bytes32"),
        ("cidCommitment", "bytes32"),
        ("contentHash", "bytes32"),
        ("size", "uint64"),
        ("kind", "uint8"),
    ),
}


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
        actor=to_checksum_address(values["actor"]),
        payload=bytes(values["payload"]),
        head=bytes(values["head"]),
        **position,
    )


def payload_fields(entry: HistoryEntry) -> dict[str, Any]:
    """The payload's values by name, as the contracts encoded them; addresses in checksum case."""
    layout = _PAYLOADS[entry.kind]
    values = decode([kind for _, kind in layout], entry.payload)
    return {
        name: to_checksum_address(value) if kind == "address" else value
        for (name, kind), value in zip(layout, values, strict=True)
    }


def fold(head: bytes, entry: HistoryEntry) -> bytes:
    """The head after `entry`, given the head before it."""
    return bytes(
        keccak(
            encode(
                ["bytes32", "bytes32", "uint32", "uint32", "uint8", "address", "bytes32"],
                [
                    head,
                    entry.loan,
                    entry.seq,
                    day_number(entry.day),
                    int(entry.kind),
                    entry.actor,
                    keccak(entry.payload),
                ],
            )
        )
    )


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
