"""What one seat may sign, and with which of its keys: by role, scope, contract and function, before anything is asked.

Only calls of the ledger's own contracts, on this chain, that move no value and whose arguments are encoded canonically.
Pure: knows no node, no database and no key's secret. What a key may sign at most is `gateway.signing.spending`'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from eth_utils.address import to_checksum_address

from chain.ledger.amounts import Argument, place_of
from chain.ledger.calls import Call
from chain.ledger.contracts import Contracts, functions, selector
from chain.ledger.roles import Role, Scope, allowed, scope_of
from gateway.errors import KeyNotAllowed, SeatNotAllowed, SigningRefused
from gateway.signing.calldata import NotCanonical, arguments_reader
from gateway.signing.limits import KeyLimits
from gateway.signing.transactions import Unsigned


@dataclass(frozen=True)
class SeatKey:
    """One of a seat's keys and what it may be used for; the consortium contract holds the same scopes."""

    name: str
    address: str
    scopes: frozenset[Scope]
    limits: KeyLimits = field(default_factory=KeyLimits)

    def may(self, contract: str, function: str) -> bool:
        """Whether the key's scopes give the function. What asks for no scope may be signed with any key."""
        scope = scope_of(contract, function)
        return scope is None or scope in self.scopes

    def reaches(self, call: Call) -> bool:
        """Whether the amount that the call's arguments name is within what the key signs at once."""
        limit, place = self.limits.per_call, place_of(call.contract, call.function)
        return limit is None or not isinstance(place, Argument) or place.read(call.args) <= limit


@dataclass(frozen=True)
class _Function:
    """A function of a contract at an address, and how its arguments are read."""

    contract: str
    name: str
    read: Callable[[bytes], tuple[Any, ...]]
    allowed: bool


@dataclass(frozen=True)
class Policy:
    """What one seat may sign, and with which of its keys. The first key that may is used."""

    seat: str
    role: Role
    chain_id: int
    contracts: Contracts
    keys: tuple[SeatKey, ...]

    def allow(self, contract: str, function: str) -> None:
        """Raises SeatNotAllowed unless the role table gives `contract.function` to this seat."""
        if not allowed(self.role, contract, function):
            raise SeatNotAllowed(seat=self.seat, role=self.role.value, contract=contract, function=function)

    def keys_for(self, contract: str, function: str) -> tuple[SeatKey, ...]:
        """All keys of the seat that sign `contract.function`, in order. Raises SeatNotAllowed or KeyNotAllowed."""
        self.allow(contract, function)
        found = tuple(key for key in self.keys if key.may(contract, function))
        if not found:
            raise self._no_key(contract, function)
        return found

    def key_for(self, contract: str, function: str) -> SeatKey:
        """The first of them. Raises SeatNotAllowed or KeyNotAllowed."""
        return self.keys_for(contract, function)[0]

    def check_call(self, call: Call) -> SeatKey:
        """The key for a call, which must also be one of a deployed contract: the first one that signs its amount.

        Raises SeatNotAllowed, KeyNotAllowed or SigningRefused. If the amount is above what any key signs, it is the
        first key that refuses later, with its limit.
        """
        keys = self.keys_for(call.contract, call.function)
        if call.function not in functions(call.contract) or call.contract not in self.contracts.consortium.deployments:
            raise self._refused(f"{call.contract}.{call.function} is not deployed")
        return next((key for key in keys if key.reaches(call)), keys[0])

    def check(self, transaction: Unsigned, key: SeatKey) -> Call:
        """The call that the transaction makes, if role and key give it.

        Raises SeatNotAllowed, KeyNotAllowed or SigningRefused for anything else.
        """
        if transaction.chain_id != self.chain_id:
            raise self._refused(f"chain id {transaction.chain_id}, the ledger's is {self.chain_id}")
        if transaction.to is None:
            raise self._refused("it creates a contract")
        if transaction.value != 0:
            raise self._refused(f"it moves {transaction.value} wei")
        function = self._function(transaction.to, transaction.data)
        if not function.allowed:
            self.allow(function.contract, function.name)
        if not key.may(function.contract, function.name):
            raise self._no_key(function.contract, function.name)
        try:
            return Call(function.contract, function.name, function.read(transaction.data))
        except NotCanonical:
            name = f"{function.contract}.{function.name}"
            raise self._refused(f"the arguments of {name} are not encoded canonically") from None

    def _function(self, to: str, data: bytes) -> _Function:
        found = self._functions.get((to, data[:4]))
        if found is None:  # the usual spelling of addresses is the only one that is looked up directly
            found = self._functions.get((to_checksum_address(to), data[:4]))
        if found is None:
            name = self.contracts.name_of(to)
            if name is None:
                raise self._refused(f"{to} is none of the ledger's contracts")
            raise self._refused(f"{name} has no function {data[:4].hex() or 'without a selector'}")
        return found

    @cached_property
    def _functions(self) -> dict[tuple[str, bytes], _Function]:
        return {
            (to_checksum_address(deployment.address), selector(entry.signature)): _Function(
                name, entry.name, arguments_reader(entry.types), allowed(self.role, name, entry.name)
            )
            for name, deployment in self.contracts.consortium.deployments.items()
            for entry in functions(name).values()
        }

    def _no_key(self, contract: str, function: str) -> KeyNotAllowed:
        scope = scope_of(contract, function)
        return KeyNotAllowed(
            seat=self.seat, contract=contract, function=function, scope="any" if scope is None else scope.name
        )

    def _refused(self, reason: str) -> SigningRefused:
        return SigningRefused(seat=self.seat, reason=reason)
