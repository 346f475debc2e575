"""Signs what `:prepare` answers with a local key (needs the extra `signing`).

For tests and for parties whose keys a program holds; wallets sign the same EIP-712 document.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


class PartySigner(Protocol):
    """Whoever signs for a party: a key, a wallet, a custody service."""

    @property
    def address(self) -> str:
        """The party's signing address."""

    def sign(self, typed_data: Mapping[str, Any]) -> str:
        """The signature over an EIP-712 document, 0x hex."""


@dataclass(frozen=True)
class LocalKey:
    """A party's key in this program. secret: 32 bytes as 0x hex. Raises ImportError without eth_account."""

    secret: str = field(repr=False)

    @classmethod
    def new(cls) -> LocalKey:
        """A fresh key."""
        return cls("0x" + secrets.token_hex(32))

    @property
    def address(self) -> str:
        """The address that the key signs for."""
        from eth_account import Account  # noqa: PLC0415 - an extra

        return str(Account.from_key(self.secret).address)

    def sign(self, typed_data: Mapping[str, Any]) -> str:
        """The signature over an EIP-712 document, 0x hex."""
        from eth_account import Account  # noqa: PLC0415 - an extra

        return "0x" + bytes(Account.sign_typed_data(self.secret, full_message=dict(typed_data)).signature).hex()
