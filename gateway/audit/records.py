"""What is said about one thing that was done or refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

ACCEPTED: Final = "accepted"
SIGNED: Final = "signed"
GATEWAY: Final = "gateway"
"""The actor of what the gateway does by itself."""
SEAT_TENANT: Final = "seat"

_MOST_TEXT = 400
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was done or refused.

    actor: who, as `Actor.id`. tenant: whose objects. action: what, such as "POST /v1/loans" or "sign". subject: on
    what, such as "loan:0x..." or "transaction:<id>". decision: "accepted", "refused:<code>", "signed", "failed:<code>".
    details: amounts and what else a reader of the log must see; never a secret, never personal data. transactions:
    outbox ids. request_hash: the idempotency key's hash of the body. Longer texts than the log keeps are cut, visibly.
    """

    actor: str
    tenant: str
    action: str
    subject: str
    decision: str
    details: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    transactions: tuple[str, ...] = ()
    request_hash: str = ""


def fitting(text: str, most: int = _MOST_TEXT) -> str:
    """The text, cut with an ellipsis if it is longer than `most`, and without what a database can't keep."""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
    return text if len(text) <= most else text[: most - 1] + "…"
