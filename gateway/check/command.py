"""`loan-ledger gateway check`, and the part of it that a gateway runs before it starts.

Exit codes: 0 nothing but warnings, 1 errors, 2 usage, 4 the settings can't be read. Talk goes to stderr.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.markup import escape

from chain.errors import ExitCode, Language, LedgerError
from gateway.check import offline
from gateway.check.findings import Finding, Severity, errors, seen_in
from gateway.settings import SeatSettings, load_settings, seat_folder

log = structlog.get_logger()
State = Annotated[Path, typer.Option(help="The network's state folder.", envvar="LOAN_LEDGER_STATE")]
SeatName = Annotated[str, typer.Option(help="Which seat.")]


class Misconfigured(LedgerError):
    code = "settings.misconfigured"
    exit_code = ExitCode.ENVIRONMENT
    en = "The gateway of '{seat}' does not start: {reasons} `loan-ledger gateway check` tells how to mend it."
    zh = "席位“{seat}”的网关拒绝启动：{reasons}`loan-ledger gateway check` 将说明如何修正。"


def check(
    state: State,
    seat: SeatName,
    files_only: Annotated[
        bool, typer.Option("--offline", help="Settings and files only; ask no node, database or signer.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Find what is wrong with a seat's configuration. Exit code 1 if a production gateway would not start or work."""
    settings = load_settings(state, seat)
    folder = seat_folder(state, seat).absolute()
    found = offline.look(settings, folder)
    if not files_only:
        from gateway.check import online  # noqa: PLC0415 - loads web3

        found += online.look(settings, folder)
    findings = seen_in(settings.mode, found)
    bad = errors(findings)
    if as_json:
        counts = {"errors": len(bad), "warnings": len(findings) - len(bad)}
        listed = [finding.as_data() for finding in findings]
        print(json.dumps({"seat": seat, "mode": settings.mode, **counts, "findings": listed}, ensure_ascii=False))
    else:
        _print(seat, settings, findings)
    raise typer.Exit(ExitCode.INVALID if bad else ExitCode.OK)


def require_configured(settings: SeatSettings, folder: Path) -> None:
    """Logs what is found without asking anybody. Raises Misconfigured for errors unless the mode is dev."""
    findings = seen_in(settings.mode, offline.look(settings, folder))
    for finding in findings:
        log.warning("configuration", code=finding.code, severity=str(finding.severity), what=finding.text("what"))
    bad = errors(findings)
    if bad and settings.mode == "production":
        reasons = " ".join(finding.text("what") for finding in bad)
        raise Misconfigured(seat=settings.seat, reasons=reasons)


def _print(seat: str, settings: SeatSettings, findings: Sequence[Finding]) -> None:
    language: Language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    out = Console(stderr=True, highlight=False, soft_wrap=True)
    for finding in findings:
        colour = "red" if finding.severity is Severity.ERROR else "yellow"
        out.print(f"[{colour}]{finding.severity}[/] {escape(finding.text('what', language))} [dim]({finding.code})[/]")
        out.print(f"    {'应为' if language == 'zh' else 'expected'}: {escape(finding.text('expected', language))}")
        out.print(f"    {'处理' if language == 'zh' else 'mend'}: {escape(finding.text('mend', language))}")
    bad = len(errors(list(findings)))
    if not findings:
        out.print(f"[green]Nothing was found[/] at the seat '{escape(seat)}'.")
    else:
        out.print(f"{bad} errors, {len(findings) - bad} warnings at the seat '{escape(seat)}' (mode {settings.mode}).")
