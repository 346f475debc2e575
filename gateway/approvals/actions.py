"""Operations that need two people, as they are shown to the second person and as the ledger names them.

A kind of operation registers how it is built from its stored request. Building asks the index anew, so that what is
shown and approved is what would be sent now; its hash says whether that has changed since somebody looked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from chain.ledger.calls import Call
from chain.ledger.contracts import functions
from gateway.seat import Seat


@dataclass(frozen=True)
class Operation:
    """A call that needs a second person. `readable`: what it does, in words and figures, for the person who approves.

    second_key: the ledger asks for a second key too, which approves there first; else only this seat's rule does.
    """

    call: Call
    readable: Mapping[str, str]
    second_key: bool = True


Builder = Callable[[Seat, Session, Mapping[str, Any]], Operation]
_BUILDERS: dict[str, Builder] = {}


def builds(kind: str) -> Callable[[Builder], Builder]:
    """Registers how operations of `kind` are built from their stored request."""

    def register(builder: Builder) -> Builder:
        assert kind not in _BUILDERS, "each kind has one builder"
        _BUILDERS[kind] = builder
        return builder

    return register


def builders() -> Mapping[str, Builder]:
    """All that are registered, by the kind that they build."""
    return MappingProxyType(_BUILDERS)


def build(seat: Seat, session: Session, kind: str, request: Mapping[str, Any]) -> Operation:
    """The operation as it would be sent now. Raises what its builder finds wrong."""
    return _BUILDERS[kind](seat, session, request)


def arguments(call: Call) -> dict[str, Any]:
    """The call's arguments by name, as they go on the ledger; integers as strings, bytes as 0x hex."""
    names = functions(call.contract)[call.function].names
    return {name: _plain(value) for name, value in zip(names, call.args, strict=True)}


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value
