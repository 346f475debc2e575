"""The keys that sign access tokens: ES256, each in a file of its own in the seat's folder, the newest one signs.

Two are published; a rotation therefore leaves tokens of the key before valid for as long as they live. Every process of
the seat finds a new key by looking into the folder when it meets a key id that it does not know.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from gateway.auth.errors import SecretsUnusable
from gateway.auth.secret_store import made_once

PUBLISHED: Final = 2


@dataclass(frozen=True)
class TokenKey:
    """One signing key; `id` is derived from the public key."""

    id: str
    private: ec.EllipticCurvePrivateKey

    def jwk(self) -> dict[str, str]:
        """The public key for others (RFC 7517)."""
        numbers = self.private.public_key().public_numbers()
        x, y = (_text(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": x, "y": y}


class TokenKeys:
    """The keys of `<seat>/secrets/token-keys`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "secrets" / "token-keys"
        self._lock = threading.Lock()
        self._keys: tuple[TokenKey, ...] = ()
        self._stamp = 0

    def signing(self) -> TokenKey:
        """The newest key, made if there is none."""
        return self.published()[0]

    def published(self) -> tuple[TokenKey, ...]:
        """The newest keys, newest first."""
        with self._lock:
            self._load()
            if not self._keys:
                self._make(first=True)
            return self._keys

    def find(self, kid: str) -> TokenKey | None:
        """The published key of that id. For an unknown one it looks whether the folder has changed."""
        found = next((key for key in self._keys if key.id == kid), None)
        return found or next((key for key in self.published() if key.id == kid), None)

    def rotate(self) -> TokenKey:
        """Makes a new key, which signs from now on."""
        with self._lock:
            self._load()
            self._make(first=False)
            return self._keys[0]

    def _load(self) -> None:
        if not self._folder.is_dir():
            return
        stamp = self._folder.stat().st_mtime_ns
        if stamp == self._stamp:
            return
        files = sorted(self._folder.glob("*.pem"), reverse=True)[:PUBLISHED]
        self._keys = tuple(_read(path) for path in files)
        self._stamp = stamp

    def _make(self, *, first: bool) -> None:
        number = 1
        if not first:
            number = 1 + max((int(path.stem) for path in self._folder.glob("*.pem")), default=0)
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )  # fmt: skip
        made_once(self._folder / f"{number:06d}.pem", pem)
        self._stamp = 0
        self._load()


def _read(path: Path) -> TokenKey:
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        raise SecretsUnusable(place=str(path), reason="it is no private key in PEM") from None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise SecretsUnusable(place=str(path), reason="expected a key on P-256")
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return TokenKey(_text(hashlib.sha256(public).digest()[:12]), private)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
