"""The demo's people and organisations: a client per seat's gateway, and a signing key per borrower and lender.

Parties' keys are made for the run and live in memory only: in real life each party holds its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from gateway.demo.book.load import Book
from gateway.demo.client import GatewayClient


@dataclass(frozen=True)
class Seats:
    """One gateway per organisation. bank_second: another person at the bank's."""

    platform: GatewayClient
    bank: GatewayClient
    bank_second: GatewayClient
    regulator: GatewayClient
    observer: GatewayClient

    def all(self) -> tuple[GatewayClient, ...]:
        """All of them."""
        return (self.platform, self.bank, self.regulator, self.observer)


class Wallets:
    """The parties' keys, by alias."""

    def __init__(self, book: Book) -> None:
        self._accounts: dict[str, LocalAccount] = {alias: Account.create() for alias in book.parties}
        self.alias_of: dict[str, str] = {str(account.address): alias for alias, account in self._accounts.items()}

    def address(self, alias: str) -> str:
        """The address that signs for a party."""
        return str(self._accounts[alias].address)

    def sign(self, alias: str, document: dict[str, object]) -> str:
        """The party's signature over an EIP-712 document, 0x hex."""
        signed = self._accounts[alias].sign_typed_data(full_message=document)
        return "0x" + bytes(signed.signature).hex()
