"""`loan-ledger doctor`: what is there, which versions, what is missing and how to get it. Changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chain.errors import ExitCode
from chain.toolchain import doctor as toolchain
from chain.toolchain.doctor import Finding, examine


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout instead of the table.")] = False,
) -> None:
    """Say what this machine has of what the product needs. Exit code 4 if something needed is missing."""
    findings = examine()
    if as_json:
        print(toolchain.as_json(findings))
    else:
        _print_table(findings)
    raise typer.Exit(ExitCode.OK if toolchain.complete(findings) else ExitCode.ENVIRONMENT)


def _print_table(findings: Sequence[Finding]) -> None:
    table = Table("", "what", "wanted", "found", "for", box=None, pad_edge=False)
    for finding in findings:
        mark = "[green]ok[/green]" if finding.found else ("[red]missing[/red]" if finding.required else "not installed")
        table.add_row(mark, finding.name, finding.wanted, finding.found or "-", finding.purpose)
    console = Console(stderr=True)
    console.print(table)
    remedies = toolchain.remedies(findings)
    if remedies:
        console.print("To get what is missing:", *remedies, sep="\n  ", highlight=False)
