"""Regime profiles on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.rates import RateText

RegimeName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$"),
    Field(description="The profile's name; its id is keccak256 of it.", examples=["cn-private-lending-2026"]),
]


class RegimeProfileRequest(BaseModel):
    """Limits for new loans that name this profile. A change is a new profile."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({
        "name": "cn-private-lending-2026", "rate_cap": "0.24", "reversal_days": 3,
        "effective_from": "2026-01-01", "effective_through": "2026-12-31",
    }))  # fmt: skip

    name: RegimeName
    rate_cap: RateText
    reversal_days: Annotated[int, Field(ge=0, le=3650)]
    effective_from: Annotated[date, Field(ge=date(1970, 1, 1))]
    effective_through: Annotated[date, Field(ge=date(1970, 1, 1))]


class RegimeProfile(BaseModel):
    """A profile as it stands on the ledger. `name` is known only at the seat that set it."""

    id: str
    name: str | None
    rate_cap: str
    reversal_days: int
    effective_from: date
    effective_through: date
