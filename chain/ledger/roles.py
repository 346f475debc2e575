"""The one role table: which seat may call which state-changing function.

Read from `chain/roles.toml`. The gateways' signers refuse what it does not give; tests hold the contracts to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from importlib.resources import files


class Role(StrEnum):
    """What a member does in the consortium."""

    PLATFORM = "PLATFORM"
    BANK = "BANK"
    REGULATOR = "REGULATOR"
    ARBITRATOR = "ARBITRATOR"
    GUARANTOR = "GUARANTOR"
    OBSERVER = "OBSERVER"

    @property
    def number(self) -> int:
        """The role's number in the contracts (`enum Role`)."""
        return list(Role).index(self) + 1

    @classmethod
    def of(cls, number: int) -> Role:
        """The role numbered `number` in the contracts; ValueError for 0 (none) and unknown numbers."""
        if not 1 <= number <= len(cls):
            raise ValueError(f"no role is numbered {number}")
        return list(cls)[number - 1]


@cache
def table() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Contract -> function -> the grants as they stand in the file."""
    raw = tomllib.loads(files("chain").joinpath("roles.toml").read_text("utf-8"))
    return {
        contract: {function: frozenset(grants) for function, grants in functions.items()}
        for contract, functions in raw.items()
    }


def allowed(role: Role, contract: str, function: str) -> bool:
    """Whether a seat with `role` may send `contract.function`. Unknown contracts and functions are never allowed.

    An observer sends nothing at all, not even what the contracts let anyone do.
    """
    grants = table().get(contract, {}).get(function, frozenset())
    return role.value in grants or (not grants.isdisjoint({"ANY_SEAT", "ANYONE"}) and role is not Role.OBSERVER)


class Scope(IntEnum):
    """What an operational key may be used for; numbers as in the contracts (`enum Scope`)."""

    Lend = 0
    Relay = 1
    Book = 2
    Attest = 3
    Identify = 4
    Correct = 5
    Supervise = 6
    Document = 7
    Approve = 8
    Vote = 9

    @property
    def bit(self) -> int:
        """The scope in a bit set of scopes."""
        return 1 << int(self)


@cache
def scopes() -> Mapping[str, Mapping[str, Scope]]:
    """Contract -> function -> the scope that a key needs, from `chain/scopes.toml`."""
    raw = tomllib.loads(files("chain").joinpath("scopes.toml").read_text("utf-8"))
    return {
        contract: {function: Scope[name] for function, name in functions.items()} for contract, functions in raw.items()
    }


def scope_of(contract: str, function: str) -> Scope | None:
    """The scope that a key needs to send `contract.function`; None if the function asks for none."""
    return scopes().get(contract, {}).get(function)


@dataclass(frozen=True)
class SecondKey:
    """Whose key must approve a call before it is sent; `always`, or only above the sending key's limit."""

    roles: frozenset[Role]
    always: bool


@cache
def second_keys() -> Mapping[str, Mapping[str, SecondKey]]:
    """Contract -> function -> the second key that it needs, from `chain/second_keys.toml`."""
    raw = tomllib.loads(files("chain").joinpath("second_keys.toml").read_text("utf-8"))
    found: dict[str, dict[str, SecondKey]] = {}
    for when, contracts in raw.items():
        for contract, functions in contracts.items():
            for function, roles in functions.items():
                key = SecondKey(frozenset(map(Role, roles)), always=when == "always")
                found.setdefault(contract, {})[function] = key
    return found


def second_key_of(contract: str, function: str) -> SecondKey | None:
    """The second key that `contract.function` needs; None if it needs none."""
    return second_keys().get(contract, {}).get(function)
