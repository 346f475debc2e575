"""Every error of the product: its code, HTTP status, exit code and its text in English and Chinese.

An error is a class. Its text says what was wrong, what was expected and what to do; the values come from the keyword
arguments it was raised with, which are kept in `params`. Packages declare their own subclasses in their `errors.py`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, ClassVar, Literal

Language = Literal["en", "zh"]


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    INVALID = 1  # not reconciled, or the input is invalid
    USAGE = 2
    PARTIAL = 3
    ENVIRONMENT = 4


class LedgerError(Exception):
    """Base of all errors shown to a user. `en` and `zh` are format strings over the keyword arguments."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    exit_code: ClassVar[ExitCode] = ExitCode.INVALID
    en: ClassVar[str] = "Something inside failed: {reason}. This is a defect; please report it."
    zh: ClassVar[str] = "内部错误：{reason}。这是一个缺陷，请报告。"

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.message("en"))

    def message(self, language: Language = "en") -> str:
        """The text in `language`, with the values filled in."""
        return (self.en if language == "en" else self.zh).format(**self.params)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.params))


def _rebuild(kind: type[LedgerError], params: dict[str, Any]) -> LedgerError:
    return kind(**params)
