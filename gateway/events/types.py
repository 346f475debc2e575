"""The types of events: their words in English and Chinese and the JSON schema of their data, from `types.toml`.

A withdrawal of an event of type `T` has the type `T.withdrawn` and the same data; who asks for `T` gets both.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from chain.errors import Language
from chain.ledger.history import Entry
from chain.ledger.payloads import PAYLOADS
from gateway.events.values import WORDS, Convert, Schema, object_schema, snake, struct_schema

WITHDRAWN = ".withdrawn"
CONFIRMED = "ledger.confirmed"


@dataclass(frozen=True)
class Field:
    """One field of an event's data: where it comes from, its name, and how its value is shown."""

    source: str
    name: str
    convert: Convert


@dataclass(frozen=True)
class EventType:
    """One type. of_blocks: its events belong to a block and can be withdrawn. everyone: each tenant may see them."""

    name: str
    words: Mapping[Language, str]
    schema: Schema
    fields: tuple[Field, ...]
    of_blocks: bool
    everyone: bool


@dataclass(frozen=True)
class EventTypes:
    """All types: by name, of history entries by kind, and of other contract events by the event's name."""

    by_name: Mapping[str, EventType]
    history: Mapping[Entry, EventType]
    contract: Mapping[str, EventType]

    def known(self, name: str) -> bool:
        """Whether events of that type exist, withdrawals included."""
        return name.removesuffix(WITHDRAWN) in self.by_name


@cache
def event_types() -> EventTypes:
    """All types."""
    raw: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
        files("gateway.events").joinpath("types.toml").read_text("utf-8")
    )
    history = {Entry[kind]: _history(Entry[kind], words) for kind, words in raw["history"].items()}
    contract = {event: _other(str(words["type"]), words, of_blocks=True) for event, words in raw["contract"].items()}
    seat = [_other(name, words, of_blocks=name.startswith("transaction.")) for name, words in raw["seat"].items()]
    return EventTypes({t.name: t for t in (*history.values(), *contract.values(), *seat)}, history, contract)


def _history(kind: Entry, words: Mapping[str, Any]) -> EventType:
    schema = object_schema(
        {
            "seq": {"type": "integer"},
            "kind": {"const": kind.name},
            "day": {"type": "string", "format": "date"},
            "actor": WORDS["address"][1],
            "head": WORDS["hash"][1],
            "tx": WORDS["hash"][1],
            "values": {"anyOf": [struct_schema(PAYLOADS[kind]), {"type": "null"}]},
        }
    )
    return EventType(str(words["type"]), _words(words), schema, (), of_blocks=True, everyone=False)


def _other(name: str, words: Mapping[str, Any], *, of_blocks: bool) -> EventType:
    fields: dict[str, str] = words["fields"]
    shown = tuple(Field(source, snake(source), WORDS[word][0]) for source, word in fields.items())
    schema = object_schema({snake(source): WORDS[word][1] for source, word in fields.items()})
    return EventType(name, _words(words), schema, shown, of_blocks, bool(words.get("everyone")))


def _words(raw: Mapping[str, Any]) -> dict[Language, str]:
    return {"en": str(raw["en"]), "zh": str(raw["zh"])}
