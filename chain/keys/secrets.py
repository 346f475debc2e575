"""Passphrases, PINs and tokens: read from a private file, from the environment or from the machine's keyring.

A secret is read when it is needed and is kept nowhere by this module; no message names more than where it should be.
Settings hold only the place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chain.keys.errors import SecretMissing
from chain.keys.passphrase import refuse_open_file

Kind = Literal["file", "env", "keyring"]
_KINDS: Final = ("file", "env", "keyring")


@dataclass(frozen=True)
class SecretPlace:
    """Where a secret is. file: a path that only its owner may read; env: a variable's name; keyring: service/user."""

    kind: Kind
    where: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.where}"

    @classmethod
    def parse(cls, text: str) -> SecretPlace:
        """From `file:<path>`, `env:<variable>` or `keyring:<service>/<user>`. ValueError says what was expected."""
        kind, _, where = text.partition(":")
        if kind not in _KINDS or not where or (kind == "keyring" and "/" not in where):
            raise ValueError("expected file:<path>, env:<variable> or keyring:<service>/<user>")
        return cls(kind, where)  # type: ignore[arg-type]

    def beneath(self, folder: Path) -> SecretPlace:
        """The same place, with a file's path taken relative to `folder`."""
        return SecretPlace("file", str((folder / self.where).resolve())) if self.kind == "file" else self


def read_secret(place: SecretPlace) -> str:
    """The secret, without a line end behind it. Raises SecretMissing, KeyFileOpenToOthers."""
    if place.kind == "file":
        return _from_file(place)
    if place.kind == "env":
        value = os.environ.get(place.where)
        if not value:
            raise SecretMissing(place=place, reason="the variable is not set")
        return value
    return _from_keyring(place)


def _from_file(place: SecretPlace) -> str:
    path = Path(place.where)
    if not path.is_file():
        raise SecretMissing(place=place, reason="there is no such file")
    refuse_open_file(path)
    value = path.read_text().rstrip("\r\n")
    if not value:
        raise SecretMissing(place=place, reason="the file is empty")
    return value


def _from_keyring(place: SecretPlace) -> str:
    import keyring  # noqa: PLC0415 - looks for the machine's keyrings when it is loaded
    from keyring.errors import KeyringError  # noqa: PLC0415

    service, _, user = place.where.rpartition("/")
    try:
        value = keyring.get_password(service, user)
    except KeyringError as error:
        raise SecretMissing(place=place, reason=f"no keyring answers ({type(error).__name__})") from None
    if not value:
        raise SecretMissing(place=place, reason="the keyring has no such entry")
    return value
