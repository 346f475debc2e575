"""The real contracts in an EVM within this process: the whole ledger deployed from its artifacts, with members, keys,
parties and a working-day calendar. What a sequence does is taken back before the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from coincurve import PrivateKey
from eth_abi import encode
from eth_utils.crypto import keccak
from pyrevm import EVM

from chain.compiler.artifacts import Artifact, artifacts
from chain.deployment.plan import MODULES, PARTS, plan

START = date(2026, 1, 31)
PARTIES = tuple(f"p{number}" for number in range(8))
PLATFORM, OTHER_PLATFORM = "platform", "other"
MEMBERS = {PLATFORM: 1, OTHER_PLATFORM: 1, "bank": 2, "regulator": 3}  # name -> role
REGIME = keccak(text="differential")
RATE_CAP = 480_000_000
REVERSAL_DAYS = 10
EPOCH = date(1970, 1, 1)
LEDGERS = ("LoanEscrow", "LoanAgreements", "Withdrawals", "DocumentCommitments")
RECORDED = keccak(text="Recorded(bytes32,uint32,uint32,uint8,address,bytes,bytes32)")


def day(when: date) -> int:
    """Days since 1970-01-01."""
    return (when - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=number)


@cache
def key_of(name: str) -> PrivateKey:
    """The key of a member or party, the same in every run."""
    return PrivateKey(keccak(text=f"differential {name}"))


@cache
def address_of(name: str) -> str:
    """The address of a member's or party's key."""
    return "0x" + keccak(key_of(name).public_key.format(compressed=False)[1:])[-20:].hex()


def subject_of(party: str) -> str:
    """The name of a party's subject."""
    return f"subject of {party}"


@cache
def subject_id(subject: str) -> bytes:
    """The id on chain of a subject."""
    return keccak(text=subject)


def sign(name: str, digest: bytes) -> bytes:
    """A party's signature over a digest."""
    signature = key_of(name).sign_recoverable(digest, hasher=None)
    return signature[:64] + bytes([signature[64] + 27])


CLOSED_DAYS = frozenset(
    when for number in range(800) if (when := START + timedelta(days=number + 1)).weekday() >= 5 or number % 17 == 3
)


WORDS = {"address", "bytes32", "uint8", "uint16", "uint32", "uint128", "uint256", "bool"}


def word_of(value: Any) -> bytes:
    """A value of one word as ABIs encode it."""
    if isinstance(value, bytes):
        return value
    return int(value, 16).to_bytes(32, "big") if isinstance(value, str) else int(value).to_bytes(32, "big")


