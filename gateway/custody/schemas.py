"""Custody on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.money import Money, PositiveMoney

_ZERO = {"amount": "0.00", "currency": "CNY"}


class MintCapRequest(BaseModel):
    """How far deposits may raise the supply above the last attestation's."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            {"cap": {"amount": "10000000.00", "currency": "CNY"}, "reason": "the new platform starts on Monday"}
        ),
    )

    cap: PositiveMoney
    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Attestation(BaseModel):
    """What the bank published at its last day-end: booked = supply + suspense + bank items - shortfall."""

    through: date
    statement_hash: str
    booked: Money
    supply: Money
    suspense: Money
    bank_items: Money
    shortfall: Money


class Custody(BaseModel):
    """Tokens now, and the bank's figures at its last day-end."""

    model_config = ConfigDict(json_schema_extra=examples(
        {"tokens": _ZERO, "suspense": _ZERO, "bank": _ZERO, "shortfall": _ZERO, "reconciled": True,
         "attestation": None}))  # fmt: skip

    tokens: Money = Field(description="All custody tokens now, read from this seat's node.")
    suspense: Money = Field(description="Booked but unidentified money at the last day-end.")
    bank: Money = Field(description="The custody account's booked balance at the last day-end.")
    shortfall: Money = Field(description="What the account is short of.")
    reconciled: bool = Field(description="bank = tokens + suspense + bank items - shortfall, to the cent.")
    attestation: Attestation | None
