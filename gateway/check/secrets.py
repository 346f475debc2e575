"""Looks at secrets and the files they are in: readable by others, missing, known to everybody, or easy to guess.

No finding shows a secret.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from chain.errors import LedgerError
from chain.keys.keystore import KeystoreCost, keystore_file
from chain.keys.passphrase import passphrase_file, read_passphrase, source_of
from chain.keys.secrets import SecretPlace, read_secret
from gateway.check.findings import Finding, found
from gateway.database.place import server_url
from gateway.settings import SeatSettings

# What examples, images and tutorials ship with.
KNOWN: Final = frozenset(
    {
        "", "0", "00000000", "12345678", "123456789", "1234567890", "admin", "changeit", "changeme", "default",
        "devnet", "example", "hardhat", "insecure", "ledger", "loan-ledger", "loanledger", "passphrase", "passw0rd",
        "password", "password1", "postgres", "qwerty", "root", "secret", "test", "testing", "testpassword",
    }
)  # fmt: skip
_SHORTEST = 16
_DISTINCT = 8


def look(settings: SeatSettings, folder: Path) -> Iterator[Finding]:
    """All findings about the seat's secrets."""
    yield from _folder(folder)
    for what, path, needed in _files(settings, folder):
        yield from _file(what, path, needed=needed)
    for name, keystore, place in _keystores(settings, folder):
        yield from _passphrase(name, keystore, place)
        yield from _cost(name, keystore)
    yield from _given(settings)
    yield from _database(settings)


def _folder(folder: Path) -> Iterator[Finding]:
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        yield found("files.folder_open", path=folder, mode=f"{mode:04o}")


def _files(settings: SeatSettings, folder: Path) -> Iterator[tuple[str, Path, bool]]:
    """What each secret file is, where, and whether it must be there."""
    yield "settings", folder / "settings.toml", True
    for file in sorted((folder / "secrets").glob("*")):
        yield "secret", file, True
    for name, keystore, _ in _keystores(settings, folder):
        for file in sorted((keystore / "keystore").glob("*")):
            yield f"keystore of {name}", file, True
        yield f"passphrase of {name}", passphrase_file(keystore), False
    if "://" not in settings.database_url:
        yield "database", Path(settings.database_url), False
    named = {
        "identity secret": (settings.identity_secret_file, False),  # made at first use
        "database password": (settings.database_password_file, True),
        "private key of the TLS certificate": (settings.tls_key, True),
    }
    for what, (path, needed) in named.items():
        if path is not None:
            yield what, path, needed
    for node in settings.ipfs:
        if node.token_file is not None:
            yield "token of the IPFS node", node.token_file, True
    for key in settings.keys:
        places = [key.passphrase, None if key.pkcs11 is None else key.pkcs11.pin]
        for place in (SecretPlace.parse(text) for text in places if text is not None):
            if place.kind == "file":
                yield f"secret of the key {key.name}", Path(place.where), True
        if key.web3signer is not None and key.web3signer.private_key is not None:
            yield f"private key for the signer of {key.name}", key.web3signer.private_key, True


def _file(what: str, path: Path, *, needed: bool) -> Iterator[Finding]:
    if not path.exists():
        if needed:
            yield found("files.missing", what=what, path=path)
        return
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        yield found("files.open", what=what, path=path, mode=f"{mode:04o}")


def _keystores(settings: SeatSettings, folder: Path) -> Iterator[tuple[str, Path, str | None]]:
    """Name, folder and given passphrase place of each keystore that the seat signs with."""
    if settings.keys:
        for key in settings.keys:
            if key.folder is not None:
                yield key.name, key.folder, key.passphrase
    elif (folder / "keystore").is_dir() and any((folder / "keystore").iterdir()):
        yield "root", folder, None


def _passphrase(name: str, keystore: Path, place: str | None) -> Iterator[Finding]:
    what = f"The passphrase of the key '{name}' ({place or source_of(keystore)})"
    try:
        secret = read_passphrase(keystore) if place is None else read_secret(SecretPlace.parse(place))
    except LedgerError as error:
        yield found("secrets.missing", what=what, reason=error.message())
        return
    yield from judged(what, secret)


def judged(what: str, secret: str) -> Iterator[Finding]:
    """What is wrong with a secret that should be random."""
    plain = secret.strip().lower()
    if plain in KNOWN or plain.strip("!.1234567890") in KNOWN or (len(set(secret)) == 1 and len(secret) > 1):
        yield found("secrets.example", what=what)
    elif len(secret) < _SHORTEST or len(set(secret)) < _DISTINCT:
        yield found("secrets.weak", what=what, length=len(secret), distinct=len(set(secret)))


def _cost(name: str, keystore: Path) -> Iterator[Finding]:
    try:
        path = keystore_file(keystore)
        crypto = {} if path is None else json.loads(path.read_text())["crypto"]
        n = int(crypto["kdfparams"]["n"]) if crypto.get("kdf") == "scrypt" else KeystoreCost.PRODUCTION
    except (LedgerError, OSError, ValueError, KeyError, TypeError):
        return  # that it can't be used is found where the keys are opened
    if n < KeystoreCost.PRODUCTION:
        yield found("keys.cheap", key=name, n=n)


def _given(settings: SeatSettings) -> Iterator[Finding]:
    if settings.auth_secret is not None:
        yield from judged("The setting auth_secret", settings.auth_secret.get_secret_value())
    path = settings.identity_secret_file
    if path.is_file() and os.access(path, os.R_OK):
        yield from judged(f"The identity secret ({path})", path.read_text().strip())


def _database(settings: SeatSettings) -> Iterator[Finding]:
    place = settings.database_url
    if "://" not in place:
        return
    try:
        if server_url(place).password is not None:
            yield found("secrets.in_url", setting="database_url", instead="database_password_file")
    except LedgerError as error:
        yield found("database.unusable", reason=error.message())
        return
    secret = None
    if settings.database_password_file is not None and settings.database_password_file.is_file():
        secret = settings.database_password_file.read_text().strip()
    elif settings.database_password is not None:
        secret = settings.database_password.get_secret_value()
    if secret is not None and (secret.lower() in KNOWN or secret == server_url(place).username):
        yield found("secrets.example", what="The database's password")
