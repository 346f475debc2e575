"""The deployed contracts as a codec: calls to bytes, logs and revert data back to names and values. No network.

ABIs come from `chain/abi/manifest.json`, addresses from the consortium file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils.abi import collapse_if_tuple
from eth_utils.crypto import keccak

from chain.errors import LedgerError
from chain.ledger.addresses import checksum_address
from chain.ledger.calls.call import Call
from chain.ledger.consortium import Consortium
from chain.ledger.errors import ContractError, ExecutionReverted
from chain.ledger.orders import ORDER_CONTRACTS
from chain.ledger.solidity import Struct
from chain.ledger.typed_data import Domain
from chain.ledger.words import decode_words

# Those that may move custody tokens and append to histories.
LEDGER_CONTRACTS = frozenset({"LoanEscrow", "LoanAgreements", "Withdrawals", "DocumentCommitments"})

_ERROR_STRING = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)


@dataclass(frozen=True)
class Entry:
    """A function, event or error of an ABI. `types` are its inputs; for an event those not indexed."""

    contract: str
    name: str
    signature: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    indexed: tuple[tuple[str, str], ...]
    outputs: tuple[str, ...]
    changes_state: bool


@cache
def manifest() -> Mapping[str, Any]:
    """The ABI manifest: version and, per contract, `abi` and code hashes."""
    loaded: Mapping[str, Any] = json.loads(files("chain.abi").joinpath("manifest.json").read_text("utf-8"))
    return loaded


def abi(contract: str) -> Sequence[Mapping[str, Any]]:
    """The ABI of `contract`; KeyError if the manifest has none."""
    found: Sequence[Mapping[str, Any]] = manifest()["contracts"][contract]["abi"]
    return found


def _entries(contract: str, kind: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for item in abi(contract):
        if item["type"] != kind:
            continue
        inputs = item.get("inputs", [])
        types = [collapse_if_tuple(dict(i)) for i in inputs]
        plain = [(i["name"], t) for i, t in zip(inputs, types, strict=True) if not i.get("indexed")]
        found[item["name"]] = Entry(
            contract=contract,
            name=item["name"],
            signature=f"{item['name']}({','.join(types)})",
            names=tuple(name for name, _ in plain),
            types=tuple(kind for _, kind in plain),
            indexed=tuple((i["name"], t) for i, t in zip(inputs, types, strict=True) if i.get("indexed")),
            outputs=tuple(collapse_if_tuple(dict(o)) for o in item.get("outputs", [])),
            changes_state=item.get("stateMutability") not in ("view", "pure"),
        )
    return found


@cache
def functions(contract: str) -> Mapping[str, Entry]:
    """Functions of a contract by name (no contract of ours overloads)."""
    return _entries(contract, "function")


@cache
def events(contract: str) -> Mapping[str, Entry]:
    """Events of a contract by name."""
    return _entries(contract, "event")


@cache
def _errors() -> Mapping[bytes, Entry]:
    return {
        selector(entry.signature): entry
        for contract in manifest()["contracts"]
        for entry in _entries(contract, "error").values()
    }


def error_selectors() -> Mapping[str, bytes]:
    """Selector of every custom error of the contracts, by name."""
    return {entry.name: found for found, entry in _errors().items()}


@cache
def selector(signature: str) -> bytes:
    """First four bytes of keccak256 of a function's or error's signature."""
    return bytes(keccak(text=signature)[:4])


@cache
def topic(signature: str) -> bytes:
    """keccak256 of an event's signature."""
    return bytes(keccak(text=signature))


def decode_error(data: bytes | str) -> LedgerError:
    """Revert data as a typed error; unknown data gives ExecutionReverted with the data in it."""
    raw = bytes.fromhex(data.removeprefix("0x")) if isinstance(data, str) else bytes(data)
    known = _errors().get(raw[:4])
    try:
        if known is not None:
            values = decode(known.types, raw[4:])
            return ContractError(known.name, {n: _plain(v) for n, v in zip(known.names, values, strict=True)})
        if raw[:4] == _ERROR_STRING:
            return ContractError("Error", {"message": decode(["string"], raw[4:])[0]})
        if raw[:4] == _PANIC:
            return ContractError("Panic", {"panic_code": decode(["uint256"], raw[4:])[0]})
    except DecodingError:
        pass
    return ExecutionReverted(data="0x" + raw.hex())


