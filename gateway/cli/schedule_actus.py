"""`loan-ledger schedule --actus CASES.json --out RESULTS.json`: the file form of the exact ACTUS engine.

Reads a JSON object of cases by id and writes one of results by id: a list of events, or `{"error": ...}` that names the
term. Numbers are read as decimals, never through a binary float. The results file appears whole or not at all.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from chain.errors import ExitCode, LedgerError
from chain.schedules import batch
from gateway.cli.output_files import write_output


class CasesUnreadable(LedgerError):
    """The file of cases is missing, is not JSON, or is not an object of cases by id."""

    code: ClassVar[str] = "schedule.cases_unreadable"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.INVALID
    en: ClassVar[str] = "{path} can't be read as cases: {reason}. Expected a JSON object of cases by id."
    zh: ClassVar[str] = "无法将 {path} 读作案例文件：{reason}。应为以案例编号为键的 JSON 对象。"


def run_actus(cases: Path, out: Path) -> ExitCode:
    """Compute every case of `cases` into `out`. OK if all were computed, PARTIAL if some answer with an error.

    Raises CasesUnreadable, before `out` is touched, and OutputUnwritable.
    """
    given = read_cases(cases)
    texts = batch.result_texts(given.values())
    members = (f"{json.dumps(name)}: {text}" for name, text in zip(given, texts, strict=True))
    write_output(out, "{\n" + ",\n".join(members) + "\n}\n")
    return ExitCode.PARTIAL if any(text.startswith("{") for text in texts) else ExitCode.OK


def read_cases(path: Path) -> dict[str, object]:
    """The cases by id. Raises CasesUnreadable, also for a name given twice in one object."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        cases = json.loads(text, parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_unique_names)
    except (OSError, ValueError, RecursionError) as error:
        raise CasesUnreadable(path=path, reason=error) from None
    if not isinstance(cases, dict):
        raise CasesUnreadable(path=path, reason="its top level is no object")
    return cases


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f"the name {twice} stands twice in one object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")
