"""Drawdowns on the wire."""

from __future__ import annotations

from pydantic import ConfigDict

from gateway.examples import examples
from gateway.fields import Hash, Length, Signature
from gateway.loans.terms_schemas import Strict
from gateway.money import PositiveMoney
from gateway.orders import OrderDay

_EXAMPLE = {
    "amount": {"amount": "2000.00", "currency": "CNY"}, "salt": "0x" + "07" * 32, "valid_through": "2026-03-31",
}  # fmt: skip


class DrawdownTerms(Strict):
    """The borrower's call for a later tranche."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_EXAMPLE))

    amount: PositiveMoney
    salt: Hash
    valid_through: OrderDay


class DrawdownRequest(DrawdownTerms):
    """The call, signed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(_EXAMPLE | {"expected_history_length": 12, "signature": "0x" + "cd" * 65}),
    )

    expected_history_length: Length
    signature: Signature