class Contracts:
    """The contracts of one consortium."""

    def __init__(self, consortium: Consortium) -> None:
        self.consortium = consortium
        self._by_address = {d.address: name for name, d in consortium.deployments.items()}
        self._functions: dict[tuple[str, bytes], Entry] = {}
        self._events: dict[tuple[str, bytes], Entry] = {}
        for name, deployment in consortium.deployments.items():
            for function in functions(name).values():
                self._functions[deployment.address, selector(function.signature)] = function
            for event in events(name).values():
                self._events[deployment.address, topic(event.signature)] = event

    def address(self, contract: str) -> str:
        """Checksum address; KeyError if it isn't deployed."""
        return self.consortium.address(contract)

    def name_of(self, address: str) -> str | None:
        """The name of the contract at `address`, if it is ours."""
        return self._by_address.get(checksum_address(address))

    def encode(self, call: Call) -> bytes:
        """Calldata of a call; KeyError for an unknown function."""
        return encode_function(call.contract, call.function, call.args)

    def action(self, call: Call) -> bytes:
        """What a second key approves: keccak256(abi.encode(target, call data)), this one call byte for byte."""
        return action_of(self.address(call.contract), self.encode(call))

    def domain(self, contract: str) -> Domain:
        """The EIP-712 domain of a contract."""
        return Domain(self.consortium.chain_id, self.address(contract))

    def domain_of(self, order: type[Struct]) -> Domain:
        """The EIP-712 domain in which parties sign terms or orders of this kind."""
        return self.domain(ORDER_CONTRACTS[order])

    def decode_call(self, to: str, data: bytes) -> Call | None:
        """The call that `data` to `to` makes; None if the contract or function is not ours."""
        function = self._functions.get((checksum_address(to), bytes(data[:4])))
        if function is None:
            return None
        try:
            return Call(function.contract, function.name, decode(function.types, data[4:]))
        except DecodingError:
            return None

    def decode_event(
        self, address: str, topics: Sequence[bytes], data: bytes
    ) -> tuple[str, str, dict[str, Any]] | None:
        """Contract, event and values by name; None for a log that is not ours. Raises what `decode_words` raises."""
        if not topics:
            return None
        event = self._events.get((checksum_address(address), bytes(topics[0])))
        if event is None:
            return None
        if len(topics) != 1 + len(event.indexed):
            raise DecodingError(f"{event.name} has {len(event.indexed)} indexed values, not {len(topics) - 1}")
        values = dict(zip(event.names, decode_words(event.types, bytes(data)), strict=True))
        if event.indexed:  # plain values all, a word each
            kinds = [kind for _, kind in event.indexed]
            found = decode_words(kinds, b"".join(map(bytes, topics[1:])))
            values |= zip((name for name, _ in event.indexed), found, strict=True)
        return event.contract, event.name, values

    def decode_error(self, data: bytes | str) -> LedgerError:
        """See the function of the same name."""
        return decode_error(data)


def encode_function(contract: str, function: str, args: Sequence[Any]) -> bytes:
    """Calldata: selector and ABI-encoded arguments."""
    entry = functions(contract)[function]
    return selector(entry.signature) + encode(entry.types, list(args))


def action_of(target: str, data: bytes) -> bytes:
    """The action that a call of `target` with `data` is, as `Approvals` names it."""
    return bytes(keccak(encode(["address", "bytes"], [target, data])))


def decode_output(contract: str, function: str, data: bytes) -> tuple[Any, ...]:
    """The values that a view function returned."""
    return decode(functions(contract)[function].outputs, data)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        text = value.rstrip(b"\0")
        # A name in ASCII, left-aligned; hashes and salts are neither short nor padded.
        named = bool(text) and (len(value) <= 3 or len(text) < len(value)) and text.isascii()
        return text.decode() if named and text.decode().replace("-", "").isalnum() else "0x" + value.hex()
    if isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return checksum_address(value)
    return value
