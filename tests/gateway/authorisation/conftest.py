"""Callers of every kind on a real ledger: clients of several organisations, people with a second factor, parties."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pyotp
import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from sqlalchemy.orm import Session

from gateway.database import open_database
from gateway.settings import load_settings

PASSWORD = "nine orange lanterns drift"
LIMIT = 300_000  # 3,000.00


@dataclasses.dataclass
class Person:
    """Somebody enrolled with password and authenticator app."""

    client: Any
    secret: str
    step: int

    def code(self) -> str:
        """Of the next step, which the gateway takes too, so that no test waits for the clock."""
        self.step = max(self.step + 1, int(time.time()) // 30)
        return pyotp.TOTP(self.secret).at(self.step * 30)


@dataclasses.dataclass
class Place:
    """A ledger whose seats ask for a second person above LIMIT."""

    ledger: Any

    def as_client(self, name: str, *roles: str, tenant: str = "seat", seat: str = "platform") -> Any:
        """A machine client's own access."""
        operator = self.ledger.clients[seat]
        made = operator.http.post("/v1/clients", json={"id": name, "tenant": tenant, "roles": list(roles)})
        assert made.status_code == 201, made.text
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": made.json()["secret"]}
        token = httpx.post(operator.url + "/v1/oauth/token", data=form, trust_env=False)
        assert token.status_code == 200, token.text
        return type(operator)(operator.url, token.json()["access_token"])

    def as_person(self, name: str, *roles: str, seat: str = "platform") -> Person:
        """A person who has just signed in."""
        operator = self.ledger.clients[seat]
        made = operator.http.post("/v1/people", json={"id": name, "tenant": "seat", "roles": list(roles)})
        assert made.status_code == 201, made.text
        invitation = {"invitation": made.json()["invitation"]}
        offer = httpx.post(operator.url + "/v1/enrolments:prepare", json=invitation, trust_env=False).json()
        person = Person(None, offer["totp_secret"], int(time.time()) // 30 - 2)
        body = {**invitation, "password": PASSWORD, "code": person.code()}
        enrolled = httpx.post(operator.url + "/v1/enrolments", json=body, trust_env=False, timeout=30)
        assert enrolled.status_code == 201, enrolled.text
        person.client = type(operator)(operator.url, enrolled.json()["tokens"]["access_token"])
        return person

    def as_party(self, name: str, seat: str = "platform") -> Any:
        """A party, signed in with its key."""
        operator = self.ledger.clients[seat]
        address = {"address": self.ledger.address(name)}
        url = operator.url + "/v1/sessions:ethereum"
        message = httpx.get(url + "-message", params=address, trust_env=False).json()["message"]
        signed = Account.sign_message(encode_defunct(text=message), self.ledger.key(name))
        body = {"message": message, "signature": signed.signature.to_0x_hex()}
        answer = httpx.post(url, json=body, trust_env=False)
        assert answer.status_code in (200, 201), answer.text
        return type(operator)(operator.url, answer.json()["access_token"])

    def by(self, client: Any) -> Any:
        """The ledger's builders, with the platform's part done by `client`."""
        return dataclasses.replace(self.ledger, clients={**self.ledger.clients, "platform": client})

    def withdrawal(self, name: str, amount: str) -> dict[str, Any]:
        """A holder's signed order, not yet submitted."""
        terms = self.ledger.order(holder=self.ledger.address(name), amount={"amount": amount, "currency": "CNY"})
        return terms | {"signature": self.ledger.signed("/v1/withdrawals", terms, name)[0]}

    @contextmanager
    def stored(self, seat: str = "platform") -> Iterator[Session]:
        """What the seat keeps, to be written to."""
        database = open_database(load_settings(self.ledger.state, seat))
        try:
            with database.write() as session:
                yield session
        finally:
            database.close()


@pytest.fixture(scope="module")
def place(make_ledger: Callable[..., Any], serve: Callable[..., Any], with_regime: Callable[[Any], None]) -> Place:
    """Four seats; Walt has 20,000.00 on account."""
    limits = '{ "client:small" = 1000 }'
    ledger = make_ledger(extra=f"four_eyes_above = {LIMIT}\namount_limits = {limits}")
    for seat in ("platform", "bank", "regulator", "observer"):
        serve(ledger, seat)
    with_regime(ledger)
    ledger.register("Walt")
    ledger.deposit("Walt", 2_000_000)
    ledger.end_day()
    return Place(ledger)


@pytest.fixture
def fresh() -> Callable[[], str]:
    """A name that no other test uses."""
    return lambda: f"t-{secrets.token_hex(4)}"
