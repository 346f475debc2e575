"""Solidity structs as frozen dataclasses: one description gives the ABI form, the EIP-712 form and the JSON form.

A subclass of `Struct` says in `SOLIDITY` how Solidity declares its fields, in the order of its dataclass fields; the
annotations say how Python holds them. Lossless, with one exception: days after 9999-12-31, which only orders that no
Python user made can hold, are read as that day. Pure; knows no contract.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, ClassVar, Self, TypeVar

from chain.ledger.addresses import checksum_address
from chain.ledger.days import EPOCH, day_number, day_of
from chain.ledger.errors import FieldInvalid

_S = TypeVar("_S", bound="Struct")

JSON_SAFE_BITS = 53  # integers of wider types travel as decimal strings


@dataclass(frozen=True)
class Member:
    """One field: its name here and in Solidity, the type as Solidity writes it, and the type that Python holds."""

    python: str
    solidity: str
    declared: str
    kind: Any


class Struct:
    """Base of dataclasses that mirror a Solidity struct of the same name."""

    SOLIDITY: ClassVar[str]
    INVALID: ClassVar[type[FieldInvalid]] = FieldInvalid

    @classmethod
    def abi_type(cls) -> str:
        """The tuple type, as ABIs write it."""
        return "(" + ",".join(abi_type_of(m) for m in members(cls)) + ")"

    def abi_tuple(self) -> tuple[Any, ...]:
        """As the contracts take it."""
        return tuple(to_abi(getattr(self, m.python), m.declared) for m in members(type(self)))

    @classmethod
    def from_abi(cls, values: tuple[Any, ...]) -> Self:
        """From the tuple that the contracts give."""
        pairs = zip(_converters(cls), values, strict=True)
        return cls(**{name: convert(value) for (name, convert), value in pairs})

    def to_json(self) -> dict[str, Any]:
        """Plain JSON: hex for bytes, ISO dates, names of enum members, decimal strings for integers above 53 bits."""
        return {m.python: _to_json(getattr(self, m.python), m.declared) for m in members(type(self))}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Self:
        """From `to_json`'s form. Raises the struct's error, a FieldInvalid, naming the field by its path."""
        return _struct_from_json(cls, raw, "", cls.INVALID)

    @classmethod
    def eip712_types(cls) -> dict[str, list[dict[str, str]]]:
        """This struct's type and those of its parts, by name, as typed-data documents list them."""
        found = {cls.__name__: [{"name": m.solidity, "type": m.declared} for m in members(cls)]}
        for m in members(cls):
            part = _struct_of(m.kind)
            if part is not None:
                found |= part.eip712_types()
        return found

    def eip712_message(self) -> dict[str, Any]:
        """The values as typed-data documents give them."""
        return {m.solidity: _to_message(getattr(self, m.python), m.declared) for m in members(type(self))}


def members(struct: type[Struct]) -> tuple[Member, ...]:
    """The fields of a struct, in order."""
    found = _known.get(struct)
    if found is None:
        hints = typing.get_type_hints(struct)
        names = [field.name for field in dataclasses.fields(struct)]  # type: ignore[arg-type]
        declared = [part.rsplit(" ", 1) for part in struct.SOLIDITY.split(",")]
        found = _known[struct] = tuple(
            Member(name, solidity.strip(), kind.strip(), hints[name])
            for name, (kind, solidity) in zip(names, declared, strict=True)
        )
    return found


_known: dict[type[Struct], tuple[Member, ...]] = {}


def abi_types(struct: type[Struct]) -> tuple[str, ...]:
    """The types of a struct's fields as ABIs write them, in order."""
    found = _known_types.get(struct)
    if found is None:
        found = _known_types[struct] = tuple(abi_type_of(m) for m in members(struct))
    return found


_known_types: dict[type[Struct], tuple[str, ...]] = {}


def abi_type_of(member: Member) -> str:
    """The field's type as ABIs write it."""
    part = _struct_of(member.kind)
    if part is None:
        return member.declared
    return part.abi_type() + ("[]" if member.declared.endswith("[]") else "")


