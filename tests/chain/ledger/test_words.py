"""The quick decoder gives what eth_abi gives, values and refusals alike, for whatever bytes."""

from __future__ import annotations

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_abi.tools import get_abi_strategy
from hypothesis import given
from hypothesis import strategies as st

from chain.ledger.contracts import events
from chain.ledger.payloads import PAYLOADS
from chain.ledger.solidity import abi_types
from chain.ledger.words import _readers, decode_words

_PLAIN = st.sampled_from(["uint8", "uint32", "uint64", "uint128", "uint256", "bool", "address", "bytes3", "bytes32"])
_STRUCT = st.lists(_PLAIN, min_size=1, max_size=5).map(lambda parts: f"({','.join(parts)})")
_NESTED = st.lists(st.one_of(_PLAIN, _STRUCT), min_size=1, max_size=4).map(lambda parts: f"({','.join(parts)})")
_OTHER = st.sampled_from(["string", "uint8[]", "int16", "uint8[2]", "(bytes,uint8)", "bytes[]"])
_TYPES = st.lists(st.one_of(_PLAIN, _NESTED, st.just("bytes"), _OTHER), min_size=1, max_size=6)


def _same(types: list[str], data: bytes) -> None:
    try:
        expected = decode(types, data)
    except (DecodingError, OverflowError) as refused:
        with pytest.raises(type(refused)):
            decode_words(types, data)
        return
    found = decode_words(types, data)
    assert found == expected
    assert repr(found) == repr(expected)  # True is not 1


@given(st.data(), _TYPES)
def test_what_solidity_encodes_is_read_the_same(data, types):
    values = [data.draw(get_abi_strategy(kind)) for kind in types]
    _same(types, encode(types, values))


@given(st.data(), _TYPES)
def test_spoiled_bytes_are_read_or_refused_the_same(data, types):
    values = [data.draw(get_abi_strategy(kind)) for kind in types]
    spoiled = bytearray(encode(types, values))
    for _ in range(data.draw(st.integers(1, 3))):
        spoiled[data.draw(st.integers(0, len(spoiled) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(spoiled)))
    _same(types, bytes(spoiled))
    _same(types, bytes(spoiled[:cut]))
    _same(types, bytes(spoiled) + data.draw(st.binary(max_size=40)))


@given(st.lists(st.one_of(_PLAIN, st.just("bytes")), min_size=1, max_size=4), st.lists(st.integers(0, 200), max_size=9))
def test_any_pointers_are_followed_or_refused_the_same(types, words):
    _same(types, b"".join(word.to_bytes(32, "big") for word in words))


def test_the_layouts_that_come_most_are_read_quickly():
    recorded = events("LoanEscrow")["Recorded"]
    quick = [recorded.types, *(abi_types(kind) for kind in PAYLOADS.values())]
    assert _readers(recorded.types) is not None
    assert sum(_readers(tuple(types)) is not None for types in quick) > len(quick) * 2 // 3
    for contract in ("CustodyToken", "LoanEscrow"):
        for event in events(contract).values():
            assert all(_readers((kind,)) is not None for _, kind in event.indexed), event.signature
