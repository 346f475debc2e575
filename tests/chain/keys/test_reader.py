"""The keys that open documents: encrypted at rest, refused when open to others, destroyable."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from chain.keys.errors import KeyExists, KeyFileInvalid, KeyFileOpenToOthers, KeyMissing, PassphraseWrong
from chain.keys.passphrase import read_passphrase
from chain.keys.reader import create_reader_key, ensure_reader_key, load_reader_key, reader_file, reader_public_key


def test_a_reader_key_is_read_back_and_its_public_half_needs_no_passphrase(tmp_path: Path) -> None:
    key = create_reader_key(tmp_path)
    assert load_reader_key(tmp_path).private_bytes_raw() == key.private_bytes_raw()
    (tmp_path / "secrets" / "passphrase").unlink()
    assert reader_public_key(tmp_path).public_bytes_raw() == key.public_key().public_bytes_raw()


def test_the_file_is_closed_to_others_and_encrypted(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    assert stat.S_IMODE(reader_file(tmp_path).stat().st_mode) == 0o600
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in reader_file(tmp_path).read_bytes()


def test_a_reader_key_others_may_read_is_refused(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    reader_file(tmp_path).chmod(0o644)
    with pytest.raises(KeyFileOpenToOthers):
        load_reader_key(tmp_path)


def test_a_reader_key_is_never_overwritten(tmp_path: Path) -> None:
    key = create_reader_key(tmp_path)
    with pytest.raises(KeyExists):
        create_reader_key(tmp_path)
    assert ensure_reader_key(tmp_path).private_bytes_raw() == key.private_bytes_raw()


def test_a_wrong_passphrase_is_told(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    (tmp_path / "secrets" / "passphrase").write_text("wrong")
    with pytest.raises(PassphraseWrong):
        load_reader_key(tmp_path)


def test_a_key_in_the_clear_is_refused(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    plain = X25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    reader_file(tmp_path).write_bytes(plain)
    with pytest.raises(KeyFileInvalid, match="not an encrypted PKCS #8 file"):
        load_reader_key(tmp_path)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    encryption = BestAvailableEncryption(read_passphrase(tmp_path).encode())
    other = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    reader_file(tmp_path).write_bytes(other)
    with pytest.raises(KeyFileInvalid, match="another kind"):
        load_reader_key(tmp_path)


def test_a_destroyed_key_is_missing(tmp_path: Path) -> None:
    create_reader_key(tmp_path)
    os.unlink(reader_file(tmp_path))
    with pytest.raises(KeyMissing):
        load_reader_key(tmp_path)
