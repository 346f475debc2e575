"""The passphrase of one seat: from the environment, or from a file only its owner may read.

`LOAN_LEDGER_PASSPHRASE_<SEAT>` goes first, so that production need not keep it beside the keys; a devnet keeps a random
one in `<seat>/secrets/passphrase`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from chain.keys.errors import KeyFileOpenToOthers, PassphraseMissing
from chain.runtime.state import write_private

VARIABLE_PREFIX: Final = "LOAN_LEDGER_PASSPHRASE_"
_RANDOM_BYTES: Final = 24


def passphrase_file(folder: Path) -> Path:
    """Where the passphrase of the seat in `folder` lies if the environment does not give it."""
    return folder / "secrets" / "passphrase"


def variable_of(folder: Path) -> str:
    """The environment variable that goes before the file, by the folder's name."""
    return VARIABLE_PREFIX + folder.name.upper().replace("-", "_")


def source_of(folder: Path) -> str:
    """Where the passphrase comes from, for messages."""
    variable = variable_of(folder)
    return variable if os.environ.get(variable) else str(passphrase_file(folder))


def read_passphrase(folder: Path) -> str:
    """The passphrase of the seat in `folder`. Raises PassphraseMissing, KeyFileOpenToOthers."""
    variable = variable_of(folder)
    given = os.environ.get(variable)
    if given:
        return given
    path = passphrase_file(folder)
    if not path.is_file():
        raise PassphraseMissing(folder=folder, variable=variable, path=path)
    refuse_open_file(path)
    return path.read_text().rstrip("\n")


def ensure_passphrase(folder: Path) -> str:
    """The passphrase of the seat, a random one written to its file if there is none yet. Raises KeyFileOpenToOthers."""
    try:
        return read_passphrase(folder)
    except PassphraseMissing:
        passphrase = secrets.token_urlsafe(_RANDOM_BYTES)
        write_private(passphrase_file(folder), passphrase.encode() + b"\n")
        return passphrase


def refuse_open_file(path: Path) -> None:
    """Raises KeyFileOpenToOthers if anybody but the owner has any right to the file."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise KeyFileOpenToOthers(path=path, mode=f"{mode:04o}")
