"""Errors of the gateway itself; those of the chain and the bank files are declared where they arise."""

from __future__ import annotations

from chain.errors import ExitCode, LedgerError


class GatewayError(LedgerError):
    """Base of the gateway's own errors."""

    code = "gateway.error"
    status = 500
    exit_code = ExitCode.ENVIRONMENT


class TokenMissing(GatewayError):
    code = "auth.token_missing"
    status = 401
    en = "No bearer token was given. Send 'Authorization: Bearer <token>'."
    zh = "未提供访问令牌。请发送 'Authorization: Bearer <token>'。"


class TokenUnknown(GatewayError):
    code = "auth.token_unknown"
    status = 401
    en = "The bearer token is not known at this seat. Ask the seat's operator for one."
    zh = "本席位不认识该访问令牌。请向席位运营方申请。"


class SeatNotAllowed(GatewayError):
    code = "seat.not_allowed"
    status = 403
    exit_code = ExitCode.INVALID
    en = "The seat '{seat}' ({role}) may not call {contract}.{function}; the role table gives that to another role."
    zh = "席位“{seat}”（{role}）无权调用 {contract}.{function}；角色表将其授予其他角色。"


class KeyNotAllowed(GatewayError):
    code = "seat.no_key"
    status = 403
    exit_code = ExitCode.INVALID
    en = "No key of the seat '{seat}' that may be used here signs {contract}.{function}; it needs the scope {scope}."
    zh = "席位“{seat}”没有可签署 {contract}.{function} 的密钥；需要权限范围 {scope}。"


class SigningRefused(GatewayError):
    code = "seat.signing_refused"
    status = 403
    exit_code = ExitCode.INVALID
    en = "The seat '{seat}' refuses to sign: {reason}."
    zh = "席位“{seat}”拒绝签名：{reason}。"


class RouteNotHere(GatewayError):
    code = "seat.no_such_service"
    status = 403
    exit_code = ExitCode.INVALID
    en = "The seat '{seat}' ({role}) does not offer this; ask the {expected}."
    zh = "席位“{seat}”（{role}）不提供该服务；请联系 {expected}。"


class NotFound(GatewayError):
    code = "resource.not_found"
    status = 404
    exit_code = ExitCode.INVALID
    en = "There is no {resource} '{id}'."
    zh = "不存在 {resource}“{id}”。"


class RouteUnknown(GatewayError):
    code = "request.route_unknown"
    status = 404
    exit_code = ExitCode.USAGE
    en = "There is nothing at {method} {path}; see /docs for what there is."
    zh = "{method} {path} 不存在；请参阅 /docs。"


class MethodNotAllowed(GatewayError):
    code = "request.method_not_allowed"
    status = 405
    exit_code = ExitCode.USAGE
    en = "{path} does not take {method}."
    zh = "{path} 不支持 {method}。"


class RequestInvalid(GatewayError):
    code = "request.invalid"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The request is not valid: {reason}."
    zh = "请求无效：{reason}。"


class RequestTooLarge(GatewayError):
    code = "request.too_large"
    status = 413
    exit_code = ExitCode.USAGE
    en = "The request is larger than {limit} bytes."
    zh = "请求超过 {limit} 字节。"


class KeyMissing(GatewayError):
    code = "idempotency.key_missing"
    status = 400
    exit_code = ExitCode.USAGE
    en = "The header Idempotency-Key is missing or malformed; every change needs a fresh one, 1 to 200 characters."
    zh = "缺少 Idempotency-Key 请求头；每次变更都需要一个 1 至 200 个可打印字符的唯一键。"


class KeyReused(GatewayError):
    code = "idempotency.key_reused"
    status = 422
    exit_code = ExitCode.USAGE
    en = "The Idempotency-Key '{key}' was used before with another request."
    zh = "Idempotency-Key“{key}”已用于另一请求。"


class KeyInProgress(GatewayError):
    code = "idempotency.in_progress"
    status = 409
    en = "A request with the Idempotency-Key '{key}' is still being handled; ask again."
    zh = "使用 Idempotency-Key“{key}”的请求仍在处理中；请稍后重试。"


class CursorInvalid(GatewayError):
    code = "request.cursor_invalid"
    status = 400
    exit_code = ExitCode.USAGE
    en = "The cursor '{cursor}' did not come from this list."
    zh = "游标“{cursor}”不属于该列表。"


class IndexBehind(GatewayError):
    code = "index.behind"
    status = 503
    en = "The index stands at block {indexed}, block {wanted} was asked for; ask again."
    zh = "索引位于区块 {indexed}，而请求要求区块 {wanted}；请重试。"


class IndexBroken(GatewayError):
    code = "index.history_broken"
    status = 500
    exit_code = ExitCode.INVALID
    en = "Entry {seq} of loan {loan} does not continue its history: {reason}. Compare this node with another."
    zh = "贷款 {loan} 的第 {seq} 条记录与其历史不连续：{reason}。请勿信任该节点，并与其他节点比对。"


