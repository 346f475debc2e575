"""Signs what `:prepare` answers with a local key (needs the extra `signing`).

For tests and for parties whose keys a program holds; wallets sign the same EIP-712 document.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sign(typed_data: Mapping[str, Any], key: str | bytes) -> str:
    """A party's signature over an EIP-712 document, 0x hex. key: 32 bytes, or their 0x hex. Raises ImportError."""
    from eth_account import Account  # noqa: PLC0415 - an extra

    return "0x" + bytes(Account.sign_typed_data(key, full_message=dict(typed_data)).signature).hex()


def address_of(key: str | bytes) -> str:
    """The address that a key signs for."""
    from eth_account import Account  # noqa: PLC0415 - an extra

    return str(Account.from_key(key).address)
