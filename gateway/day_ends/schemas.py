"""Day-ends on the wire."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples


class DayEndRequest(BaseModel):
    """Close all days up to and including `through`, whose account statement is posted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"through": "2026-01-05"}))

    through: date = Field(ge=date(1970, 1, 1))


class DayEnd(BaseModel):
    """A closed day."""

    through: date
    business_date: date = Field(description="The day after.")
    statement_hash: str
    block: int
