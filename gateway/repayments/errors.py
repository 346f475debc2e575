"""What can be wrong with a repayment before the ledger is asked."""

from __future__ import annotations

from chain.errors import ExitCode
from gateway.errors import GatewayError


class EntryBooked(GatewayError):
    code = "repayment.entry_booked"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The bank entry {statement}/{entry} is booked already, as {what}. Each entry counts once; look at that one."
    zh = "银行分录 {statement}/{entry} 已登记为 {what}。每笔分录只能使用一次；请查看已有记录。"


class StatementTaken(GatewayError):
    code = "repayment.statement_taken"
    status = 409
    exit_code = ExitCode.INVALID
    en = (
        "The account statement {statement} was taken in already (the last one is {last}), so its entries are posted "
        "from there. Book only entries of statements still to come."
    )
    zh = "对账单 {statement} 已入账（最新为 {last}），其分录由对账单过账。只能登记尚未出具的对账单的分录。"


class RepaymentWithdrawn(GatewayError):
    code = "repayment.withdrawn"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The repayment needs a second person, and its proposal {id} was withdrawn."
    zh = "该还款需第二人批准，而提案 {id} 已撤回。"


class RepaymentsUnderWay(GatewayError):
    code = "repayment.under_way"
    status = 409
    exit_code = ExitCode.INVALID
    en = (
        "{count} repayments booked by entries of the account statement {statement} are not final yet. Post the "
        "statement again when they are."
    )
    zh = "对账单 {statement} 的 {count} 笔还款尚未最终确认。请待其确认后再提交该对账单。"


class EntryDiffers(GatewayError):
    code = "repayment.entry_differs"
    status = 409
    exit_code = ExitCode.INVALID
    en = (
        "The account statement says of the entry {statement}/{entry}: {said}; it was booked before as {booked}. The "
        "ledger holds what was booked: correct the loan by a reversal."
    )
    zh = "对账单分录 {statement}/{entry} 为：{said}；而此前登记为 {booked}。账本以登记为准：请通过冲正更正该贷款。"


class NotStated(GatewayError):
    code = "repayment.not_stated"
    status = 409
    exit_code = ExitCode.INVALID
    en = (
        "The account statement {statement} has no entry {entry}, by which this repayment was booked: the money is not "
        "there. Find out why at the bank, and correct the loan by a reversal."
    )
    zh = "对账单 {statement} 中没有分录 {entry}，而该还款据此登记：资金不存在。请向银行查明原因，并通过冲正更正该贷款。"
