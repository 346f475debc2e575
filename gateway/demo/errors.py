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


class PayoutFailed(LedgerError):
    code = "demo.payout_failed"
    en = "The payout of {loan} could not be instructed on the ledger: {problem} ({problem_code})."
    zh = "{loan} 的放款未能在账本上登记：{problem}（{problem_code}）。"


class NodeGone(LedgerError):
    code = "demo.node_gone"
    exit_code = ExitCode.ENVIRONMENT
    en = "The node at {url} did not give {what} within {seconds} s: {problem}."
    zh = "节点 {url} 在 {seconds} 秒内没有给出 {what}：{problem}。"


class StepTooLong(LedgerError):
    code = "demo.step_too_long"
    exit_code = ExitCode.ENVIRONMENT
    en = "{what} did not happen within {seconds} s. See the logs with `loan-ledger network logs`."
    zh = "{what} 在 {seconds} 秒内没有完成。请用 `loan-ledger network logs` 查看日志。"
