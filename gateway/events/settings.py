"""How event streams are served."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class EventSettings(BaseModel):
    """heartbeat_seconds: between signs of life on a quiet stream. stall_seconds: after so long without taking anything
    a reader is cut off. check_seconds: how often it is asked whether the reader may still read. max_streams: of one
    process."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heartbeat_seconds: float = Field(default=15.0, gt=0)
    stall_seconds: float = Field(default=30.0, gt=0)
    check_seconds: float = Field(default=1.0, gt=0)
    max_streams: int = Field(default=200, ge=0)
