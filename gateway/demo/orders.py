"""What the book's parties sign: the gateway prepares the document, the party's wallet signs it.

Every order is valid through the last day of the book's own dates that it may be used on, and has a salt of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from gateway.demo.book import courses
from gateway.demo.book.agreed import Application, Subscription
from gateway.demo.client import GatewayClient, Json
from gateway.demo.seats import Wallets
from gateway.demo.terms import money


class Signing:
    """Orders of parties, prepared at one seat's gateway and signed by their wallets."""

    def __init__(self, gateway: GatewayClient, wallets: Wallets, currency: str) -> None:
        self._gateway = gateway
        self._wallets = wallets
        self._currency = currency

    def subscriptions(self, loan: str, application: Application, listed: Sequence[Subscription]) -> list[Json]:
        """All lenders' subscriptions of a loan."""
        terms = [
            {
                "lender": self._wallets.address(one.lender),
                "amount": money(one.amount, self._currency),
                "lender_class": one.class_,
                **_once(application.funding_deadline),
            }
            for one in listed
        ]
        prepared = self._gateway.ask(f"/v1/loans/{loan}/subscriptions:prepare", {"subscriptions": terms})
        return [
            term | {"signature": self._wallets.sign(one.lender, item["typed_data"])}
            for term, one, item in zip(terms, listed, prepared["items"], strict=True)
        ]

    def drawdown(self, loan: str, borrower: str, event: courses.Drawdown) -> Json:
        """The borrower's call for a later tranche."""
        return self._signed(
            f"/v1/loans/{loan}/drawdowns", {"amount": money(event.amount, self._currency), **_once(event.day)}, borrower
        )

    def early_repayment(self, loan: str, borrower: str, event: courses.EarlyRepayment) -> Json:
        """The borrower's order that its next sufficient payment is an early repayment."""
        return self._signed(
            f"/v1/loans/{loan}/early-repayments", {"kind": event.kind.upper(), **_once(event.day)}, borrower
        )

    def sale(self, loan: str, event: courses.Sale) -> Json:
        """Units against a price, signed by both."""
        terms = {
            "seller": self._wallets.address(event.seller),
            "buyer": self._wallets.address(event.buyer),
            "units": money(event.units, self._currency),
            "price": money(event.price, self._currency),
            **_once(event.day),
        }
        document = self._gateway.ask(f"/v1/loans/{loan}/transfers:prepare", terms)["typed_data"]
        return terms | {
            "seller_signature": self._wallets.sign(event.seller, document),
            "buyer_signature": self._wallets.sign(event.buyer, document),
        }

    def _signed(self, path: str, terms: Json, party: str) -> Json:
        document = self._gateway.ask(f"{path}:prepare", terms)["typed_data"]
        return terms | {"signature": self._wallets.sign(party, document)}


def _once(valid_through: date) -> Json:
    return {"salt": "0x" + secrets.token_hex(32), "valid_through": valid_through.isoformat()}