def _struct_of(kind: Any) -> type[Struct] | None:
    if typing.get_origin(kind) is tuple:
        kind = typing.get_args(kind)[0]
    return kind if isinstance(kind, type) and issubclass(kind, Struct) else None


def to_abi(value: Any, declared: str) -> Any:
    """A value as the ABI encoder takes it."""
    if isinstance(value, Struct):
        return value.abi_tuple()
    if isinstance(value, tuple | list):
        return [to_abi(item, declared.removesuffix("[]")) for item in value]
    if value is None or isinstance(value, date):
        return day_number(value) if value else 0
    if isinstance(value, IntEnum):
        return int(value)
    if isinstance(value, str) and declared.startswith("bytes"):
        return value.encode().ljust(int(declared.removeprefix("bytes")), b"\0")
    return value


def from_abi(value: Any, declared: str, kind: Any) -> Any:
    """A decoded ABI value as Python holds it."""
    return _converter(declared, kind)(value)


def _converters(struct: type[Struct]) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """Each field's name and how its ABI value becomes what Python holds, in order; worked out once."""
    found = _known_converters.get(struct)
    if found is None:
        found = tuple((m.python, _converter(m.declared, m.kind)) for m in members(struct))
        _known_converters[struct] = found
    return found


_known_converters: dict[type[Struct], tuple[tuple[str, Callable[[Any], Any]], ...]] = {}


def _converter(declared: str, kind: Any) -> Callable[[Any], Any]:
    if typing.get_origin(kind) is tuple:
        convert = _converter(declared.removesuffix("[]"), typing.get_args(kind)[0])
        return lambda value: tuple(convert(part) for part in value)
    if isinstance(kind, types.UnionType):  # a day, or none where Solidity has 0
        return lambda value: _day(value) if value else None
    if kind is date:
        return _day
    if kind is str:
        return lambda value: _text(value, declared)
    plain: Callable[[Any], Any] = kind.from_abi if issubclass(kind, Struct) else kind
    return plain


def _day(number: int) -> date:
    return day_of(min(number, day_number(date.max)))


def _text(value: Any, declared: str) -> str:
    if declared == "address":
        return str(checksum_address(value))
    return bytes(value).rstrip(b"\0").decode() if declared.startswith("bytes") else str(value)


def _to_message(value: Any, declared: str) -> Any:
    if isinstance(value, Struct):
        return value.eip712_message()
    if isinstance(value, tuple):
        return [_to_message(item, declared.removesuffix("[]")) for item in value]
    plain = to_abi(value, declared)
    return "0x" + plain.hex() if isinstance(plain, bytes) else plain


def _to_json(value: Any, declared: str) -> Any:
    if isinstance(value, tuple):
        return [_to_json(item, declared.removesuffix("[]")) for item in value]
    for kind, form in _JSON_FORMS:
        if isinstance(value, kind):
            return form(value)
    wide = isinstance(value, int) and _bits(declared) > JSON_SAFE_BITS
    return str(value) if wide else value


_JSON_FORMS: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Struct, Struct.to_json),
    (date, date.isoformat),
    (IntEnum, lambda member: member.name),
    (bytes, lambda value: "0x" + value.hex()),
)


def _bits(declared: str) -> int:
    digits = declared.removeprefix("u").removeprefix("int")
    return int(digits) if digits.isdecimal() else 0


def _struct_from_json(cls: type[_S], raw: object, path: str, invalid: type[FieldInvalid]) -> _S:
    if not isinstance(raw, Mapping):
        raise invalid(field=path or cls.__name__, given=repr(raw), expected="an object")
    values = {}
    for m in members(cls):
        field = f"{path}.{m.python}" if path else m.python
        if m.python not in raw:
            raise invalid(field=field, given="missing", expected=_expected(m.declared, m.kind))
        values[m.python] = _from_json(raw[m.python], m.declared, m.kind, field, invalid)
    return cls(**values)


