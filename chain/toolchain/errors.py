"""What can go wrong while finding or installing the programs the product needs."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class ToolchainError(LedgerError):
    """Base of the errors of this package: something about the machine, not about a loan."""

    code = "toolchain.error"
    status = 500
    exit_code = ExitCode.ENVIRONMENT


class UnknownTool(ToolchainError):
    """A program was asked for that the product does not use."""

    code = "toolchain.unknown_tool"
    en = "'{name}' is not one of the product's programs; expected one of: {known}."
    zh = "“{name}”不是本产品使用的程序；可用的有：{known}。"


class ToolMissing(ToolchainError):
    """A program the product uses is not installed."""

    code = "toolchain.missing"
    en = "{name} {version} is not installed (looked at {path}); run ./scripts/loan-ledger setup {component}."
    zh = "未安装 {name} {version}（查找位置：{path}）；请运行 ./scripts/loan-ledger setup {component}。"


class PlatformUnsupported(ToolchainError):
    """There is no build of the programs for this operating system or processor."""

    code = "toolchain.platform"
    en = "{name} is published for Linux on x86-64 only, this machine is {platform}; use such a machine or container."
    zh = "{name} 仅提供 Linux x86-64 版本，而本机是 {platform}；请使用该类机器或容器。"


class PrerequisiteMissing(ToolchainError):
    """The machine lacks something the set-up cannot install itself."""

    code = "toolchain.prerequisite"
    en = "{what}; {remedy}."
    zh = "缺少前提条件：{what}；{remedy}。"


class StepFailed(ToolchainError):
    """One step of the set-up ended with an error."""

    code = "toolchain.step_failed"
    en = "The set-up step '{step}' failed: {reason}; its output is in {log}. Correct that, then run the command again."
    zh = "安装步骤“{step}”失败：{reason}。输出见 {log}。请解决后重新运行同一命令。"
