"""Values of the ledger as events show them: amounts with their currency, days as dates, wide numbers as text.

Each kind of value has one conversion and one JSON schema, so that what is described is what is sent. Conversions of a
struct are worked out once. Signatures and salts stay out: who needs them reads the loan's history.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from enum import IntEnum

from chain.bank.amounts import text_from_minor
from chain.ledger.addresses import checksum_address
from chain.ledger.days import day_of
from chain.ledger.roles import Role
from chain.ledger.solidity import JSON_SAFE_BITS, Member, Struct, members
from chain.ledger.structs import PartyKind, Payout
from gateway.rates import rate_text

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
Convert = Callable[[typing.Any, str], Json]
Schema = dict[str, typing.Any]

_SKIPPED = ("signature", "salt")
_ROLES = tuple(Role)

_AMOUNT: Schema = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "pattern": r"^-?(0|[1-9][0-9]*)\.[0-9]{2}$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
    "required": ["amount", "currency"],
}
_HEX: Schema = {"type": "string", "pattern": "^0x[0-9a-f]*$"}
_DATE: Schema = {"type": "string", "format": "date"}
_ADDRESS: Schema = {"type": "string", "pattern": "^0x[0-9a-fA-F]{40}$"}
_NUMBER: Schema = {"type": "integer"}
_INTEGER: Schema = {"type": "string", "pattern": "^-?[0-9]+$"}


def _amount(value: typing.Any, currency: str) -> Json:
    return {"amount": text_from_minor(int(value)), "currency": currency}


def _hex(value: typing.Any, _: str) -> Json:
    return "0x" + bytes(value).hex()


def _named(kind: type[IntEnum]) -> Convert:
    return lambda value, _: kind(int(value)).name if int(value) in set(kind) else str(value)


def _role(value: typing.Any, _: str) -> Json:
    return _ROLES[int(value) - 1].value if 0 < int(value) <= len(_ROLES) else str(value)


def _text(value: typing.Any, _: str) -> Json:
    return None if value is None else str(value)


def _options(*names: str) -> Schema:
    return {"type": "string", "examples": list(names)}


WORDS: Mapping[str, tuple[Convert, Schema]] = {
    "address": (lambda value, _: checksum_address(value), _ADDRESS),
    "amount": (_amount, _AMOUNT),
    "day": (lambda value, _: day_of(int(value)).isoformat(), _DATE),
    "date": (lambda value, _: value.isoformat(), _DATE),
    "error": (
        lambda value, _: typing.cast(Json, value),
        {
            "type": ["object", "null"],
            "properties": {
                "code": {"type": "string"},
                "status": _NUMBER,
                "en": {"type": "string"},
                "zh": {"type": "string"},
                "params": {"type": "object"},
            },
            "required": ["code", "en", "zh"],
        },
    ),
    "flag": (lambda value, _: bool(value), {"type": "boolean"}),
    "hash": (_hex, _HEX),
    "integer": (lambda value, _: str(int(value)), _INTEGER),
    "name": (
        lambda value, _: bytes(value).rstrip(b"\0").decode("utf-8", "replace"),
        {"type": "string"},
    ),
    "number": (lambda value, _: None if value is None else int(value), {"type": ["integer", "null"]}),
    "party_kind": (_named(PartyKind), _options(*(kind.name for kind in PartyKind))),
    "payout": (_named(Payout), _options(*(state.name for state in Payout))),
    "rate": (lambda value, _: rate_text(int(value)), {"type": "string", "pattern": r"^[0-9]+(\.[0-9]{1,9})?$"}),
    "role": (_role, _options(*(role.value for role in Role))),
    "text": (_text, {"type": ["string", "null"]}),
}


def snake(name: str) -> str:
    """A Solidity name as ours."""
    return "".join("_" + letter.lower() if letter.isupper() else letter for letter in name)


def object_schema(properties: Mapping[str, Schema]) -> Schema:
    """An object with all of `properties`."""
    return {"type": "object", "properties": dict(properties), "required": list(properties)}


def struct_values(values: Struct, currency: str) -> dict[str, Json]:
    """A struct's values by name."""
    return {name: convert(getattr(values, name), currency) for name, convert, _ in _layout(type(values))}


def struct_schema(kind: type[Struct]) -> Schema:
    """The JSON schema of `struct_values`."""
    return object_schema({name: schema for name, _, schema in _layout(kind)})


def _layout(kind: type[Struct]) -> tuple[tuple[str, Convert, Schema], ...]:
    found = _layouts.get(kind)
    if found is None:
        shown = [m for m in members(kind) if not m.python.endswith(_SKIPPED)]
        found = _layouts[kind] = tuple((m.python, *_form(m.kind, m)) for m in shown)
    return found


_layouts: dict[type[Struct], tuple[tuple[str, Convert, Schema], ...]] = {}


def _form(kind: typing.Any, member: Member) -> tuple[Convert, Schema]:
    if typing.get_origin(kind) is tuple:
        convert, schema = _form(typing.get_args(kind)[0], member)
        return lambda value, currency: [convert(v, currency) for v in value], {"type": "array", "items": schema}
    if isinstance(kind, types.UnionType):  # a day, or none
        return lambda value, _: None if value is None else value.isoformat(), {**_DATE, "type": ["string", "null"]}
    if issubclass(kind, Struct):
        return struct_values, struct_schema(kind)
    if issubclass(kind, IntEnum):
        return lambda value, _: value.name, _options(*(option.name for option in kind))
    return _plain(kind, member)


def _plain(kind: type[typing.Any], member: Member) -> tuple[Convert, Schema]:
    declared = member.declared.removesuffix("[]")
    if kind is bytes:
        return WORDS["hash"]
    if kind is bool:
        return WORDS["flag"]
    if kind is int:
        return _integer(declared, member)
    if kind is str:
        return WORDS["address"] if declared == "address" else WORDS["text"]
    return WORDS["date"]


def _integer(declared: str, member: Member) -> tuple[Convert, Schema]:
    if declared == "uint128":
        return WORDS["amount"]
    if member.python.endswith("_nano"):
        return WORDS["rate"]
    bits = int(declared.removeprefix("u").removeprefix("int"))
    return WORDS["integer"] if bits > JSON_SAFE_BITS else (lambda value, _: int(value), _NUMBER)
