"""One delivery: the signed request, and whether its answer means that the event was taken."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from uuid import uuid4

from gateway.database import now
from gateway.webhooks.connecting import AddressRefused, Connections, DeliveryFailed
from gateway.webhooks.schemas import Delivered
from gateway.webhooks.secrets import Vault
from gateway.webhooks.settings import WebhookSettings
from gateway.webhooks.tables import WebhookRow
from gateway.webhooks.verification import signatures

_AGENT = b"loan-ledger-webhooks/1"


@dataclass(frozen=True)
class Target:
    """Where a subscription's events go, and what they are signed with: the newest key first."""

    url: str
    keys: tuple[bytes, ...]

    @staticmethod
    def of(row: WebhookRow, vault: Vault) -> Target:
        """A subscription's target now."""
        keys = [row.secret]
        if row.old_secret is not None and time.time() < row.old_secret_until:
            keys.append(row.old_secret)
        return Target(row.url, tuple(vault.opened(key) for key in keys))


@dataclass(frozen=True)
class Outcome:
    """What became of one post. problem: None if it was taken. gone: the receiver wants no more (410)."""

    status: int | None
    problem: str | None
    gone: bool = False


async def post(connections: Connections, target: Target, identifier: str, body: bytes) -> Outcome:
    """Posts an event; anything but 2xx was not taken."""
    moment = str(int(time.time()))
    headers = [
        (b"Content-Type", b"application/json"),
        (b"User-Agent", _AGENT),
        (b"webhook-id", identifier.encode()),
        (b"webhook-timestamp", moment.encode()),
        (b"webhook-signature", signatures(target.keys, identifier, moment, body).encode()),
    ]
    try:
        status = await connections.post(target.url, headers, body)
    except AddressRefused as refused:
        return Outcome(None, f"nothing is delivered there: {refused}")
    except DeliveryFailed as failed:
        return Outcome(None, str(failed))
    if 200 <= status < 300:
        return Outcome(status, None)
    redirected = ", a redirect, which is not followed" if 300 <= status < 400 else ""
    return Outcome(status, f"status {status}{redirected}", gone=status == 410)


async def post_test(settings: WebhookSettings, target: Target, webhook: str) -> Delivered:
    """Posts a test event and says what became of it."""
    identifier = f"evt_test_{uuid4().hex[:8]}"
    event = {
        "id": identifier,
        "type": "webhook.test",
        "at": now(),
        "subject": f"webhooks/{webhook}",
        "loan": None,
        "block": None,
        "withdraws": None,
        "data": {"webhook": webhook},
    }
    began = time.monotonic()
    connections = Connections(settings)
    try:
        outcome = await post(connections, target, identifier, json.dumps(event).encode())
    finally:
        await connections.close()
    return Delivered(
        id=identifier,
        delivered=outcome.problem is None,
        status=outcome.status,
        milliseconds=round((time.monotonic() - began) * 1000),
        problem=outcome.problem,
    )
