"""The audit log on the wire."""

from __future__ import annotations

import json
from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from chain.audit.encoding import LoggedRecord
from gateway.examples import examples

_EXAMPLE = {
    "seq": 2,
    "time": "2026-01-05T09:30:00.000000Z",
    "request_id": "5f3a0c1e9b7d4c6f8a2b1d0e3c4f5a69",
    "actor": "operator:ada",
    "tenant": "seat",
    "action": "close_day",
    "subject": "day_end:2026-01-05",
    "decision": "accepted",
    "details": {"through": "2026-01-05", "calls": "CustodyToken.attest, Calendar.closeDay"},
    "transactions": ["0f6c8f2f4a9c4f0f9f8e7d6c5b4a3928"],
    "request_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "previous": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "hash": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
}


class AuditRecordShown(BaseModel):
    """One thing that was done or refused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples(_EXAMPLE))

    seq: int = Field(description="1, 2, 3, ... without gap.")
    time: datetime
    request_id: str = Field(description="Of the request that did it, as in X-Request-Id; empty if it was none.")
    actor: str = Field(description="Who; `gateway` is the gateway itself, `anonymous` a caller that was not let in.")
    tenant: str
    action: str = Field(description="The operation's name in the OpenAPI document, `sign`, or `access.<what>`.")
    subject: str
    decision: str = Field(description="`accepted`, `signed`, or `refused:<code>`.")
    details: dict[str, str] = Field(description="Amounts, dates and ids on the ledger; no secret, no personal data.")
    transactions: list[str]
    request_hash: str = Field(description="SHA-256 over method, path and body, as the idempotency key keeps it.")
    previous: str = Field(description="Hash of the record before, 64 zeros for the first.")
    hash: str = Field(description="SHA-256 over all other fields, as docs/regulator.md says.")


class AuditHeadShown(BaseModel):
    """How long the log is and how far it is anchored on chain."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=examples(
            {
                "length": 1204,
                "head": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
                "anchored_length": 1180,
                "anchored_head": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
                "anchored_on": "2026-01-05",
                "anchored_block": 5210,
            }
        ),
    )

    length: int
    head: str
    anchored_length: int = Field(description="Of the newest anchor on chain, read from this seat's node; 0 for none.")
    anchored_head: str | None
    anchored_on: date | None = Field(description="Business date of that anchor.")
    anchored_block: int | None


def shown(record: LoggedRecord) -> AuditRecordShown:
    """A record as the API shows it."""
    return AuditRecordShown(
        seq=record.seq,
        time=datetime.fromisoformat(record.time),
        request_id=record.request,
        actor=record.actor,
        tenant=record.tenant,
        action=record.action,
        subject=record.subject,
        decision=record.decision,
        details=json.loads(record.details),
        transactions=json.loads(record.transactions),
        request_hash=record.request_hash,
        previous=record.previous,
        hash=record.hash,
    )
