"""Secrets of webhooks: 256 random bits each, kept encrypted under a key that only the seat's processes can derive."""

from __future__ import annotations

import base64
import os
import secrets

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from gateway.webhooks.verification import PREFIX

_NONCE_BYTES = 12


class Vault:
    """Encrypts and decrypts secrets of one seat: a stolen database opens none of them."""

    def __init__(self, reading_key: X25519PrivateKey) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=b"loan-ledger webhook secrets")
        self._cipher = AESGCM(derived.derive(reading_key.private_bytes_raw()))

    def make(self) -> tuple[str, bytes]:
        """A new secret: as its owner gets it, and encrypted."""
        key = secrets.token_bytes(32)
        return PREFIX + base64.b64encode(key).decode(), self.locked(key)

    def locked(self, key: bytes) -> bytes:
        """A key, encrypted."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, None)

    def opened(self, locked: bytes) -> bytes:
        """The key."""
        return self._cipher.decrypt(locked[:_NONCE_BYTES], locked[_NONCE_BYTES:], None)
