"""What can be wrong with an audit log, and with asking for it."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class AuditBroken(LedgerError):
    code = "audit.broken"
    status = 500
    exit_code = ExitCode.INVALID
    en = (
        "The audit log of the seat '{seat}' does not lead to its newest anchor on chain: record {record} is missing or "
        "another one. Nothing is anchored until that is cleared up; run `loan-ledger audit verify`."
    )
    zh = (
        "席位“{seat}”的审计日志与链上最新锚定不符：第 {record} 条记录缺失或已变。"
        "在查明之前不再锚定；请运行 `loan-ledger audit verify`。"
    )


class AuditNotAnchoring(LedgerError):
    code = "audit.no_member"
    status = 409
    exit_code = ExitCode.USAGE
    en = "The seat '{seat}' acts for no member of the consortium, so its audit log has no anchors to compare with."
    zh = "席位“{seat}”不代表任何联盟成员，其审计日志没有可供比对的锚定。"


class AuditFileInvalid(LedgerError):
    code = "audit.file_invalid"
    status = 422
    exit_code = ExitCode.USAGE
    en = "{path}, line {line}: {reason}. Expected an export made by `loan-ledger audit export`."
    zh = "{path} 第 {line} 行：{reason}。应为 `loan-ledger audit export` 的导出文件。"


class AuditOptionsMissing(LedgerError):
    code = "audit.options_missing"
    exit_code = ExitCode.USAGE
    en = "It is not said which audit log is meant: {needed}."
    zh = "未说明审计日志：{needed}。"