def _from_json(raw: Any, declared: str, kind: Any, field: str, invalid: type[FieldInvalid]) -> Any:
    if typing.get_origin(kind) is tuple:
        if not isinstance(raw, list | tuple):
            raise invalid(field=field, given=repr(raw), expected="a list")
        item = typing.get_args(kind)[0]
        plain = declared.removesuffix("[]")
        return tuple(_from_json(part, plain, item, f"{field}[{i}]", invalid) for i, part in enumerate(raw))
    if isinstance(kind, types.UnionType):
        return None if raw is None else _from_json(raw, declared, date, field, invalid)
    if issubclass(kind, Struct):
        return _struct_from_json(kind, raw, field, invalid)
    try:
        return _PARSERS[_form(declared, kind)](raw, declared, kind)
    except (ValueError, TypeError, KeyError) as exc:
        raise invalid(field=field, given=repr(raw), expected=_expected(declared, kind)) from exc


def _form(declared: str, kind: Any) -> str:
    if kind is date:
        return "date"
    if issubclass(kind, IntEnum):
        return "name"
    if kind is bool:
        return "bool"
    if kind is bytes:
        return "hex"
    if kind is str:
        return "address" if declared == "address" else "text"
    return "integer"


def _expected(declared: str, kind: Any) -> str:
    if typing.get_origin(kind) is tuple:
        return "a list"
    if isinstance(kind, types.UnionType):
        return "an ISO date or null"
    if issubclass(kind, Struct):
        return "an object"
    size = declared.removeprefix("bytes")
    forms = {
        "name": "one of " + ", ".join(getattr(kind, "__members__", ())),
        "hex": f"0x and {2 * int(size)} hex digits" if size.isdecimal() else "0x and hex digits",
        "integer": f"an integer, {'' if declared.startswith('int') else 'non-negative, '}below 2^{_bits(declared)}",
        "date": "an ISO date",
        "bool": "true or false",
        "address": "an address, 0x and 40 hex digits",
        "text": "non-empty text",
    }
    return forms[_form(declared, kind)]


def _parse_date(raw: Any, declared: str, kind: Any) -> date:
    day = date.fromisoformat(raw)
    if day < EPOCH:
        raise ValueError(day)
    return day


def _parse_name(raw: Any, declared: str, kind: Any) -> Any:
    return kind[raw]


def _parse_bool(raw: Any, declared: str, kind: Any) -> bool:
    if not isinstance(raw, bool):
        raise TypeError(raw)
    return raw


def _parse_hex(raw: Any, declared: str, kind: Any) -> bytes:
    if not isinstance(raw, str) or not raw.startswith("0x"):
        raise TypeError(raw)
    value = bytes.fromhex(raw[2:])
    if len(raw) != 2 + 2 * len(value) or (declared != "bytes" and len(value) != int(declared[5:])):
        raise ValueError(raw)
    return value


def _parse_address(raw: Any, declared: str, kind: Any) -> str:
    return str(checksum_address(raw))


def _parse_text(raw: Any, declared: str, kind: Any) -> str:
    if not isinstance(raw, str) or not raw:
        raise TypeError(raw)
    if declared.startswith("bytes") and len(raw.encode()) > int(declared[5:]):
        raise ValueError(raw)
    return raw


def _parse_integer(raw: Any, declared: str, kind: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise TypeError(raw)
    digits = str(raw)
    signed = declared.startswith("int")
    if not digits.isascii() or not (digits.removeprefix("-") if signed else digits).isdecimal():
        raise ValueError(raw)
    value, bits = int(digits), _bits(declared)
    low, high = (-(1 << (bits - 1)), 1 << (bits - 1)) if signed else (0, 1 << bits)
    if not low <= value < high:
        raise ValueError(raw)
    return value


_PARSERS = {
    "date": _parse_date,
    "name": _parse_name,
    "bool": _parse_bool,
    "hex": _parse_hex,
    "address": _parse_address,
    "text": _parse_text,
    "integer": _parse_integer,
}
