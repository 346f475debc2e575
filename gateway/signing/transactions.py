"""Transactions before and after signing, and the bytes in between: what is signed, and what is broadcast.

Legacy transactions with the chain's id (EIP-155) where `fees` has a gasPrice, type 2 (EIP-1559) where it has
maxFeePerGas and maxPriorityFeePerGas. No access lists. Pure; decides nothing about what may be signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from eth_utils.crypto import keccak

from chain.ledger.calls import Call

_TYPE_2: Final = b"\x02"
_EMPTY_LIST: Final = b"\xc0"


@dataclass(frozen=True)
class Unsigned:
    """A transaction before signing. `fees`: gasPrice, or maxFeePerGas and maxPriorityFeePerGas, in wei.

    `reference`: what the outbox calls it, for the audit log; not signed.
    """

    chain_id: int
    nonce: int
    to: str | None
    data: bytes
    gas: int
    fees: dict[str, int]
    value: int = 0
    reference: str = ""

    @property
    def gas_price(self) -> int:
        """Most that a unit of gas may cost, wei."""
        return self.fees["gasPrice"] if "gasPrice" in self.fees else self.fees["maxFeePerGas"]


@dataclass(frozen=True)
class Signed:
    """The raw transaction and its hash, 0x hex; `call`: what it does, as the signer read it."""

    raw: str
    hash: str
    call: Call


@dataclass(frozen=True)
class Signature:
    """ECDSA over secp256k1, with s in the lower half. `recovery`: 0 or 1."""

    r: int
    s: int
    recovery: int


def payload(transaction: Unsigned) -> bytes:
    """The bytes whose keccak256 is signed."""
    if "gasPrice" in transaction.fees:
        return _list([*_fields(transaction), _integer(transaction.chain_id), b"\x80", b"\x80"])
    return _TYPE_2 + _list(_fields(transaction))


def assemble(transaction: Unsigned, signature: Signature, call: Call) -> Signed:
    """The signed transaction."""
    tail = [_integer(signature.r), _integer(signature.s)]
    if "gasPrice" in transaction.fees:
        raw = _list([*_fields(transaction), _integer(signature.recovery + 35 + 2 * transaction.chain_id), *tail])
    else:
        raw = _TYPE_2 + _list([*_fields(transaction), _integer(signature.recovery), *tail])
    return Signed(raw="0x" + raw.hex(), hash="0x" + keccak(raw).hex(), call=call)


def _fields(transaction: Unsigned) -> list[bytes]:
    assert transaction.to is not None, "the policy refuses creations"
    fees, middle = transaction.fees, [_integer(transaction.gas), _string(bytes.fromhex(transaction.to[2:]))]
    end = [_integer(transaction.value), _string(transaction.data)]
    if "gasPrice" in fees:
        return [_integer(transaction.nonce), _integer(fees["gasPrice"]), *middle, *end]
    tip, most = _integer(fees["maxPriorityFeePerGas"]), _integer(fees["maxFeePerGas"])
    return [_integer(transaction.chain_id), _integer(transaction.nonce), tip, most, *middle, *end, _EMPTY_LIST]


def _integer(value: int) -> bytes:
    return _string(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _string(value: bytes) -> bytes:
    if len(value) == 1 and value[0] < 0x80:
        return value
    return _length(len(value), 0x80) + value


def _list(items: Sequence[bytes]) -> bytes:
    body = b"".join(items)
    return _length(len(body), 0xC0) + body


def _length(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes([offset + length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([offset + 55 + len(digits)]) + digits
