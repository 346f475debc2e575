"""When somebody may make changes, as the settings say it and as a moment is held against it. Pure.

The real clock decides here: hours are about people at desks, never about loans.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator


class WorkingHours(BaseModel):
    """From `start` up to `end`, on `days` of the week (1 is Monday), in `zone`. Over midnight if `end` is earlier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: time
    end: time
    days: frozenset[Annotated[int, Field(ge=1, le=7)]] = frozenset({1, 2, 3, 4, 5})
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"there is no time zone {value!r}") from unknown
        return value

    def contain(self, moment: datetime) -> bool:
        """Whether the moment (with its zone) is within them; the day is the one on which it is in `zone`."""
        local = moment.astimezone(ZoneInfo(self.zone))
        if local.isoweekday() not in self.days:
            return False
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end

    def __str__(self) -> str:
        days = ", ".join(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day - 1] for day in sorted(self.days))
        return f"{self.start:%H:%M} and {self.end:%H:%M} {self.zone} ({days})"