class Reverted(Exception):
    """A call that the contracts refused: the name of the error."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Function:
    """One function of one contract, ready to be called."""

    to: str
    selector: bytes
    types: tuple[str, ...]


class Machine:
    """A deployed ledger. `call` sends, `words` reads a static answer, `logs` are those of the last call."""

    def __init__(self) -> None:
        self.evm = EVM(spec_id="LONDON")
        self.errors: dict[str, str] = {"4e487b71": "Panic", "08c379a0": "Error"}
        self.functions: dict[tuple[str, str], Function] = {}
        self.addresses: dict[str, str] = {}
        self._deploy()
        self._admit()

    def call(self, sender: str, contract: str, name: str, *arguments: Any) -> bytes:
        """Sends a call from a member's or party's key. Raises Reverted."""
        function = self.functions[contract, name]
        return self.send(sender, function.to, self.data(contract, name, *arguments))

    def send(self, sender: str, to: str, data: bytes) -> bytes:
        """Sends call data. Raises Reverted."""
        try:
            return self.evm.message_call(address_of(sender), to, data)
        except RuntimeError as reason:
            raise Reverted(self._name_of(str(reason))) from None

    def data(self, contract: str, name: str, *arguments: Any) -> bytes:
        """The call data of a function."""
        function = self.functions[contract, name]
        if all(kind in WORDS for kind in function.types):
            return function.selector + b"".join(map(word_of, arguments))
        return function.selector + encode(function.types, arguments)

    def words(self, contract: str, name: str, *arguments: Any) -> list[int]:
        """The answer of a view, as 32-byte words."""
        answer = self.call("bank", contract, name, *arguments)
        return [int.from_bytes(answer[at : at + 32], "big") for at in range(0, len(answer), 32)]

    def word(self, contract: str, name: str, *arguments: Any) -> int:
        """The answer of a view of one word."""
        return self.words(contract, name, *arguments)[0]

    def approved(self, second: str, sender: str, contract: str, name: str, *arguments: Any) -> bytes:
        """A call that needs a second key: approved by one, sent by the other."""
        to, data = self.addresses[contract], self.data(contract, name, *arguments)
        action = keccak(encode(["address", "bytes"], [to, data]))
        self.call(second, "Approvals", "approve", action)
        try:
            return self.send(sender, to, data)
        except Reverted:
            self.call(second, "Approvals", "withdraw", action)
            raise

    def recorded(self) -> Iterator[tuple[bytes, int, bytes]]:
        """(loan, kind, data) of each history entry that the last call wrote."""
        for log in self.evm.result.logs:
            topics, data = log.data
            if topics[0] == RECORDED:
                yield bytes(topics[1]), int.from_bytes(topics[2], "big"), bytes(data)

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Takes everything back in the end."""
        checkpoint = self.evm.snapshot()
        try:
            yield
        finally:
            self.evm.revert(checkpoint)

    # ---------------------------------------- deployment

    def _deploy(self) -> None:
        known = artifacts()
        for name, arguments in plan(START, simulated=True).items():
            self._make(known[name], arguments)

    def _make(self, artifact: Artifact, arguments: Sequence[Any]) -> None:
        inputs = next((entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), [])
        values = [
            tuple(self.addresses[part] for part in one)
            if isinstance(one, tuple)
            else self.addresses.get(one, one)
            if isinstance(one, str)
            else one
            for one in arguments
        ]
        code = artifact.bytecode + encode([_type(one) for one in inputs], values)
        at = self.evm.deploy(address_of("deployer"), code)
        self.addresses[artifact.name] = at
        for entry in artifact.abi:
            if entry["type"] not in {"function", "error"}:
                continue
            types = tuple(_type(one) for one in entry["inputs"])
            selector = keccak(text=f"{entry['name']}({','.join(types)})")[:4]
            if entry["type"] == "error":
                self.errors[selector.hex()] = entry["name"]
            else:
                self.functions[artifact.name, entry["name"]] = Function(at, selector, types)

    def _admit(self) -> None:
        for name, role in MEMBERS.items():
            label = name.encode().ljust(32, b"\0")
            self.call("deployer", "Consortium", "admit", address_of(name), role, label)
        for name, at in self.addresses.items():
            ledger = name in LEDGERS
            self.call("deployer", "Consortium", "recordDeployment", name.encode().ljust(32, b"\0"), at, ledger)
        for number, name in enumerate(MEMBERS, 1):
            self._second_key(number, name)
        profile = (RATE_CAP, REVERSAL_DAYS, 0, 2_900_000)
        self.call("regulator", "RegimeProfiles", "set", REGIME, profile)
        closed = [0] * 4
        for number in range(800):
            when = START + timedelta(days=number + 1)
            closed[number // 256] |= (when in CLOSED_DAYS) << number % 256
        self.call("regulator", "WorkingDays", "publish", 1, day(START) + 1, 800, closed)
        for party in PARTIES:
            subject = keccak(text=subject_of(party))
            self.call("bank", "Parties", "register", address_of(party), subject, 1)

    def _second_key(self, member: int, name: str) -> None:
        second, scopes = f"second {name}", (1 << 10) - 1
        digest = self.call(name, "Consortium", "keyDigest", address_of(second), member, scopes, 0)
        self.call(name, "Consortium", "registerKey", address_of(second), scopes, 0, sign(second, digest))

    def _name_of(self, reason: str) -> str:
        output = reason.partition("output: 0x")[2]
        return self.errors.get(output[:8], reason) if output else reason


def _type(entry: dict[str, Any]) -> str:
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return "(" + ",".join(_type(part) for part in entry["components"]) + ")" + entry["type"].removeprefix("tuple")


__all__ = ["MODULES", "PARTS", "Machine", "Reverted", "address_of", "date_of", "day", "sign", "subject_of"]
