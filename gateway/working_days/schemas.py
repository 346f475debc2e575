"""Working-day calendars on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.examples import examples

MAX_DAYS = 800


class WorkingDaysRequest(BaseModel):
    """The days of a calendar from one day through another; those in `closed` are no working days."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            {"from": "2026-01-01", "through": "2026-12-31", "closed": ["2026-01-01", "2026-01-03", "2026-01-04"]}
        ),
    )

    start: Annotated[date, Field(alias="from", ge=date(1970, 1, 1), le=date(9999, 12, 31))]
    through: date
    closed: Annotated[list[date], Field(max_length=MAX_DAYS)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not 0 <= (self.through - self.start).days < MAX_DAYS:
            raise ValueError(f"1 to {MAX_DAYS} days")
        if any(not self.start <= day <= self.through for day in self.closed):
            raise ValueError("every closed day lies between from and through")
        return self


class Publication(BaseModel):
    """One publication of a calendar."""

    start: date
    through: date
    version: int
    block: int


class WorkingDays(BaseModel):
    """A calendar: what is published, oldest first. Days beyond are working days from Monday to Friday."""

    model_config = ConfigDict(json_schema_extra=examples({
        "calendar": 1,
        "publications": [{"start": "2026-01-01", "through": "2026-12-31", "version": 1, "block": 40}],
    }))  # fmt: skip

    calendar: int
    publications: list[Publication]


class PayableBy(BaseModel):
    """The first working day at or after a day."""

    calendar: int
    day: date
    payable_by: date
