"""Requests that are refused for their form before anything is made of them."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.errors import GatewayError


class RequestTooSlow(GatewayError):
    code = "request.too_slow"
    status = 408
    exit_code = ExitCode.USAGE
    en = "The request's body did not arrive within {seconds} seconds. Send it again, with the same Idempotency-Key."
    zh = "请求正文未在 {seconds} 秒内到达。请使用相同的 Idempotency-Key 重新发送。"


class EncodingNotTaken(GatewayError):
    code = "request.encoding_not_taken"
    status = 415
    exit_code = ExitCode.USAGE
    en = "Bodies are taken as they are, not with Content-Encoding '{encoding}'. Send the body uncompressed."
    zh = "不接受 Content-Encoding“{encoding}”的正文。请发送未压缩的正文。"


class RequestTooDeep(GatewayError):
    code = "request.too_deep"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The JSON of the request is nested too deeply. No request of this API needs more than a few levels."
    zh = "请求的 JSON 嵌套过深。本接口的请求只需少数层级。"
