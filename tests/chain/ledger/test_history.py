"""The history chain: a change, a gap or a swap anywhere is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.errors import HistoryBroken
from chain.ledger.history import Entry, HistoryEntry, check, fold, payload_fields

LOAN = b"\x07" * 32
ACTOR = "0x" + "0a" * 20


def _chain(payloads: list[bytes]) -> list[HistoryEntry]:
    head, entries = LOAN, []
    for seq, payload in enumerate(payloads, start=1):
        entry = HistoryEntry(LOAN, seq, date(2026, 1, seq % 28 + 1), Entry.CLAIMED, ACTOR, payload, b"")
        head = fold(head, entry)
        entries.append(replace(entry, head=head))
    return entries


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=12), st.data())
def test_a_changed_entry_is_found(payloads: list[bytes], data: st.DataObject) -> None:
    entries = _chain(payloads)
    assert check(LOAN, entries) == entries[-1].head
    at = data.draw(st.integers(0, len(entries) - 1))
    entries[at] = replace(entries[at], payload=entries[at].payload + b"\0")
    with pytest.raises(HistoryBroken, match=f"entry {at + 1} "):
        check(LOAN, entries)


@given(st.lists(st.binary(max_size=8), min_size=2, max_size=12, unique=True), st.data())
def test_a_missing_or_swapped_entry_is_found(payloads: list[bytes], data: st.DataObject) -> None:
    entries = _chain(payloads)
    at = data.draw(st.integers(0, len(entries) - 2))
    with pytest.raises(HistoryBroken):
        check(LOAN, entries[:at] + entries[at + 1 :])
    swapped = [*entries[:at], entries[at + 1], entries[at], *entries[at + 2 :]]
    with pytest.raises(HistoryBroken):
        check(LOAN, swapped)


def test_payloads_come_back_by_name() -> None:
    payload = encode(
        ["uint128", "uint128", "uint128", "uint32", "(uint32,uint16,bytes32)"], [10, 3, 7, 20000, (4, 2, b"\x01" * 32)]
    )
    entry = HistoryEntry(LOAN, 1, date(2026, 1, 1), Entry.PAYMENT_POSTED, ACTOR, payload, b"")
    assert payload_fields(entry) == {
        "amount": 10,
        "interest": 3,
        "principal": 7,
        "valueDate": 20000,
        "entry": (4, 2, b"\x01" * 32),
    }
