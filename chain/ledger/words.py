"""ABI decoding for the layouts that come by thousands: plain words, structs of them, and `bytes` at the end of a call.

`eth_abi` reads all layouts and checks all of a value's words again for every struct around it. Here a layout is worked
out once and read in one pass; whatever is not exactly as Solidity encodes it, and every other layout, goes to
`eth_abi`, which has the last word: values and errors are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from eth_abi.abi import decode
from eth_abi.grammar import ABIType, BasicType, TupleType, parse

_WORD: Final = 32
_Read = Callable[[bytes, int], Any]


class _Unusual(Exception):
    """Not encoded as Solidity does, or not at all."""


def decode_words(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """As `eth_abi.abi.decode`: values of `types` out of `data`. Raises DecodingError or OverflowError, as it does."""
    readers = _readers(tuple(types))
    if readers is not None:
        try:
            return tuple(read(data, at) for read, at in readers)
        except _Unusual:
            pass
    return decode(types, data)


@cache
def _readers(types: tuple[str, ...]) -> tuple[tuple[_Read, int], ...] | None:
    """How to read each value and where; None if one of them is of another kind."""
    head = sum(_words(parse(kind)) or 1 for kind in types) * _WORD
    found, at = [], 0
    for kind in map(parse, types):
        read = _bytes_reader(head) if kind.to_type_str() == "bytes" else _reader(kind)
        if read is None:
            return None
        found.append((read, at))
        at += (_words(kind) or 1) * _WORD
    return tuple(found)


def _words(kind: ABIType) -> int | None:
    """How many words a value of the kind always takes; None if that depends on it."""
    if kind.is_dynamic or kind.arrlist:
        return None
    if isinstance(kind, TupleType):
        return sum(_words(part) or 0 for part in kind.components)
    return 1


def _reader(kind: ABIType) -> _Read | None:
    if _words(kind) is None:
        return None
    if isinstance(kind, TupleType):
        return _tuple_reader(kind)
    assert isinstance(kind, BasicType), "a kind is basic or a tuple"
    if kind.base == "uint":
        return _uint_reader(int(kind.sub))
    if kind.base == "bytes":
        return _fixed_bytes_reader(int(kind.sub))
    return {"address": _address, "bool": _bool}.get(kind.base)


def _tuple_reader(kind: TupleType) -> _Read | None:
    parts, at = [], 0
    for part in kind.components:
        read = _reader(part)
        if read is None:
            return None
        parts.append((read, at))
        at += (_words(part) or 0) * _WORD
    return lambda data, start: tuple(read(data, start + at) for read, at in parts)


def _uint(data: bytes, at: int) -> int:
    if len(data) < at + _WORD:
        raise _Unusual
    return int.from_bytes(data[at : at + _WORD], "big")


def _uint_reader(bits: int) -> _Read:
    def read(data: bytes, at: int) -> int:
        value = _uint(data, at)
        if value >> bits:
            raise _Unusual
        return value

    return read


def _fixed_bytes_reader(size: int) -> _Read:
    padding = bytes(_WORD - size)

    def read(data: bytes, at: int) -> bytes:
        end = at + _WORD
        if len(data) < end or data[at + size : end] != padding:
            raise _Unusual
        return data[at : at + size]

    return read


def _address(data: bytes, at: int) -> str:
    value = _uint(data, at)
    if value >> 160:
        raise _Unusual
    return f"0x{value:040x}"


def _bool(data: bytes, at: int) -> bool:
    value = _uint(data, at)
    if value > 1:
        raise _Unusual
    return value == 1


def _bytes_reader(head: int) -> _Read:
    """head: length of all values' heads, behind which the bytes lie."""

    def read(data: bytes, at: int) -> bytes:
        start = _uint(data, at)
        if start < head:
            raise _Unusual
        size = _uint(data, start)
        first = start + _WORD
        end = first + size
        padded = first + (size + _WORD - 1) // _WORD * _WORD
        if len(data) < padded or any(data[end:padded]):
            raise _Unusual
        return data[first:end]

    return read
