"""How webhooks are delivered."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork


class WebhookSettings(BaseModel):
    """Where webhooks may go and how patient their delivery is.

    allowed_networks: private networks to which they may go too, there on any port and without TLS. ports: open to all
    other addresses. ca_file: certificates to trust besides the system's. timeout_seconds: of one delivery in all.
    attempts: of one event, then it is a dead letter, or its subscription is held (`on_failure`). The pause before try
    n + 1 is backoff_seconds * 2^(n - 1), at most max_backoff_seconds, less a random part of up to a half. concurrency:
    deliveries at once, of different subscriptions; max_subscriptions: of one tenant.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed_networks: tuple[IPvAnyNetwork, ...] = ()
    ports: tuple[int, ...] = (443, 8443)
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=10.0, gt=0)
    attempts: int = Field(default=12, ge=1)
    on_failure: Literal["dead-letter", "hold"] = "dead-letter"
    backoff_seconds: float = Field(default=1.0, gt=0)
    max_backoff_seconds: float = Field(default=3600.0, gt=0)
    concurrency: int = Field(default=32, ge=1)
    max_subscriptions: int = Field(default=100, ge=1)
