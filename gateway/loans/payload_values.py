"""A history entry's payload for readers: every value under its name, amounts with their currency, rates as percentages.

The contracts' own types decide: uint128 holds minor units, fields named ...Nano hold 1e-9 per year. Zero days, empty
bytes and zero hashes are left out.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from chain.ledger.history import HistoryEntry, payload
from chain.ledger.solidity import Member, Struct, members
from gateway.indexer.projection import UNREADABLE, hex_of
from gateway.money import Money, money
from gateway.rates import rate_text


def readable(entry: HistoryEntry, currency: str) -> dict[str, Any]:
    """The payload's values by name; empty if it can't be read."""
    try:
        return _struct(payload(entry), currency)
    except UNREADABLE:
        return {}  # the loan's page says so at its top


def _struct(values: Struct, currency: str) -> dict[str, Any]:
    shown = {m.python: _value(getattr(values, m.python), m, currency) for m in members(type(values))}
    return {name: value for name, value in shown.items() if value is not None}


def _value(value: Any, member: Member, currency: str) -> Any:
    match value:
        case Struct():
            return _struct(value, currency) or None
        case tuple() | list():
            return [_value(item, member, currency) for item in value] or None
        case bytes():
            return hex_of(value) if any(value) else None
        case IntEnum():
            return value.name
        case int() if not isinstance(value, bool):
            return _number(value, member, currency)
        case _:
            return value


def _number(value: int, member: Member, currency: str) -> Money | str:
    if member.declared.startswith("uint128"):
        return money(value, currency)
    return rate_text(value) if member.python.endswith("_nano") else str(value)
