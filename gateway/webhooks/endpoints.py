"""/v1/webhooks."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import JSONResponse

from gateway.access import ActorDep, SeatDep, SightDep
from gateway.changes import ChangeDep
from gateway.errors import CursorInvalid, KeyInProgress, KeyMissing, KeyReused, NotFound
from gateway.events.endpoints import HubDep
from gateway.events.errors import EventOfOtherLog, EventTypeUnknown
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.webhooks.errors import TooManyWebhooks, WebhookDeleted, WebhookUrlRefused
from gateway.webhooks.schemas import (
    DeadLetterResource,
    Delivered,
    RedeliveryRequest,
    ReplayRequest,
    SecretRequest,
    Webhook,
    WebhookRequest,
)
from gateway.webhooks.secrets import Vault
from gateway.webhooks.service import Webhooks

router = APIRouter(tags=["webhooks"])
Id = Annotated[str, Path(pattern=r"^wh_[0-9a-f]{32}$")]
_CHANGE = (KeyMissing, KeyReused, KeyInProgress)
_STANDING = (*_CHANGE, NotFound, WebhookDeleted)


async def get_webhooks(seat: SeatDep, hub: HubDep, actor: ActorDep) -> Webhooks:
    """The seat's webhooks as the caller may handle them."""
    return Webhooks(seat, hub.log, actor)


WebhooksDep = Annotated[Webhooks, Depends(get_webhooks)]


@router.get("/webhooks", responses=responses())
def list_webhooks(webhooks: WebhooksDep, limit: Limit = 50, cursor: Cursor = None) -> Page[Webhook]:
    """Newest first."""
    return webhooks.list_page(cursor, limit)


@router.post(
    "/webhooks",
    status_code=201,
    response_model=Webhook,
    responses=responses(*_CHANGE, WebhookUrlRefused, TooManyWebhooks, EventTypeUnknown, CursorInvalid, EventOfOtherLog),
)
def create_webhook(
    seat: SeatDep, webhooks: WebhooksDep, change: ChangeDep, sight: SightDep, body: WebhookRequest
) -> Response:
    """Deliver events to an address, signed, in their order, each at least once. The answer shows the secret once."""
    secret, locked = Vault(seat.reading_key).make()
    return _once(change.carry_out(body, lambda: webhooks.plan_making(body, sight, secret, locked)), secret)


@router.get("/webhooks/{webhook_id}", responses=responses(NotFound))
def get_webhook(webhooks: WebhooksDep, webhook_id: Id) -> Webhook:
    """One webhook, how far it was delivered and what hinders it."""
    return webhooks.get(webhook_id)


@router.delete("/webhooks/{webhook_id}", status_code=201, response_model=Webhook, responses=responses(*_STANDING))
def delete_webhook(webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id) -> Response:
    """Deliver nothing more, for good."""
    return change.carry_out(None, lambda: webhooks.plan_status(webhook_id, "deleted"))


@router.post("/webhooks/{webhook_id}/pause", status_code=201, response_model=Webhook, responses=responses(*_STANDING))
def pause_webhook(webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id) -> Response:
    """Deliver nothing until it is resumed; nothing is lost meanwhile."""
    return change.carry_out(None, lambda: webhooks.plan_status(webhook_id, "paused"))


@router.post("/webhooks/{webhook_id}/resume", status_code=201, response_model=Webhook, responses=responses(*_STANDING))
def resume_webhook(webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id) -> Response:
    """Go on where it was paused or held; what was to be tried later is tried now."""
    return change.carry_out(None, lambda: webhooks.plan_status(webhook_id, "active"))


@router.post(
    "/webhooks/{webhook_id}/replay",
    status_code=201,
    response_model=Webhook,
    responses=responses(*_STANDING, CursorInvalid, EventOfOtherLog),
)
def replay_webhook(webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id, body: ReplayRequest) -> Response:
    """Deliver again everything behind an event, with the ids that it had."""
    return change.carry_out(body, lambda: webhooks.plan_replay(webhook_id, body))


@router.post("/webhooks/{webhook_id}/secrets", status_code=201, response_model=Webhook, responses=responses(*_STANDING))
def exchange_webhook_secret(
    seat: SeatDep, webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id, body: SecretRequest
) -> Response:
    """A new secret, shown once; until the old one ends, deliveries carry a signature of each."""
    secret, locked = Vault(seat.reading_key).make()
    return _once(change.carry_out(body, lambda: webhooks.plan_secret(webhook_id, body, locked)), secret)


@router.post("/webhooks/{webhook_id}/test", status_code=201, response_model=Delivered, responses=responses(*_STANDING))
def test_webhook(webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id) -> Response:
    """Post a `webhook.test` event now, and say what came of it."""
    return change.carry_out(None, lambda: webhooks.plan_test(webhook_id))


@router.get("/webhooks/{webhook_id}/dead-letters", responses=responses(NotFound, CursorInvalid))
def list_dead_letters(
    webhooks: WebhooksDep, webhook_id: Id, limit: Limit = 50, cursor: Cursor = None
) -> Page[DeadLetterResource]:
    """Events that the address did not take, oldest first."""
    return webhooks.dead_letters(webhook_id, cursor, limit)


@router.post(
    "/webhooks/{webhook_id}/dead-letters/redeliveries",
    status_code=201,
    response_model=Webhook,
    responses=responses(*_STANDING, CursorInvalid, EventOfOtherLog),
)
def redeliver_dead_letters(
    webhooks: WebhooksDep, change: ChangeDep, webhook_id: Id, body: RedeliveryRequest
) -> Response:
    """Deliver dead letters once more, before anything newer; what fails again stays a dead letter."""
    return change.carry_out(body, lambda: webhooks.plan_redelivery(webhook_id, body))


def _once(response: Response, secret: str) -> Response:
    """The first answer with the secret, which is stored nowhere readable, so that a repeated answer has none."""
    if response.status_code != 201 or "Idempotency-Replayed" in response.headers:
        return response
    body = json.loads(bytes(response.body))
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return JSONResponse({**body, "secret": secret}, status_code=201, headers=headers)
