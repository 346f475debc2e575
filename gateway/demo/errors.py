"""Errors of the demo."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class GatewayAnswered(LedgerError):
    """A gateway's problem answer, passed on as it came."""

    code = "demo.gateway_answered"
    en = "The {seat} gateway refused {request}: {problem} ({problem_code})."
    zh = "{seat} 网关拒绝了 {request}：{problem}（{problem_code}）。"


class GatewayGone(LedgerError):
    code = "demo.gateway_gone"
    exit_code = ExitCode.ENVIRONMENT
    en = "The {seat} gateway did not answer {request} for {seconds} s. See its log with `loan-ledger network logs`."
    zh = "{seat} 网关在 {seconds} 秒内没有应答 {request}。请用 `loan-ledger network logs` 查看日志。"


class StepTooLong(LedgerError):
    code = "demo.step_too_long"
    exit_code = ExitCode.ENVIRONMENT
    en = "{what} did not happen within {seconds} s. See the logs with `loan-ledger network logs`."
    zh = "{what} 在 {seconds} 秒内没有完成。请用 `loan-ledger network logs` 查看日志。"
