"""Why a bank file is refused. Every refusal is of the whole file and names the line, entry or figure at fault."""

from __future__ import annotations

from typing import ClassVar

from chain.errors import LedgerError


class BankFileError(LedgerError):
    """Base of every refusal of a bank file."""

    code: ClassVar[str] = "bank.file_refused"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "The bank file is refused: {reason}."
    zh: ClassVar[str] = "银行文件被拒绝：{reason}。"


class FileTooLarge(BankFileError):
    code = "bank.file_too_large"
    status = 413
    en = "The file has {size} bytes; at most {limit} are accepted. Ask the bank for a file per day."
    zh = "文件大小为 {size} 字节，上限为 {limit} 字节。请银行按日提供文件。"


class ForbiddenXml(BankFileError):
    code = "bank.xml_forbidden"
    en = "Line {line}: {construct} is not allowed in a bank file (document types and entities are refused unread)."
    zh = "第 {line} 行：银行文件不允许包含 {construct}（文档类型与实体一律拒绝）。"


class MalformedXml(BankFileError):
    code = "bank.xml_malformed"
    en = "Line {line}, column {column}: not well-formed XML: {reason}."
    zh = "第 {line} 行第 {column} 列：XML 格式错误：{reason}。"


class WrongMessageType(BankFileError):
    code = "bank.message_type"
    en = "Line {line}: the file is {found}; expected {expected}."
    zh = "第 {line} 行：文件类型为 {found}，应为 {expected}。"


class SchemaViolation(BankFileError):
    code = "bank.schema"
    en = "Line {line}: {path}: {reason}."
    zh = "第 {line} 行：{path}：{reason}。"


class SeveralStatements(BankFileError):
    code = "bank.several_statements"
    en = "Line {line}: the file holds {count} statements; one file carries exactly one account statement."
    zh = "第 {line} 行：文件含 {count} 份对账单；一个文件只能包含一份。"


class IncompletePages(BankFileError):
    code = "bank.pages_incomplete"
    en = "Line {line}: this is page {page} of a statement in several pages; ask the bank for the whole in one file."
    zh = "第 {line} 行：这是分页对账单的第 {page} 页；请银行提供单个完整文件。"


class MissingInStatement(BankFileError):
    code = "bank.statement_incomplete"
    en = "Line {line}: the statement lacks {what}."
    zh = "第 {line} 行：对账单缺少 {what}。"


class RepeatedInStatement(BankFileError):
    code = "bank.statement_ambiguous"
    en = "Line {line}: the statement gives {what} more than once."
    zh = "第 {line} 行：对账单重复给出 {what}。"


class MalformedAmount(BankFileError):
    code = "bank.amount_malformed"
    en = "Line {line}, {where}: {amount!r} is no amount; expected digits with at most two decimals, such as 5000.00."
    zh = "第 {line} 行，{where}：{amount!r} 不是有效金额；应为最多两位小数的数字，例如 5000.00。"


class AmountTooPrecise(BankFileError):
    code = "bank.amount_too_precise"
    en = "Line {line}, {where}: {amount} has more than two decimals."
    zh = "第 {line} 行，{where}：{amount} 的小数超过两位。"


class NegativeAmount(BankFileError):
    code = "bank.amount_negative"
    en = "Line {line}, {where}: {amount} is negative; the direction belongs in CdtDbtInd."
    zh = "第 {line} 行，{where}：{amount} 为负数；方向应由 CdtDbtInd 表示。"


class WrongCurrency(BankFileError):
    code = "bank.currency"
    en = "Line {line}, {where}: currency {found}, expected {expected}."
    zh = "第 {line} 行，{where}：币种为 {found}，应为 {expected}。"


class MissingEntryReference(BankFileError):
    code = "bank.entry_without_reference"
    en = "Line {line}, entry {entry}: no AcctSvcrRef; an entry without the bank's reference can't be booked once only."
    zh = "第 {line} 行，第 {entry} 笔：缺少 AcctSvcrRef；没有银行流水号无法保证只入账一次。"


class MissingEntryDate(BankFileError):
    code = "bank.entry_without_date"
    en = "Line {line}, entry {entry}: no {what}."
    zh = "第 {line} 行，第 {entry} 笔：缺少 {what}。"


class DuplicateEntryReference(BankFileError):
    code = "bank.entry_duplicate"
    en = "Line {line}, entry {entry}: reference {reference} already stands at entry {first} of the same file."
    zh = "第 {line} 行，第 {entry} 笔：流水号 {reference} 与本文件第 {first} 笔重复。"


class UnknownEntryStatus(BankFileError):
    code = "bank.entry_status"
    en = "Line {line}, entry {entry}: status {found!r}; expected BOOK, PDNG or INFO."
    zh = "第 {line} 行，第 {entry} 笔：状态 {found!r} 未知；应为 BOOK、PDNG 或 INFO。"


class BookedAfterStatement(BankFileError):
    code = "bank.entry_booked_later"
    en = "Line {line}, entry {entry}: booked on {found}, after the statement's day {expected}."
    zh = "第 {line} 行，第 {entry} 笔：入账日 {found} 晚于对账单日期 {expected}。"


class BalanceMismatch(BankFileError):
    code = "bank.balance_mismatch"
    en = "Opening {opening} plus booked entries {entry_sum} is {expected}, but closing says {found} (line {line})."
    zh = "期初余额 {opening} 加已入账合计 {entry_sum} 应为 {expected}，但期末余额为 {found}（第 {line} 行）。"


class DetailsMismatch(BankFileError):
    code = "bank.details_mismatch"
    en = "Line {line}, entry {entry}: its transactions add up to {found}, but its amount is {expected}."
    zh = "第 {line} 行，第 {entry} 笔：明细合计为 {found}，而金额为 {expected}。"


class OpeningMismatch(BankFileError):
    code = "bank.opening_mismatch"
    en = "Statement {sequence} opens with {found}, but the balance posted before is {expected}."
    zh = "第 {sequence} 号对账单期初余额为 {found}，而已记账的上期余额为 {expected}。"


class ForeignAccount(BankFileError):
    code = "bank.foreign_account"
    en = "The statement is of account {found}; expected the custody account {expected}."
    zh = "对账单账户为 {found}；应为托管账户 {expected}。"


class SequenceGap(BankFileError):
    code = "bank.sequence_gap"
    status = 409
    en = "The statement has number {found}; the next to post is {expected}. Post the missing ones first."
    zh = "对账单序号为 {found}；下一份应为 {expected}。请先提交缺失的对账单。"


class SequenceRepeated(BankFileError):
    code = "bank.sequence_repeated"
    status = 409
    en = "Statement {sequence} was posted before from another file (SHA-256 {posted}); this file has {found}."
    zh = "第 {sequence} 号对账单已由另一文件记账（SHA-256 {posted}）；本文件为 {found}。"


class StatementDateNotLater(BankFileError):
    code = "bank.statement_date"
    status = 409
    en = "Statement {sequence} closes {found}, but the day {last} is posted already; days only move forward."
    zh = "第 {sequence} 号对账单日期为 {found}，但 {last} 已记账；日期只能向前。"


class EntryAlreadyPosted(BankFileError):
    code = "bank.entry_already_posted"
    status = 409
    en = "Entry {entry} with reference {reference} was posted already from statement {sequence}."
    zh = "第 {entry} 笔（流水号 {reference}）已由第 {sequence} 号对账单记账。"


class InvalidInstruction(BankFileError):
    code = "bank.instruction_invalid"
    en = "Payment instruction {instruction}: {reason}."
    zh = "付款指令 {instruction}：{reason}。"
