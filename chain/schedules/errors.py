"""The base of every error of the schedule package: same shape as the product's errors, importing nothing of the rest.

A subclass sets `code`, `status`, `exit_code`, `en` and `zh`; the texts are format strings over the keyword arguments
the error was raised with, which stay readable in `params`. Outer layers show these errors as they show their own.
"""

from __future__ import annotations

from typing import ClassVar, Literal

Language = Literal["en", "zh"]


class ScheduleError(Exception):
    """Base of all errors of `chain.schedules`. exit_code: 1 invalid input, 2 usage, 3 partial, 4 environment."""

    code: ClassVar[str] = "schedules.invalid"
    status: ClassVar[int] = 422
    exit_code: ClassVar[int] = 1
    en: ClassVar[str] = "The schedule can't be computed: {reason}."
    zh: ClassVar[str] = "无法计算还款计划：{reason}。"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.message("en"))

    def message(self, language: Language = "en") -> str:
        """The text in `language`, with the values filled in."""
        return (self.en if language == "en" else self.zh).format(**self.params)

    def __reduce__(self) -> tuple[object, tuple[type[ScheduleError], dict[str, object]]]:
        return (_rebuild, (type(self), self.params))


def _rebuild(kind: type[ScheduleError], params: dict[str, object]) -> ScheduleError:
    return kind(**params)


class TermUnsupported(ScheduleError):
    """A term, or a value of a term, that the engine does not compute. `term` is its name as the caller wrote it."""

    code = "schedules.term_unsupported"
    en = "The term {term} with the value {value} is not supported; nothing was computed."
    zh = "不支持条款 {term} 的取值 {value}，未作任何计算。"


class TermInvalid(ScheduleError):
    """A term whose value is missing, malformed or contradicts another term."""

    code = "schedules.term_invalid"
    en = "The term {term} is invalid: {reason}."
    zh = "条款 {term} 无效：{reason}。"
