"""Errors of the journal, each with its text in English and Chinese."""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class JournalError(Exception):
    """Base of the journal's errors, of the same shape as the product's: texts are formats over its values."""

    code: ClassVar[str]
    status: ClassVar[int] = 422
    exit_code: ClassVar[int] = 1
    en: ClassVar[str]
    zh: ClassVar[str]

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.message("en"))

    def message(self, language: Language = "en") -> str:
        """The text in `language`, with the values filled in."""
        return (self.en if language == "en" else self.zh).format(**self.params)


class JournalUnbalanced(JournalError):
    """An entry whose debits and credits differ: a defect, never the data's fault."""

    code = "journal.unbalanced"
    status = 500
    en = "The entry {what} of {day} debits {debits} and credits {credits} minor units."
    zh = "{day} 的分录 {what} 借方 {debits}、贷方 {credits}（最小货币单位），不平。"


class MemberUnknown(JournalError):
    code = "journal.member_unknown"
    exit_code = 2
    en = "There is no journal of {member}; there are those of {known}."
    zh = "没有 {member} 的日记账；可选：{known}。"


class PaymentUnknown(JournalError):
    """A correction names a payment that no event before it posted."""

    code = "journal.payment_unknown"
    en = "Loan {loan} has no payment with the number {seq} that still counts."
    zh = "借款 {loan} 没有编号为 {seq} 且仍有效的还款。"
