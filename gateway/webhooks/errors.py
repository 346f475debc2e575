"""Errors of webhooks."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.errors import GatewayError


class WebhookUrlRefused(GatewayError):
    code = "webhook.url_refused"
    status = 422
    exit_code = ExitCode.USAGE
    en = "Webhooks are not delivered to {url}: {reason}."
    zh = "不能向 {url} 投递 webhook：{reason}。"


class TooManyWebhooks(GatewayError):
    code = "webhook.too_many"
    status = 409
    exit_code = ExitCode.INVALID
    en = "There are {limit} webhooks already, as many as this seat's settings allow. Delete one that is not needed."
    zh = "webhook 已达本席位设置的上限 {limit} 个。请删除不再需要的。"


class WebhookDeleted(GatewayError):
    code = "webhook.deleted"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The webhook {id} was deleted; make a new one."
    zh = "webhook {id} 已删除；请新建。"
