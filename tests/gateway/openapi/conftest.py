"""A ledger that may be ill-treated: requests of every kind are made to all of its four seats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from gateway.auth.service import issue_token

SEATS = ("platform", "bank", "regulator", "observer")


@dataclass(frozen=True)
class Asker:
    """A seat's gateway, asked by a principal of its own: what it revokes is its own."""

    seat: str
    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@pytest.fixture(scope="module")
def rough(make_ledger, serve, with_regime):
    """A ledger of its own with a loan that runs."""
    ledger = make_ledger(extra='auth_rate_person = "1000000/minute"\nauth_rate_anonymous = "1000000/minute"')
    for seat in SEATS:
        serve(ledger, seat)
    with_regime(ledger)
    ledger.loan, ledger.borrower, ledger.lender = ledger.active("ROUGH")
    return ledger


@pytest.fixture(scope="module")
def document(rough) -> dict[str, Any]:
    """What the gateways say of themselves."""
    return dict(rough.bank.http.get("/openapi.json").json())


@pytest.fixture(scope="module")
def askers(rough) -> list[Asker]:
    """Four seats, each asked by a principal that nothing else uses."""
    return [Asker(seat, rough.clients[seat].url, issue_token(rough.state, seat, f"rough-{seat}")) for seat in SEATS]
