"""Reads call data strictly: only the one canonical ABI encoding of arguments is understood, everything else is refused.

One pass instead of decoding and encoding again: offsets must stand in order without gaps, padding must be zero, values
must be in range and nothing may follow. So two different byte strings never mean the same call, and what the signer
checked is what the contract will read. Values come as eth_abi's decoder gives them. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from eth_abi.grammar import ABIType, BasicType, TupleType, parse

_WORD: Final = 32
_Reader = Callable[[bytes, int], tuple[Any, int]]


class NotCanonical(Exception):
    """The bytes are not the canonical encoding of arguments of these types."""


@dataclass(frozen=True)
class _Part:
    """How one type is read: `read(data, start)` gives the value and where its encoding ends. `size`: of its head."""

    dynamic: bool
    size: int
    read: _Reader


@cache
def arguments_reader(types: tuple[str, ...]) -> Callable[[bytes], tuple[Any, ...]]:
    """A function that reads the arguments behind a selector. It raises NotCanonical."""
    whole = _tuple([_part(parse(kind)) for kind in types])

    def read(data: bytes) -> tuple[Any, ...]:
        values, end = whole.read(data, 4)
        if end != len(data):
            raise NotCanonical
        found: tuple[Any, ...] = values
        return found

    return read


def _part(kind: ABIType) -> _Part:
    if kind.is_array:
        return _array(kind)
    if isinstance(kind, TupleType):
        return _tuple([_part(component) for component in kind.components])
    assert isinstance(kind, BasicType), "the grammar knows basic types and tuples"
    if kind.base in ("uint", "int"):
        return _integer(int(kind.sub), signed=kind.base == "int")
    if kind.base == "bytes" and kind.sub is not None:
        return _fixed_bytes(int(kind.sub))
    return {"address": _ADDRESS, "bool": _BOOL, "bytes": _BYTES, "string": _STRING}[kind.base]


def _word(data: bytes, start: int) -> int:
    if start + _WORD > len(data):
        raise NotCanonical
    return int.from_bytes(data[start : start + _WORD], "big")


def _sequence(parts: Sequence[_Part], data: bytes, start: int, tail: int) -> tuple[tuple[Any, ...], int]:
    head, values = start, []
    for part in parts:
        if part.dynamic:
            if _word(data, head) != tail - start:
                raise NotCanonical
            value, tail = part.read(data, tail)
        else:
            value, _ = part.read(data, head)
        head += part.size
        values.append(value)
    return tuple(values), tail


def _tuple(parts: Sequence[_Part]) -> _Part:
    size = sum(part.size for part in parts)

    def read(data: bytes, start: int) -> tuple[Any, int]:
        return _sequence(parts, data, start, start + size)

    dynamic = any(part.dynamic for part in parts)
    return _Part(dynamic, _WORD if dynamic else size, read)


def _array(kind: ABIType) -> _Part:
    item = _part(kind.item_type)
    assert kind.arrlist is not None, "an array says how long it is"
    fixed = kind.arrlist[-1]
    if fixed:
        return _tuple([item] * int(fixed[0]))

    def read(data: bytes, start: int) -> tuple[Any, int]:
        count = _word(data, start)
        start += _WORD
        if count * item.size > len(data) - start:
            raise NotCanonical
        return _sequence([item] * count, data, start, start + count * item.size)

    return _Part(True, _WORD, read)


def _integer(bits: int, *, signed: bool) -> _Part:
    limit = 1 << bits

    def read(data: bytes, start: int) -> tuple[Any, int]:
        value = _word(data, start)
        if signed and value >> 255:
            value -= 1 << 256
            if value < -(limit >> 1):
                raise NotCanonical
        elif value >= (limit >> 1 if signed else limit):
            raise NotCanonical
        return value, start + _WORD

    return _Part(False, _WORD, read)


def _fixed_bytes(length: int) -> _Part:
    padding = bytes(_WORD - length)

    def read(data: bytes, start: int) -> tuple[Any, int]:
        word = data[start : start + _WORD]
        if len(word) != _WORD or word[length:] != padding:
            raise NotCanonical
        return word[:length], start + _WORD

    return _Part(False, _WORD, read)


def _read_address(data: bytes, start: int) -> tuple[Any, int]:
    word = data[start : start + _WORD]
    if len(word) != _WORD or word[:12] != bytes(12):
        raise NotCanonical
    return "0x" + word[12:].hex(), start + _WORD


def _read_bool(data: bytes, start: int) -> tuple[Any, int]:
    value = _word(data, start)
    if value > 1:
        raise NotCanonical
    return value == 1, start + _WORD


def _read_bytes(data: bytes, start: int) -> tuple[Any, int]:
    length = _word(data, start)
    start += _WORD
    end = start + length
    padded = end + -length % _WORD
    if padded > len(data) or data[end:padded] != bytes(padded - end):
        raise NotCanonical
    return data[start:end], padded


def _read_string(data: bytes, start: int) -> tuple[Any, int]:
    value, end = _read_bytes(data, start)
    try:
        return value.decode(), end
    except UnicodeDecodeError:
        raise NotCanonical from None


_ADDRESS: Final = _Part(False, _WORD, _read_address)
_BOOL: Final = _Part(False, _WORD, _read_bool)
_BYTES: Final = _Part(True, _WORD, _read_bytes)
_STRING: Final = _Part(True, _WORD, _read_string)
