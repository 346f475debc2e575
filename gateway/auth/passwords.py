"""Passwords as argon2id hashes. Says whether one fits; keeps none and writes none anywhere.

At most two are hashed at a time: each takes 64 MiB, and a flood of sign-ins must not take the machine.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.auth.errors import PasswordUnfit

_SHORTEST: Final = 12
_LONGEST: Final = 256
_hasher: Final = PasswordHasher()  # RFC 9106, second recommended option
_room: Final = threading.BoundedSemaphore(2)


def hashed(password: str, name: str) -> str:
    """The hash to keep. Raises PasswordUnfit."""
    text = _normal(password)
    if not _SHORTEST <= len(text) <= _LONGEST:
        raise PasswordUnfit(reason=f"it has {len(text)} characters")
    if len(set(text)) < 5:
        raise PasswordUnfit(reason="it repeats few characters")
    if name.lower() in text.lower():
        raise PasswordUnfit(reason="it contains the account's name")
    with _room:
        return _hasher.hash(text)


def fits(password: str, known: str | None) -> bool:
    """Whether it is the password of the hash; takes as long if there is no hash at all."""
    with _room:
        try:
            return _hasher.verify(known or _nobodys(), _normal(password)[:_LONGEST]) and known is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this password")


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
