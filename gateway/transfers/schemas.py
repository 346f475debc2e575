"""Position transfers on the wire."""

from __future__ import annotations

from pydantic import ConfigDict

from gateway.examples import examples
from gateway.fields import Address, Hash, Length, Signature
from gateway.loans.terms_schemas import Strict
from gateway.money import NonNegativeMoney, PositiveMoney
from gateway.orders import OrderDay

_EXAMPLE = {
    "seller": "0x" + "11" * 20, "buyer": "0x" + "22" * 20, "units": {"amount": "1000.00", "currency": "CNY"},
    "price": {"amount": "990.00", "currency": "CNY"}, "salt": "0x" + "07" * 32, "valid_through": "2026-03-31",
}  # fmt: skip


class TransferTerms(Strict):
    """Sale or gift of units of a loan; units are principal. The price moves from buyer to seller in the same step."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_EXAMPLE))

    seller: Address
    buyer: Address
    units: PositiveMoney
    price: NonNegativeMoney
    salt: Hash
    valid_through: OrderDay


class TransferRequest(TransferTerms):
    """The transfer, signed by both."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            _EXAMPLE
            | {
                "expected_history_length": 12,
                "seller_signature": "0x" + "cd" * 65,
                "buyer_signature": "0x" + "ce" * 65,
            }
        ),
    )

    expected_history_length: Length
    seller_signature: Signature
    buyer_signature: Signature
