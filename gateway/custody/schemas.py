"""Custody on the wire."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.money import Money

_ZERO = {"amount": "0.00", "currency": "CNY"}


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
