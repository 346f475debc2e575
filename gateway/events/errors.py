"""Errors of reading the event log."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.errors import GatewayError


class EventTypeUnknown(GatewayError):
    code = "event.type_unknown"
    status = 422
    exit_code = ExitCode.USAGE
    en = "There is no event type '{type}'; GET /v1/event-types lists all. '<group>.*' stands for a whole group."
    zh = "不存在事件类型“{type}”；GET /v1/event-types 列出全部类型。“<组>.*”表示整组。"


class EventOfOtherLog(GatewayError):
    code = "event.other_log"
    status = 410
    exit_code = ExitCode.INVALID
    en = "The event '{event}' is of another log; this seat's log is '{log}'. Begin anew with after=start or after=now."
    zh = "事件“{event}”属于另一日志；本席位的日志为“{log}”。请以 after=start 或 after=now 重新开始。"


class TooManyStreams(GatewayError):
    code = "event.too_many_streams"
    status = 503
    en = "This gateway serves {limit} event streams already. Close one, or read GET /v1/events page by page."
    zh = "本网关已有 {limit} 个事件流。请关闭其中之一，或分页读取 GET /v1/events。"
