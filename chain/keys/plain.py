"""Keys given in a plain JSON file with `--keys`, for tests on chains that somebody else runs.

Strict: exactly the four names, each a valid secp256k1 key, all different. No message quotes any part of a key. The
caller warns that plain keys are for tests only; they are encrypted into the seats' keystores like any others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Final

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.keys.errors import PlainKeysInvalid

NAMES: Final = ("deployer", "platform", "bank", "regulator")
_HEX_KEY: Final = re.compile(r"[0-9a-fA-F]{64}")


def read_plain_keys(path: Path) -> Mapping[str, LocalAccount]:
    """The four accounts by name. Raises PlainKeysInvalid."""
    try:
        content = json.loads(path.read_text(), object_pairs_hook=_no_doubles)
    except OSError as exc:
        raise PlainKeysInvalid(path=path, reason=f"it can't be read ({exc.strerror})") from exc
    except _DoubleName as exc:
        raise PlainKeysInvalid(path=path, reason=f"'{exc}' is there twice") from exc
    except (ValueError, RecursionError) as exc:
        raise PlainKeysInvalid(path=path, reason="it is not JSON") from exc
    if not isinstance(content, dict):
        raise PlainKeysInvalid(path=path, reason="it is not a JSON object")
    unknown = [name for name in content if name not in NAMES]
    if unknown:
        raise PlainKeysInvalid(path=path, reason=f"it has an unknown name ({', '.join(map(_shown, unknown))})")
    accounts: dict[str, LocalAccount] = {}
    for name in NAMES:
        if name not in content:
            raise PlainKeysInvalid(path=path, reason=f"'{name}' is missing")
        accounts[name] = _account(path, name, content[name])
    for name, other in combinations(NAMES, 2):
        if accounts[name].address == accounts[other].address:
            raise PlainKeysInvalid(path=path, reason=f"'{name}' and '{other}' have the same key")
    return accounts


class _DoubleName(Exception):
    pass


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, value in pairs:
        if name in result:
            raise _DoubleName(_shown(name))
        result[name] = value
    return result


def _shown(name: str) -> str:
    # A key put in the place of a name must not end up on a screen.
    return name if len(name) <= 24 and name.isprintable() else "..."


def _account(path: Path, name: str, value: object) -> LocalAccount:
    digits = value.removeprefix("0x") if isinstance(value, str) else ""
    if not _HEX_KEY.fullmatch(digits):
        raise PlainKeysInvalid(path=path, reason=f"'{name}' is not 64 hex digits")
    try:
        account: LocalAccount = Account.from_key("0x" + digits)
    except Exception as exc:  # zero or beyond the curve's order: each key library has its own error class
        raise PlainKeysInvalid(path=path, reason=f"'{name}' is not a key of the curve secp256k1") from exc
    return account