class LoanUnreadable(GatewayError):
    code = "loan.unreadable"
    status = 409
    exit_code = ExitCode.INVALID
    en = "Entry {seq} of loan {id} can't be read ({reason}); only GET /v1/loans/{id}/history shows it, as recorded."
    zh = "贷款 {id} 的第 {seq} 条记录无法解读（{reason}）；仅可通过 GET /v1/loans/{id}/history 查看原始记录。"


class EarlyKindNotAgreed(GatewayError):
    code = "loan.early_not_agreed"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The terms of loan {loan} know no early repayment {kind}."
    zh = "贷款 {loan} 的条款未约定提前还款方式 {kind}。"


class CustomTableUnknown(GatewayError):
    code = "loan.custom_table_unknown"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The rows of the custom table {hash} of loan {loan} are neither kept here nor in the request to disburse it."
    zh = "贷款 {loan} 的自定义还款表 {hash} 既未在本席位保存，也不在放款请求中。"


class Dropped(GatewayError):
    code = "outbox.refused_by_node"
    status = 502
    en = "The node refused the signed transaction for good: {reason}."
    zh = "节点拒绝了已签名的交易：{reason}。"


class Reverted(GatewayError):
    code = "outbox.reverted"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The transaction {hash} was reverted in block {block} without a reason that this ledger knows."
    zh = "交易 {hash} 在区块 {block} 中被回滚，原因未知。"


class PredecessorFailed(GatewayError):
    code = "outbox.predecessor_failed"
    status = 409
    exit_code = ExitCode.INVALID
    en = "It was to follow transaction {transaction}, which failed."
    zh = "它须在交易 {transaction} 之后执行，而该交易已失败。"


class PartyExists(GatewayError):
    code = "party.exists"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The party reference '{reference}' or its address is registered already with other data."
    zh = "当事人编号“{reference}”或其地址已以其他数据登记。"


class SignerWrong(GatewayError):
    code = "order.signer_wrong"
    status = 422
    exit_code = ExitCode.INVALID
    en = (
        "{field} is no signature of {expected} over {digest}; its signer is {found}. Have {expected} sign the document "
        "that the route ending in :prepare gives for exactly these values."
    )
    zh = (
        "{field} 不是 {expected} 对 {digest} 的签名；实际签名者为 {found}。"
        "请由 {expected} 对以 :prepare 结尾的接口就相同内容返回的文档签名。"
    )


class ApprovalByProposer(GatewayError):
    code = "approval.same_person"
    status = 403
    exit_code = ExitCode.INVALID
    en = "'{principal}' proposed {id} and can't approve it too; another person has to."
    zh = "“{principal}”提出了 {id}，不能自行批准；须由另一人批准。"


class ProposalDecided(GatewayError):
    code = "proposal.decided"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The proposal {id} is {status} already."
    zh = "提案 {id} 的状态已为 {status}。"


class ProposalMoved(GatewayError):
    code = "proposal.moved"
    status = 409
    exit_code = ExitCode.INVALID
    en = "What {id} would send has changed since it was shown (action {shown}, now {now}). Look again, then approve."
    zh = "{id} 的内容自展示后已变化（操作 {shown}，现为 {now}）。请重新查看后再批准。"


class DayEndNotReady(GatewayError):
    code = "day_end.not_ready"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The day {through} can't be closed: {reason}."
    zh = "无法关闭 {through}：{reason}。"


class NothingToInstruct(GatewayError):
    code = "payout_instruction.empty"
    status = 409
    exit_code = ExitCode.INVALID
    en = "No payout or withdrawal is reserved, so there is nothing to instruct."
    zh = "没有已预留的放款或提现，无需发送付款指令。"


class PayeeUnknown(GatewayError):
    code = "payout_instruction.payee_unknown"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The bank has no payout account for {address}, the payee of {payout}; register the party with its account."
    zh = "银行没有 {payout} 的收款人 {address} 的账户；请先登记其收款账户。"


class PayoutsNotInstructed(GatewayError):
    code = "payout_instruction.not_instructed"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The payment order {id} is {status}; its file goes to the bank only once all its payouts are instructed."
    zh = "付款指令 {id} 的状态为 {status}；所有放款在账本上登记后方可取得文件。"


class DocumentUnreadable(GatewayError):
    code = "document.no_grant"
    status = 404
    exit_code = ExitCode.INVALID
    en = "This seat holds no grant for document '{id}'; ask the seat that stored it to grant reading to {seat}."
    zh = "本席位没有文档“{id}”的阅读授权；请向存储方为 {seat} 申请授权。"


class SettingsInvalid(GatewayError):
    code = "settings.invalid"
    exit_code = ExitCode.ENVIRONMENT
    en = "The settings of seat '{seat}' in {path} can't be used: {reason}."
    zh = "席位“{seat}”的配置 {path} 不可用：{reason}。"


class CorrectionImpossible(GatewayError):
    code = "correction.impossible"
    status = 409
    exit_code = ExitCode.INVALID
    en = "Loan {loan} can't be corrected so: {reason}."
    zh = "无法如此更正贷款 {loan}：{reason}。"


class NotInSuspense(GatewayError):
    code = "suspense.not_there"
    status = 409
    exit_code = ExitCode.INVALID
    en = "The entry {entry} is not in suspense; it is {posting}."
    zh = "第 {entry} 笔不在挂账中；其状态为 {posting}。"
