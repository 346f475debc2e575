"""The key that signs a seat's transactions, as a keystore v3 file in `<seat>/keystore`.

Promises: written once with mode 0600 and never overwritten; refused if others may read it; the key leaves this module
only as a signing account. Which passphrase opens it: `chain.keys.passphrase`.
"""

from __future__ import annotations

import json
import time
from enum import IntEnum
from pathlib import Path

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from chain.keys.errors import KeyExists, KeyFileInvalid, KeyMissing, PassphraseWrong
from chain.keys.passphrase import ensure_passphrase, read_passphrase, refuse_open_file, source_of
from chain.runtime.state import write_private

_KIND = "keystore v3 file"


class KeystoreCost(IntEnum):
    """The scrypt work factor n of a keystore file."""

    DEVNET = 2**12  # 10 ms; safe because the passphrase is random, not because the work is
    PRODUCTION = 2**18  # the standard's value, about 1 s


def create_key(folder: Path, cost: KeystoreCost) -> LocalAccount:
    """A new key for the seat in `folder`. Raises KeyExists if it has one."""
    account: LocalAccount = Account.create()
    store_key(folder, account, cost)
    return account


def store_key(folder: Path, account: LocalAccount, cost: KeystoreCost) -> Path:
    """Encrypts `account` into the seat's keystore with the seat's passphrase. Raises KeyExists."""
    present = keystore_file(folder)
    if present is not None:
        raise KeyExists(path=present)
    encrypted = Account.encrypt(account.key, ensure_passphrase(folder), kdf="scrypt", iterations=int(cost))
    stamp = time.strftime("%Y-%m-%dT%H-%M-%S.000000000Z", time.gmtime())
    name = f"UTC--{stamp}--{account.address[2:].lower()}"
    return write_private(folder / "keystore" / f"{name}.json", json.dumps(encrypted).encode() + b"\n")


def keystore_file(folder: Path) -> Path | None:
    """The seat's keystore file, or None. Raises KeyFileInvalid if there are several."""
    files = sorted(file for file in (folder / "keystore").glob("*") if file.is_file() and not file.name.startswith("."))
    if len(files) > 1:
        raise KeyFileInvalid(path=folder / "keystore", kind="keystore of one key", reason=f"it has {len(files)} files")
    return files[0] if files else None


def address_of(folder: Path) -> str:
    """The checksummed address of the seat's key; nothing is decrypted. Raises KeyMissing, KeyFileInvalid."""
    path = keystore_file(folder)
    if path is None:
        raise KeyMissing(kind=_KIND, folder=folder)
    return to_checksum_address("0x" + str(_parse(path)["address"]))


def load_key(folder: Path) -> LocalAccount:
    """The seat's signing account.

    Raises KeyMissing, KeyFileOpenToOthers, KeyFileInvalid, PassphraseMissing, PassphraseWrong.
    """
    path = keystore_file(folder)
    if path is None:
        raise KeyMissing(kind=_KIND, folder=folder)
    return open_key(path, read_passphrase(folder), source_of(folder))


def open_key(path: Path, passphrase: str, source: str) -> LocalAccount:
    """The signing account in one keystore file; `source` says in messages where the passphrase came from.

    Raises KeyFileOpenToOthers, KeyFileInvalid, PassphraseWrong.
    """
    refuse_open_file(path)
    content = _parse(path)
    try:
        account: LocalAccount = Account.from_key(Account.decrypt(content, passphrase))
    except ValueError as exc:
        raise PassphraseWrong(path=path, source=source) from exc
    if account.address[2:].lower() != str(content["address"]).lower():
        raise KeyFileInvalid(path=path, kind=_KIND, reason="it holds the key of another address than it names")
    return account


def ensure_key(folder: Path, cost: KeystoreCost) -> LocalAccount:
    """The seat's signing account, made if it has none."""
    return load_key(folder) if keystore_file(folder) is not None else create_key(folder, cost)


def _parse(path: Path) -> dict[str, object]:
    try:
        content = json.loads(path.read_text())
    except (ValueError, UnicodeDecodeError) as exc:
        raise KeyFileInvalid(path=path, kind=_KIND, reason="it is not JSON") from exc
    if not isinstance(content, dict) or content.get("version") != 3 or "address" not in content:
        raise KeyFileInvalid(path=path, kind=_KIND, reason="version 3 and an address are expected")
    return content
