"""Secrets of signing in: random values, their hashes, and the seat's key that encrypts what must be read again.

The key comes from the environment, the keyring, or a file in the seat's folder, which is made at first use with mode
0600 and exactly once, whichever of several processes is first.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

import keyring
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from keyring.errors import KeyringError

from gateway.auth.errors import SecretsUnusable
from gateway.settings import SeatSettings

_NONCE: Final = 12
_KEY_BYTES: Final = 32


def random_token(prefix: str) -> str:
    """256 random bits behind a prefix by which a leaked one is recognised."""
    return prefix + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """SHA-256, hex. Enough for values of 128 random bits and more, and for nothing that a person chose."""
    return hashlib.sha256(token.encode()).hexdigest()


class Sealing:
    """Encrypts with the seat's key; what it encrypted for one purpose opens for no other."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises SecretsUnusable if it was sealed with another key or for another purpose."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except InvalidTag:
            raise SecretsUnusable(place="the database", reason="it was encrypted with another key") from None


def open_sealing(settings: SeatSettings, folder: Path) -> Sealing:
    """The seat's key: setting `auth_secret`, else `auth_keyring`, else the file. Raises SecretsUnusable."""
    if settings.auth_secret is not None:
        return Sealing(_key(settings.auth_secret.get_secret_value(), "auth_secret"))
    if settings.auth_keyring is not None:
        return Sealing(_from_keyring(settings.auth_keyring, settings.seat))
    path = folder / "secrets" / "auth.key"
    made = made_once(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")
    return Sealing(_key(made.decode("ascii", "replace"), str(path)))


def made_once(path: Path, content: bytes) -> bytes:
    """The file's content; `content` if the file was missing and this caller was the first to make it (mode 0600)."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(name, path)
        except FileExistsError:
            return path.read_bytes()  # another process was first
        finally:
            os.unlink(name)
    return path.read_bytes()


def _from_keyring(service: str, seat: str) -> bytes:
    place = f"the keyring's entry {service}/{seat}"
    try:
        text = keyring.get_password(service, seat)
    except KeyringError as error:
        raise SecretsUnusable(place=place, reason=type(error).__name__) from None
    if text is None:
        raise SecretsUnusable(place=place, reason="there is none")
    return _key(text, place)


def _key(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _KEY_BYTES:
        raise SecretsUnusable(place=place, reason="expected 64 hex digits")
    return key
