"""Errors of the ledger library: what nodes answer, and what contracts refuse.

A contract's custom error becomes a `ContractError` whose code is `contract.<ErrorName>` and whose values are kept by
name; its texts stand in `contract_errors.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from chain.errors import ExitCode, Language, LedgerError


class NodeUnreachable(LedgerError):
    code = "node.unreachable"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The node at {url} does not answer ({reason}). Check that it runs; the request can be repeated."
    zh = "节点 {url} 没有应答（{reason}）。请检查节点是否运行；请求可以重试。"


class NodeRefused(LedgerError):
    code = "node.refused"
    status = 502
    exit_code = ExitCode.ENVIRONMENT
    en = "The node refused the request: {reason}."
    zh = "节点拒绝了请求：{reason}。"


class NonceTooLow(LedgerError):
    code = "node.nonce_too_low"
    status = 503
    en = "The transaction's nonce was used already ({reason}); it will be assigned again."
    zh = "交易序号已被使用（{reason}）；将重新分配。"


class AlreadyKnown(LedgerError):
    code = "node.already_known"
    status = 503
    en = "The node has this transaction already ({reason})."
    zh = "节点已有此交易（{reason}）。"


class Underpriced(LedgerError):
    code = "node.underpriced"
    status = 503
    en = "The transaction's fee is below what the node accepts ({reason}); it will be sent again with a higher one."
    zh = "交易费低于节点要求（{reason}）；将提高后重新发送。"


class InsufficientFunds(LedgerError):
    code = "node.insufficient_funds"
    status = 503
    exit_code = ExitCode.ENVIRONMENT
    en = "The seat's key cannot pay for gas ({reason}). Fund it and repeat."
    zh = "席位密钥余额不足以支付燃料费（{reason}）。请充值后重试。"


class NotMined(LedgerError):
    code = "node.not_mined"
    status = 504
    exit_code = ExitCode.ENVIRONMENT
    en = "The transaction {tx} was not mined within {seconds} s; it may still come. Look for it before repeating."
    zh = "交易 {tx} 在 {seconds} 秒内未被打包，仍可能稍后打包。重试前请先查询。"


class ExecutionReverted(LedgerError):
    """`data` is the revert data; decode it with `Contracts.decode_error`."""

    code = "node.reverted"
    status = 409
    en = "The call was refused on chain without a known reason (data {data})."
    zh = "链上拒绝了此调用，原因未知（数据 {data}）。"


class HistoryBroken(LedgerError):
    code = "history.broken"
    status = 500
    en = "Loan {loan}: history entry {seq} does not follow from the one before: expected {expected}, found {found}."
    zh = "贷款 {loan}：第 {seq} 条历史记录与前一条不衔接：应为 {expected}，实为 {found}。"


class PayloadUnreadable(LedgerError):
    code = "history.unreadable"
    status = 500
    en = "Loan {loan}: the payload of history entry {seq} is not what its kind says ({reason})."
    zh = "贷款 {loan}：第 {seq} 条历史记录的内容与其类别不符（{reason}）。"


class FieldInvalid(LedgerError):
    """A value that does not fit its field; `field` is the path to it."""

    code = "field.invalid"
    status = 422
    en = "The field {field} is {given}; expected {expected}."
    zh = "字段 {field} 为 {given}；应为 {expected}。"


class OrderInvalid(FieldInvalid):
    code = "order.invalid"
    en = "The order's field {field} is {given}; expected {expected}."
    zh = "指令字段 {field} 为 {given}；应为 {expected}。"


class TermsInvalid(FieldInvalid):
    code = "terms.invalid"
    en = "The terms' field {field} is {given}; expected {expected}."
    zh = "条款字段 {field} 为 {given}；应为 {expected}。"


class ConsortiumFileInvalid(LedgerError):
    code = "consortium.file_invalid"
    status = 500
    exit_code = ExitCode.ENVIRONMENT
    en = "{path} is not a valid consortium file: {reason}. Restore it from a member you trust."
    zh = "{path} 不是有效的联盟文件：{reason}。请从可信成员处恢复。"


class ConsortiumMismatch(LedgerError):
    code = "consortium.mismatch"
    status = 500
    exit_code = ExitCode.ENVIRONMENT
    en = "The consortium on chain is not the one in the file: {what} is {found}, expected {expected}. Sign nothing."
    zh = "链上联盟与文件不符：{what} 为 {found}，应为 {expected}。请勿签署。"


class ContractError(LedgerError):
    """A contract's custom error. `name` is the Solidity error, `params` its values by name."""

    status = 409

    def __init__(self, name: str, values: Mapping[str, Any]) -> None:
        self.name = name
        self.code = f"contract.{name}"  # type: ignore[misc]
        text = _texts().get(name)
        listed = ", ".join(f"{key}={value}" for key, value in values.items())
        self.en = text["en"] if text else f"The contract refused: {name}({{listed}})."  # type: ignore[misc]
        self.zh = text["zh"] if text else f"合约拒绝：{name}（{{listed}}）。"  # type: ignore[misc]
        if text and "status" in text:
            self.status = int(text["status"])  # type: ignore[misc]
        super().__init__(**{**values, "listed": listed})
        self.params = dict(values)
        self._listed = listed

    def message(self, language: Language = "en") -> str:
        """The text in `language`, with the values filled in."""
        text = self.en if language == "en" else self.zh
        return text.format(**{**self.params, "listed": getattr(self, "_listed", self.params.get("listed", ""))})

    def __reduce__(self) -> tuple[Any, ...]:
        return (ContractError, (self.name, self.params))


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    raw: Mapping[str, Mapping[str, str]] = tomllib.loads(
        files("chain.ledger").joinpath("contract_errors.toml").read_text("utf-8")
    )
    return raw


def contract_error_texts() -> Mapping[str, Mapping[str, str]]:
    """Texts of the contracts' errors by Solidity name; a test holds them complete against the ABI manifest."""
    return _texts()
