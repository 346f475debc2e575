"""Events and their types on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples

State = Literal["recorded", "confirmed"]

_EVENT = {
    "id": "evt_5f0c9a1b_1042",
    "type": "payment.posted",
    "at": "2026-01-05T02:00:03.000000+00:00",
    "subject": "loans/0x" + "ab" * 32,
    "loan": "0x" + "ab" * 32,
    "block": 1042,
    "withdraws": None,
    "data": {
        "seq": 7,
        "kind": "PAYMENT_POSTED",
        "day": "2026-01-05",
        "actor": "0x" + "11" * 20,
        "head": "0x" + "cd" * 32,
        "tx": "0x" + "ef" * 32,
        "values": {"posted": {"amount": {"amount": "123.45", "currency": "CNY"}}},
    },
}


class Event(BaseModel):
    """Something that happened; never changed afterwards."""

    model_config = ConfigDict(json_schema_extra=examples(_EVENT))

    id: str = Field(description="Also the cursor to what comes after it, and the id of its webhook deliveries.")
    type: str = Field(description="GET /v1/event-types lists all. `T.withdrawn` takes back one of type `T`.")
    at: str = Field(description="When this seat learned it.")
    subject: str = Field(description="What it is about.")
    loan: str | None
    block: int | None = Field(description="The block that it speaks of, if it does; see `ledger.confirmed`.")
    withdraws: str | None = Field(description="The event that is not true any more: a reorganisation took its block.")
    data: dict[str, Any] = Field(description="By the type's schema.")


class EventPage(BaseModel):
    """Some events, in the order in which they came about."""

    model_config = ConfigDict(json_schema_extra=examples({"items": [_EVENT], "next_cursor": "evt_5f0c9a1b_1042"}))

    items: list[Event]
    next_cursor: str = Field(description="Pass it as `after` for what comes next, also if that is yet to happen.")


class EventTypeResource(BaseModel):
    """One type of event."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "type": "loan.funded",
                "description": "The loan's principal is fully subscribed.",
                "of_blocks": True,
                "data_schema": {"type": "object"},
            }
        )
    )

    type: str
    description: str = Field(description="In the language asked for.")
    of_blocks: bool = Field(description="Its events belong to blocks: there is `<type>.withdrawn` too.")
    data_schema: dict[str, Any] = Field(description="JSON schema (2020-12) of `data`.")


class EventTypeList(BaseModel):
    """All types."""

    items: list[EventTypeResource]
