"""The strict reader of call data against eth_abi: it understands exactly the canonical encodings."""

from __future__ import annotations

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_abi.grammar import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.ledger.contracts import functions, selector
from chain.ledger.roles import table
from gateway.signing.calldata import NotCanonical, arguments_reader

FUNCTIONS = [functions(contract)[name] for contract, granted in table().items() for name in granted]
OTHERS = ("int8", "int256", "bytes3", "uint8[2]", "string[]", "(uint8,bytes)[2]", "(string,(uint16[],bool)[])[]")
QUICK = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


def values(node):
    """Values of an ABI type."""
    if node.is_array:
        fixed = node.arrlist[-1]
        count = {"min_size": fixed[0], "max_size": fixed[0]} if fixed else {"max_size": 3}
        return st.lists(values(node.item_type), **count).map(tuple)
    if hasattr(node, "components"):
        return st.tuples(*map(values, node.components))
    if node.base == "uint":
        return st.integers(0, 2**node.sub - 1)
    if node.base == "int":
        return st.integers(-(2 ** (node.sub - 1)), 2 ** (node.sub - 1) - 1)
    if node.base == "address":
        return st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
    if node.base == "bool":
        return st.booleans()
    if node.base == "string":
        return st.text(max_size=40)
    return st.binary(min_size=node.sub, max_size=node.sub) if node.sub else st.binary(max_size=70)


def read(types, data):
    return arguments_reader(types)(data)


@pytest.mark.parametrize("entry", FUNCTIONS, ids=lambda entry: f"{entry.contract}.{entry.name}")
def test_what_any_function_takes_is_read_as_it_was_encoded(entry):
    @QUICK
    @given(st.tuples(*(values(parse(kind)) for kind in entry.types)))
    def check(args):
        data = selector(entry.signature) + encode(entry.types, args)
        assert read(entry.types, data) == args == tuple(decode(entry.types, data[4:]))

    check()


def _canonical(types, data):
    """What eth_abi says: decoded, and the same bytes when encoded again."""
    try:
        args = decode(types, data[4:])
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return args if encode(types, args) == data[4:] else None


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_changed_bytes_are_read_only_if_they_are_canonical_again(data):
    entry = data.draw(st.sampled_from(FUNCTIONS).filter(lambda e: e.types))
    good = bytearray(b"\0" * 4 + encode(entry.types, data.draw(st.tuples(*(values(parse(k)) for k in entry.types)))))
    match data.draw(st.sampled_from(("flip", "word", "cut", "more"))):
        case "flip":
            at = data.draw(st.integers(4, len(good) - 1))
            good[at] ^= 1 << data.draw(st.integers(0, 7))
        case "word":
            at = 4 + 32 * data.draw(st.integers(0, (len(good) - 4) // 32 - 1))
            good[at : at + 32] = data.draw(st.integers(0, 2**16) | st.integers(0, 2**256 - 1)).to_bytes(32, "big")
        case "cut":
            del good[data.draw(st.integers(4, len(good) - 1)) :]
        case "more":
            good += data.draw(st.binary(min_size=1, max_size=64))
    expected = _canonical(entry.types, bytes(good))
    if expected is None:
        with pytest.raises(NotCanonical):
            read(entry.types, bytes(good))
    else:
        assert read(entry.types, bytes(good)) == tuple(expected)


@pytest.mark.parametrize("kind", OTHERS)
def test_types_that_no_function_takes_yet_are_read_too(kind):
    @QUICK
    @given(values(parse(kind)))
    def check(value):
        assert read((kind,), b"\0" * 4 + encode([kind], [value])) == (value,)

    check()


def test_a_length_beyond_the_data_is_refused_without_reading_on():
    words = [32, 2**255]
    with pytest.raises(NotCanonical):
        read(("uint256[]",), b"\0" * 4 + b"".join(word.to_bytes(32, "big") for word in words))
