"""The X25519 key that opens a seat's documents: `<seat>/secrets/reader.pem`, PKCS #8 encrypted with the seat's
passphrase.

The public half lies beside it in `<seat>/reader.pub` (64 hex digits) for whoever grants the seat a document.
Destroying the private half makes all documents granted to it unreadable.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from chain.keys.errors import KeyExists, KeyFileInvalid, KeyMissing, PassphraseWrong
from chain.keys.passphrase import ensure_passphrase, read_passphrase, refuse_open_file, source_of
from chain.runtime.state import write_private

_KIND = "X25519 reading key"


def reader_file(folder: Path) -> Path:
    """The private key's file."""
    return folder / "secrets" / "reader.pem"


def create_reader_key(folder: Path) -> X25519PrivateKey:
    """A new reading key for the seat in `folder`. Raises KeyExists if it has one."""
    path = reader_file(folder)
    if path.exists():
        raise KeyExists(path=path)
    key = X25519PrivateKey.generate()
    encryption = BestAvailableEncryption(ensure_passphrase(folder).encode())
    write_private(folder / "reader.pub", key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex().encode())
    write_private(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return key


def load_reader_key(folder: Path) -> X25519PrivateKey:
    """The seat's reading key.

    Raises KeyMissing, KeyFileOpenToOthers, KeyFileInvalid, PassphraseMissing, PassphraseWrong.
    """
    path = reader_file(folder)
    if not path.is_file():
        raise KeyMissing(kind=_KIND, folder=folder)
    return open_reader_key(path, read_passphrase(folder), source_of(folder))


def open_reader_key(path: Path, passphrase: str, source: str) -> X25519PrivateKey:
    """The reading key in one file; `source` says in messages where the passphrase came from.

    Raises KeyFileOpenToOthers, KeyFileInvalid, PassphraseWrong.
    """
    refuse_open_file(path)
    content = path.read_bytes()
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in content:
        raise KeyFileInvalid(path=path, kind=_KIND, reason="it is not an encrypted PKCS #8 file")
    try:
        key = load_pem_private_key(content, passphrase.encode())
    except ValueError as exc:
        raise PassphraseWrong(path=path, source=source) from exc
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileInvalid(path=path, kind=_KIND, reason="it is a key of another kind")
    return key


def ensure_reader_key(folder: Path) -> X25519PrivateKey:
    """The seat's reading key, made if it has none."""
    return load_reader_key(folder) if reader_file(folder).exists() else create_reader_key(folder)


def reader_public_key(folder: Path) -> X25519PublicKey:
    """The public half; nothing is decrypted. Raises KeyMissing, KeyFileInvalid."""
    path = folder / "reader.pub"
    if not path.is_file():
        raise KeyMissing(kind=_KIND, folder=folder)
    try:
        return X25519PublicKey.from_public_bytes(bytes.fromhex(path.read_text().strip()))
    except ValueError as exc:
        raise KeyFileInvalid(path=path, kind="X25519 public key", reason="64 hex digits are expected") from exc
