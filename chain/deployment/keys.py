"""Members' operational keys: their consent to be registered, and their registration by the members' roots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_account import Account
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from web3 import Web3

from chain.deployment.sender import Sender, create_address
from chain.ledger import calls
from chain.ledger.contracts import encode_function
from chain.ledger.orders import KeyRegistration
from chain.ledger.typed_data import Domain, sign

REGISTER_GAS = 300_000


@dataclass(frozen=True)
class KeyGrant:
    """An operational key that a root registers. `scopes`: bit set of `Scope`; `limit`: most minor units that one call
    may book or instruct with this key alone, 0: no limit; `signature`: the key's own, over its registration."""

    address: str
    scopes: int
    limit: int
    signature: bytes


def planned_domain(w3: Web3, deployer: str) -> Domain:
    """The EIP-712 domain of the consortium that `deployer` will set up next, so that keys can sign before it exists."""
    nonce = int(w3.eth.get_transaction_count(ChecksumAddress(Web3.to_checksum_address(deployer)), "pending"))
    return Domain(w3.eth.chain_id, create_address(deployer, nonce))


def grant(domain: Domain, member: int, key: str | bytes, scopes: int, limit: int) -> KeyGrant:
    """A key's consent to act for member number `member` within `scopes`, alone up to `limit`. `key`: its secret."""
    address = str(Account.from_key(key).address)
    return KeyGrant(address, scopes, limit, sign(KeyRegistration(address, member, scopes, limit), domain, key))


def register_keys(w3: Web3, consortium: str, grants: Mapping[str, Sequence[KeyGrant]]) -> None:
    """Registers members' keys, for all members at once: secret of a root -> the keys of its member.

    consortium: address of the Consortium contract. Raises DeploymentFailed.
    """
    sent: list[tuple[Sender, HexBytes]] = []
    for root, keys in grants.items():
        sender = Sender(w3, root)
        for key in keys:
            call = calls.register_key(key.address, key.scopes, key.limit, key.signature)
            data = encode_function(call.contract, call.function, call.args)
            sent.append((sender, sender.send(f"key {key.address}", data, to=consortium, gas=REGISTER_GAS)))
    for sender, tx in sent:
        sender.wait("keys", tx)
