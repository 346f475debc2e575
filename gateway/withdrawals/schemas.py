"""Withdrawals on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.fields import Address, Hash, Signature
from gateway.money import Money, PositiveMoney

_EXAMPLE = {
    "holder": "0x" + "11" * 20, "amount": {"amount": "100.00", "currency": "CNY"}, "salt": "0x" + "07" * 32,
    "valid_through": "2026-02-28",
}  # fmt: skip


class WithdrawalTerms(BaseModel):
    """A holder's order to pay tokens out to its registered bank account."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_EXAMPLE))

    holder: Address
    amount: PositiveMoney
    salt: Hash
    valid_through: Annotated[date, Field(ge=date(1970, 1, 1))]


class WithdrawalRequest(WithdrawalTerms):
    """The order, signed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples(_EXAMPLE | {"signature": "0x" + "cd" * 65})
    )

    signature: Signature


class PreparedWithdrawal(BaseModel):
    """What the holder signs."""

    withdrawal_id: str
    typed_data: dict[str, Any]


class WithdrawalResource(BaseModel):
    """A withdrawal on the ledger."""

    id: str
    holder: str
    amount: Money
    payout: Literal["Reserved", "Instructed", "Settled", "Returned"]
    block: int
