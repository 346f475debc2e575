"""EIP-712: the documents that parties sign, their digests, and signatures over them.

The same values give the same document and digest everywhere; the contracts compute the same digests. Pure; holds no
keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.crypto import keccak

from chain.ledger.solidity import Struct

DOMAIN_NAME = "loan-ledger"
DOMAIN_VERSION = "1"
_DOMAIN_TYPE = [
    {"name": "name", "type": "string"},
    {"name": "version", "type": "string"},
    {"name": "chainId", "type": "uint256"},
    {"name": "verifyingContract", "type": "address"},
]


@dataclass(frozen=True)
class Domain:
    """EIP-712 domain of one contract on one chain."""

    chain_id: int
    verifying_contract: str

    def fields(self) -> dict[str, Any]:
        """The domain as it stands in a typed-data document."""
        return {
            "name": DOMAIN_NAME,
            "version": DOMAIN_VERSION,
            "chainId": self.chain_id,
            "verifyingContract": self.verifying_contract,
        }


def typed_data(struct: Struct, domain: Domain) -> dict[str, Any]:
    """The EIP-712 document of a struct, JSON-ready, as wallets take it."""
    return {
        "types": {"EIP712Domain": _DOMAIN_TYPE} | struct.eip712_types(),
        "primaryType": type(struct).__name__,
        "domain": domain.fields(),
        "message": struct.eip712_message(),
    }


def typed_digest(document: Mapping[str, Any]) -> bytes:
    """keccak256(0x1901 | domain separator | struct hash) of an EIP-712 document."""
    message: SignableMessage = encode_typed_data(full_message=dict(document))
    return bytes(keccak(b"\x19" + message.version + message.header + message.body))


def digest(struct: Struct, domain: Domain) -> bytes:
    """The EIP-712 digest of a struct: what its signature covers, and the id it has on chain."""
    return typed_digest(typed_data(struct, domain))


def sign_typed(document: Mapping[str, Any], key: str | bytes) -> bytes:
    """A party's 65-byte signature (r, s, v) over an EIP-712 document."""
    return bytes(Account.sign_typed_data(key, full_message=dict(document)).signature)


def sign(struct: Struct, domain: Domain, key: str | bytes) -> bytes:
    """A party's 65-byte signature (r, s, v) over a struct."""
    return sign_typed(typed_data(struct, domain), key)


def signer_of(struct: Struct, domain: Domain, signature: bytes) -> str:
    """The address whose key signed; ValueError and its kin for bytes that are no signature."""
    message = encode_typed_data(full_message=typed_data(struct, domain))
    return str(Account.recover_message(message, signature=signature))
