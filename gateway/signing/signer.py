"""Signs transactions for one seat, and refuses what its seat may not do before anything else is asked.

The policy is inside: role, contract and function by the role table, and what this key's scopes give; this chain's id
only; no value; no unknown target; no contract creation. A transaction that passes is signed; nothing here talks to a
node. One implementation holds the key in memory from an encrypted keystore file; others need only satisfy `Signer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_account.types import TransactionDictType

from chain.ledger.calls import Call
from chain.ledger.contracts import Contracts, functions
from chain.ledger.roles import Role, Scope, allowed, scope_of
from gateway.errors import KeyNotAllowed, SeatNotAllowed, SigningRefused


@dataclass(frozen=True)
class Unsigned:
    """A transaction before signing. `fees`: gasPrice, or maxFeePerGas and maxPriorityFeePerGas, in wei."""

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fees: dict[str, int]
    value: int = 0


@dataclass(frozen=True)
class Signed:
    """The raw transaction and its hash, 0x hex."""

    raw: str
    hash: str


class Signer(Protocol):
    """What the outbox needs of a key."""

    @property
    def name(self) -> str:
        """What the seat calls the key."""

    @property
    def address(self) -> str:
        """The key's checksum address."""

    def sign(self, transaction: Unsigned) -> Signed:
        """Signs, or raises SeatNotAllowed, KeyNotAllowed or SigningRefused."""


@dataclass(frozen=True)
class SeatKey:
    """One of a seat's keys and what it may be used for; the consortium contract holds the same scopes."""

    name: str
    address: str
    scopes: frozenset[Scope]

    def may(self, contract: str, function: str) -> bool:
        """Whether the key's scopes give the function. What asks for no scope may be signed with any key."""
        scope = scope_of(contract, function)
        return scope is None or scope in self.scopes


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

    def key_for(self, contract: str, function: str) -> SeatKey:
        """The seat's key that signs `contract.function`. Raises SeatNotAllowed or KeyNotAllowed."""
        self.allow(contract, function)
        for key in self.keys:
            if key.may(contract, function):
                return key
        raise self._no_key(contract, function)

    def check_call(self, call: Call) -> SeatKey:
        """The same for a call, which must also be one of a deployed contract. Raises SigningRefused too."""
        key = self.key_for(call.contract, call.function)
        if call.function not in functions(call.contract) or call.contract not in self.contracts.consortium.deployments:
            raise SigningRefused(seat=self.seat, reason=f"{call.contract}.{call.function} is not deployed")
        return key

    def check(self, transaction: Unsigned, key: SeatKey) -> None:
        """Raises SeatNotAllowed, KeyNotAllowed or SigningRefused for anything but a call that role and key give."""
        if transaction.chain_id != self.chain_id:
            raise self._refused(f"chain id {transaction.chain_id}, the ledger's is {self.chain_id}")
        if transaction.to is None:
            raise self._refused("it creates a contract")
        if transaction.value != 0:
            raise self._refused(f"it moves {transaction.value} wei")
        name = self.contracts.name_of(transaction.to)
        if name is None:
            raise self._refused(f"{transaction.to} is none of the ledger's contracts")
        call = self.contracts.decode_call(transaction.to, transaction.data)
        if call is None:
            raise self._refused(f"{name} has no function {transaction.data[:4].hex() or 'without a selector'}")
        if self.contracts.encode(call) != transaction.data:
            raise self._refused(f"the arguments of {name}.{call.function} are not encoded canonically")
        self.allow(call.contract, call.function)
        if not key.may(call.contract, call.function):
            raise self._no_key(call.contract, call.function)

    def _no_key(self, contract: str, function: str) -> KeyNotAllowed:
        scope = scope_of(contract, function)
        return KeyNotAllowed(
            seat=self.seat, contract=contract, function=function, scope="any" if scope is None else scope.name
        )

    def _refused(self, reason: str) -> SigningRefused:
        return SigningRefused(seat=self.seat, reason=reason)


class KeySigner:
    """Signs with a key held in memory."""

    def __init__(self, policy: Policy, key: SeatKey, secret: bytes) -> None:
        self._policy = policy
        self._key = key
        self._account: LocalAccount = Account.from_key(secret)
        assert self._account.address == key.address, "the secret is the key's"

    @property
    def name(self) -> str:
        """What the seat calls the key."""
        return self._key.name

    @property
    def address(self) -> str:
        """The key's checksum address."""
        return self._key.address

    def sign(self, transaction: Unsigned) -> Signed:
        """Signs, or raises SeatNotAllowed, KeyNotAllowed or SigningRefused."""
        self._policy.check(transaction, self._key)
        assert transaction.to is not None, "the policy refuses creations"
        fields: TransactionDictType = {
            "chainId": transaction.chain_id,
            "nonce": transaction.nonce,
            "to": bytes.fromhex(transaction.to[2:]),
            "data": transaction.data,
            "gas": transaction.gas,
            "value": 0,
            **transaction.fees,
        }
        signed = self._account.sign_transaction(fields)
        return Signed(raw="0x" + bytes(signed.raw_transaction).hex(), hash="0x" + bytes(signed.hash).hex())
