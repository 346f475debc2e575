"""A key held in memory, from an encrypted keystore file."""

from __future__ import annotations

from coincurve import PrivateKey
from eth_utils.crypto import keccak

from gateway.signing.curve import address_of_public_key
from gateway.signing.transactions import Signature


class HeldKey:
    """Signs with a secret; deterministic (RFC 6979), always there."""

    def __init__(self, secret: bytes) -> None:
        self._key = PrivateKey(secret)
        self.address = address_of_public_key(self._key.public_key.format(compressed=False))

    def signature(self, payload: bytes) -> Signature:
        """Over keccak256(payload)."""
        raw = self._key.sign_recoverable(keccak(payload), hasher=None)
        return Signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:64], "big"), raw[64])

    def probe(self) -> None:
        """It is here."""
