"""Errors of setting up the ledger on a chain."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class DeploymentFailed(LedgerError):
    code = "deployment.failed"
    exit_code = ExitCode.ENVIRONMENT
    en = "Setting up the ledger failed at {step}: {reason}. Nothing uses the half-made deployment; start again."
    zh = "账本部署在 {step} 失败：{reason}。未完成的部署不会被使用；请重新开始。"
