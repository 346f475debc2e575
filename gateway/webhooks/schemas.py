"""Webhooks on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.events.schemas import State
from gateway.examples import examples

OnFailure = Literal["dead-letter", "hold"]
TypeName = Annotated[str, Field(min_length=3, max_length=60, pattern=r"^[a-z_]+\.([a-z_.]+|\*)$")]
EventId = Annotated[str, Field(max_length=60, pattern=r"^(start|now|evt_[0-9a-f]{8}_[0-9]{1,18})$")]

_WEBHOOK = {
    "id": "wh_0f3f6b0c55c94b9f8a5a7c1d2e3f4a5b",
    "url": "https://platform.example/ledger-events",
    "types": ["loan.*", "payment.posted"],
    "loan": None,
    "state": "confirmed",
    "on_failure": "dead-letter",
    "status": "active",
    "secret": None,
    "cursor": "evt_5f0c9a1b_1042",
    "behind": 0,
    "delivered": 17,
    "delivered_at": "2026-01-05T02:00:03.000000+00:00",
    "attempts": 0,
    "next_attempt_at": None,
    "problem": None,
    "dead_letters": 0,
    "created_at": "2026-01-05T02:00:00.000000+00:00",
}


class WebhookRequest(BaseModel):
    """Deliver events to an address."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "url": "https://platform.example/ledger-events",
                "types": ["loan.*", "payment.posted"],
                "state": "confirmed",
            }
        ),
    )

    url: Annotated[str, Field(min_length=8, max_length=2000, description="https only.")]
    types: Annotated[list[TypeName], Field(max_length=100)] = Field(
        default_factory=list, description="GET /v1/event-types; `loan.*` for a whole group; empty for all."
    )
    loan: Annotated[str, Field(pattern=r"^0x[0-9a-f]{64}$")] | None = Field(
        default=None, description="Only events of this loan."
    )
    state: State = Field(default="recorded", description="As for GET /v1/events.")
    after: EventId = Field(default="now", description="Begin behind this event; or `start`, or `now`.")
    on_failure: OnFailure | None = Field(
        default=None,
        description="When an event was tried as often as the seat's settings say: lay it aside and go on, or hold all. "
        "By default what the settings say.",
    )


class ReplayRequest(BaseModel):
    """Deliver again what came after an event."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"after": "evt_5f0c9a1b_1000"}))

    after: EventId


class SecretRequest(BaseModel):
    """Exchange the secret: both sign until the old one ends."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"old_secret_seconds": 86400}))

    old_secret_seconds: int = Field(default=86_400, ge=0, le=30 * 86_400)


class RedeliveryRequest(BaseModel):
    """Deliver dead letters again, before anything newer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({"events": ["evt_5f0c9a1b_1042"]}))

    events: list[Annotated[str, Field(pattern=r"^evt_[0-9a-f]{8}_[0-9]{1,18}$")]] | None = Field(
        default=None, max_length=1000, description="Which; all if left out."
    )


class Webhook(BaseModel):
    """A subscription and how far it was delivered."""

    model_config = ConfigDict(json_schema_extra=examples(_WEBHOOK))

    id: str
    url: str
    types: list[str]
    loan: str | None
    state: State
    on_failure: OnFailure
    status: Literal["active", "paused", "held", "deleted"] = Field(
        description="`paused` by its owner; `held` because an event could not be delivered."
    )
    secret: str | None = Field(
        description="Shown once, in the first answer of the request that made it. Lost? Exchange it."
    )
    cursor: str = Field(description="The last event that was delivered, or laid aside.")
    behind: int = Field(description="Events of the log behind it, whether they are asked for or not.")
    delivered: int
    delivered_at: str | None
    attempts: int = Field(description="Failed ones of the event that is to be delivered next.")
    next_attempt_at: str | None
    problem: str | None = Field(description="Of the last attempt.")
    dead_letters: int
    created_at: str


class DeadLetterResource(BaseModel):
    """An event that the address did not take."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "event": "evt_5f0c9a1b_1042",
                "status": "dead",
                "attempts": 12,
                "problem": "status 500",
                "at": "2026-01-05T02:00:03.000000+00:00",
            }
        )
    )

    event: str
    status: Literal["dead", "asked"] = Field(description="`asked`: it is being delivered again.")
    attempts: int
    problem: str
    at: str


class Delivered(BaseModel):
    """What became of a test."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {"id": "evt_test_6b0c55c9", "delivered": True, "status": 200, "milliseconds": 41, "problem": None}
        )
    )

    id: str = Field(description="The `webhook-id` that was sent.")
    delivered: bool
    status: int | None
    milliseconds: int
    problem: str | None
