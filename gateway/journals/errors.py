"""Errors of reading journals from a node."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class LogsIncomplete(LedgerError):
    """The logs say that money met a claim of the bank, but not of which loan: some of them are missing."""

    code = "journal.logs_incomplete"
    status = 502
    exit_code = ExitCode.ENVIRONMENT
    en = "Transaction {tx} met claims of the bank with {amount} minor units that belong to no loan in the node's logs."
    zh = "交易 {tx} 以 {amount}（最小货币单位）清偿银行债权，但节点日志中找不到对应借款。"


class StatementsDiffer(LedgerError):
    """The bank's journal and an account statement say different closing balances of a day."""

    code = "journal.statements_differ"
    exit_code = ExitCode.INVALID
    en = "On {day} the account statement closes with {statement} and the bank's journal with {journal}."
    zh = "{day} 对账单期末余额为 {statement}，银行日记账为 {journal}。"
