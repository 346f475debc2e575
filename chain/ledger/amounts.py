"""Where the money of a call stands, from `chain/amounts.toml`, and how it is read from the call's arguments.

Signers hold a key's limits against these amounts; a test holds the table against the role table and the ABIs. Pure.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from chain.ledger.contracts import abi

_EACH: Final = -1


class Stored(StrEnum):
    """Amounts that a call only names; the ledger knows them."""

    SUSPENDED_ENTRY = "suspended entry"
    PAYOUT_IN_PROGRESS = "payout in progress"
    BOOKED_PAYOUT = "booked payout"
    REBOOKING = "rebooking"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True)
class Argument:
    """An amount in the arguments: the first of `paths` that does not lead to zero. A step -1 adds all elements up."""

    paths: tuple[tuple[int, ...], ...]

    def read(self, args: Sequence[Any]) -> int:
        """Minor units."""
        for path in self.paths:
            amount = _sum(args, path)
            if amount:
                return amount
        return 0


class Unlimited(StrEnum):
    """Why no limit applies: the ledger alone says how much goes to whom, or nothing moves."""

    RELEASED = "released"
    NONE = "none"


Place = Argument | Stored | Unlimited


@cache
def places() -> Mapping[tuple[str, str], Place]:
    """(contract, function) -> where its amount stands. ValueError if the table names one twice or does not fit."""
    raw = tomllib.loads(files("chain").joinpath("amounts.toml").read_text("utf-8"))
    found: dict[tuple[str, str], Place] = {}

    def add(contract: str, function: str, place: Place) -> None:
        if (contract, function) in found:
            raise ValueError(f"amounts.toml names {contract}.{function} twice")
        found[contract, function] = place

    for contract, functions in raw["arguments"].items():
        for function, text in functions.items():
            add(contract, function, Argument(tuple(_path(contract, function, part) for part in text.split("|"))))
    for contract, functions in raw["stored"].items():
        for function, text in functions.items():
            add(contract, function, Stored(text))
    for kind in Unlimited:
        for contract, names in raw[kind.value].items():
            for function in names:
                add(contract, function, kind)
    return found


def place_of(contract: str, function: str) -> Place | None:
    """Where the amount of `contract.function` stands; None if no seat sends it."""
    return places().get((contract, function))


def _path(contract: str, function: str, text: str) -> tuple[int, ...]:
    inputs = next(item["inputs"] for item in abi(contract) if item.get("name") == function and "inputs" in item)
    position, *fields = text.split(".")
    steps = [int(position)]
    part = inputs[steps[0]]
    for field in fields:
        if field == "*":
            steps.append(_EACH)
            continue
        names = [component["name"] for component in part["components"]]
        steps.append(names.index(field))
        part = part["components"][steps[-1]]
    if part["type"] != "uint128":
        raise ValueError(f"amounts.toml: {text} of {contract}.{function} is no amount")
    return tuple(steps)


def _sum(value: Any, path: Sequence[int]) -> int:
    for number, step in enumerate(path):
        if step == _EACH:
            return sum(_sum(item, path[number + 1 :]) for item in value)
        value = value[step]
    return int(value)
