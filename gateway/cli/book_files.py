"""Files of book cases: a JSON list of objects that each carry an `id`. Numbers are read as decimals, not floats."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

from chain.errors import ExitCode, LedgerError
from chain.schedules.book.json_terms import Terms


class BookUnreadable(LedgerError):
    """The file is missing, is not JSON, or is not a list of cases with ids of their own."""

    code: ClassVar[str] = "schedule.book_unreadable"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.INVALID
    en: ClassVar[str] = "{path} can't be read as a book: {reason}. Expected a JSON list of cases, each with its own id."
    zh: ClassVar[str] = "无法将 {path} 读作贷款册：{reason}。应为案例的 JSON 列表，每个案例有各自的 id。"


def read_book(path: Path) -> list[Terms]:
    """The cases of a file. Raises BookUnreadable."""
    try:
        cases = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise BookUnreadable(path=path, reason=error) from None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise BookUnreadable(path=path, reason="it is no list of objects")
    ids = [case.get("id") for case in cases]
    if not all(isinstance(case, str) for case in ids) or len(set(ids)) != len(ids):
        raise BookUnreadable(path=path, reason="an id is missing or stands twice")
    return cases
