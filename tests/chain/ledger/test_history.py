"""The history chain: a change, a gap or a swap anywhere is found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from enum import IntEnum
from typing import Any, get_args, get_origin

import pytest
from eth_abi import encode
from eth_utils import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.errors import HistoryBroken, PayloadUnreadable
from chain.ledger.history import Entry, HistoryEntry, check, fold, payload, payload_bytes, payload_fields
from chain.ledger.loan_fold import fold_loan
from chain.ledger.payloads import PAYLOADS, DustSwept, Funded, PaymentPosted, PaymentReversed
from chain.ledger.solidity import Struct, members
from chain.ledger.structs import BankEntry, Posted
from chain.toolchain.layout import checkout

LOAN = b"\x07" * 32
ACTOR = "0x" + "0a" * 20


def _chain(payloads: list[bytes]) -> list[HistoryEntry]:
    head, entries = LOAN, []
    for seq, raw in enumerate(payloads, start=1):
        entry = HistoryEntry(LOAN, seq, date(2026, 1, seq % 28 + 1), Entry.CLAIMED, ACTOR, raw, b"")
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


def _sample(kind: type[Struct]) -> Struct:
    """A payload whose every value is another, so that a swap of fields shows."""
    numbers = iter(range(1, 1_000))
    return _filled(kind, numbers)


def _filled(kind: type[Struct], numbers: Iterator[int]) -> Any:
    return kind(**{m.python: _value(m.kind, m.declared, numbers) for m in members(kind)})


def _value(kind: Any, declared: str, numbers: Iterator[int]) -> Any:
    if get_origin(kind) is tuple:
        return (_value(get_args(kind)[0], declared.removesuffix("[]"), numbers),)
    if kind not in (bool, int, str, bytes, date) and get_args(kind):
        kind = date
    if issubclass(kind, Struct):
        return _filled(kind, numbers)
    number = next(numbers)
    if issubclass(kind, IntEnum):
        return list(kind)[number % len(kind)]
    size = int(declared[5:]) if declared.startswith("bytes") and declared != "bytes" else 7
    text = "CNY" if declared == "bytes3" else to_checksum_address(f"0x{number:040x}")
    return {
        bool: bool(number % 2),
        int: number,
        str: text if declared in ("bytes3", "address") else f"text {number}",
        bytes: number.to_bytes(size, "big"),
        date: date(2026, 1, 1) + timedelta(days=number),
    }[kind]


@pytest.mark.parametrize("kind", Entry, ids=lambda kind: kind.name)
def test_a_payload_of_every_kind_comes_back_typed_from_its_abi_encoding(kind: Entry) -> None:
    values = _sample(PAYLOADS[kind])
    entry = HistoryEntry(LOAN, 1, date(2026, 1, 1), kind, ACTOR, payload_bytes(values), b"")
    assert payload(entry) == values
    assert list(payload_fields(entry)) == [m.solidity for m in members(type(values))]


def test_payloads_are_those_that_the_escrows_interface_names() -> None:
    text = (checkout() / "contracts" / "escrow" / "ILoanEscrow.sol").read_text("utf-8")
    comment = text[text.index("Kinds of history entries") : text.index("enum Entry")].replace("///", " ")
    named = re.findall(r"(\d+) (\w+)\s+\(([^()]*)\)", " ".join(comment.split()))
    stated = {int(n): [part.strip() for part in values.split(",")] for n, _, values in named}
    assert set(stated) == set(Entry)
    for number, _, _ in named:
        assert stated[int(number)] == PAYLOADS[Entry(int(number))].SOLIDITY.split(","), number


def test_a_payload_by_hand_is_read_by_name() -> None:
    posted = (10, 1, 2, 3, 4, 5, 6, 20000, 19990)
    types = ["(uint128,uint128,uint128,uint128,uint128,uint128,uint128,uint32,uint32)", "(uint32,uint16,bytes32)"]
    encoded = encode(types, [posted, (4, 2, b"\x01" * 32)])
    values = payload(HistoryEntry(LOAN, 1, date(2026, 1, 1), Entry.PAYMENT_POSTED, ACTOR, encoded, b""))
    assert isinstance(values, PaymentPosted)
    assert (values.posted.amount, values.posted.fee, values.posted.principal) == (10, 1, 4)
    assert values.posted.value_date == date(2024, 10, 4)
    assert values.entry == BankEntry(4, 2, b"\x01" * 32)


@given(st.sampled_from(Entry), st.data())
def test_a_payload_that_was_cut_short_is_refused_by_name(kind: Entry, data: st.DataObject) -> None:
    whole = payload_bytes(_sample(PAYLOADS[kind]))
    cut = whole[: data.draw(st.integers(0, (len(whole) - 1) // 32)) * 32]
    with pytest.raises(PayloadUnreadable) as refused:
        payload(HistoryEntry(LOAN, 3, date(2026, 1, 1), kind, ACTOR, cut, b""))
    assert refused.value.params["seq"] == 3


def test_a_fold_starts_with_the_proposal() -> None:
    with pytest.raises(HistoryBroken, match="proposal"):
        fold_loan([])
    funded = HistoryEntry(LOAN, 1, date(2026, 1, 1), Entry.FUNDED, ACTOR, payload_bytes(Funded(5)), b"")
    with pytest.raises(HistoryBroken, match="FUNDED"):
        fold_loan([funded])


def test_dust_is_what_is_left_after_the_banks_claim_is_met() -> None:
    """A reversal burned 15 of 55; the bank's claim of 40 is met from the loan's cash before the rest is swept."""
    posted = Posted(100, 0, 0, 60, 0, 40, 0, date(2026, 1, 2), date(2026, 1, 1))
    terms = _sample(PAYLOADS[Entry.PROPOSED])
    steps: list[tuple[Entry, Struct]] = [
        (Entry.PROPOSED, terms),
        (Entry.PAYMENT_POSTED, PaymentPosted(posted, BankEntry(1, 1, bytes(32)))),
        (Entry.PAYMENT_POSTED, PaymentPosted(replace(posted, interest=55, overpaid=0), BankEntry(1, 2, bytes(32)))),
        (Entry.PAYMENT_REVERSED, PaymentReversed(3, 55, 15, bytes(32), BankEntry(1, 3, bytes(32)))),
    ]
    entries = [
        HistoryEntry(LOAN, seq, date(2026, 1, 5), kind, ACTOR, payload_bytes(values), b"")
        for seq, (kind, values) in enumerate(steps, start=1)
    ]
    before = fold_loan(entries)
    assert before.bank_claim == 40
    swept = replace(entries[0], seq=5, kind=Entry.DUST_SWEPT, payload=payload_bytes(DustSwept(before.cash - 40)))
    after = fold_loan([*entries, swept])
    assert (after.bank_claim, after.cash) == (0, 0)
