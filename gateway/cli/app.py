"""The root of `loan-ledger`: registers the sub-commands and turns every error into its text and exit code.

Talk goes to stderr. With `--json` an error is one JSON object on stdout: {"error": {"code", "message", "params"}}. Exit
codes: 0 ok, 1 not reconciled or invalid, 2 usage, 3 partial, 4 environment.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import typer
from rich.console import Console
from rich.markup import escape

from chain.errors import ExitCode, Language, LedgerError

# Where each command lives. Only the one that is asked for is imported: loading them all takes seconds.
GROUPS = {
    "network": "gateway.cli.network:app",
    "gateway": "gateway.__main__:app",
    "approvals": "gateway.cli.approvals:app",
    "access": "gateway.cli.access:app",
    "audit": "gateway.cli.audit:app",
    "api": "gateway.cli.api:app",
}
COMMANDS = {
    "doctor": "gateway.cli.doctor:doctor",
    "demo": "gateway.demo.cli:demo",
    "journal": "gateway.cli.journal:journal_command",
    "schedule": "gateway.cli.schedule:schedule",
    "replay": "gateway.cli.replay:replay",
}
_INTERRUPTED = 130


@runtime_checkable
class ShownError(Protocol):
    """What errors of the product have in common; the pure packages declare bases of their own."""

    @property
    def params(self) -> Mapping[str, object]:
        """The values of the text, by name."""

    @property
    def code(self) -> str:
        """Stable name of the error."""

    @property
    def exit_code(self) -> int:
        """0 ok, 1 invalid, 2 usage, 3 partial, 4 environment."""

    def message(self, language: Language = "en") -> str:
        """The text with its values."""


def command_line(wanted: str | None = None) -> typer.Typer:
    """The command line with the command `wanted` only; with all of them if that is none of ours."""
    app = typer.Typer(
        name="loan-ledger",
        help="A permissioned ledger for the whole life of a loan.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_root)  # so that a single command keeps its name
    everything = wanted not in {**GROUPS, **COMMANDS}
    for name, place in GROUPS.items():
        if everything or name == wanted:
            app.add_typer(_load(place), name=name)
    for name, place in COMMANDS.items():
        if everything or name == wanted:
            app.command(name)(_load(place))
    return app


def _root() -> None:
    """A permissioned ledger for the whole life of a loan."""


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code."""
    try:
        app = command_line(arguments[0] if arguments else None)
        app(args=list(arguments), prog_name="loan-ledger")
        return int(ExitCode.OK)
    except SystemExit as end:  # how typer ends, usage errors included
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        _show("Interrupted.")
        return _INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the exit would complain again
        return int(ExitCode.OK)
    except Exception as error:
        as_json = "--json" in arguments
        if isinstance(error, ShownError):
            return _refused(error, as_json=as_json)
        if not as_json:
            raise
        traceback.print_exception(error)  # on stderr: stdout must stay one JSON object
        return _refused(LedgerError(reason=f"{type(error).__name__}: {error}"), as_json=True)


def _refused(error: ShownError, *, as_json: bool) -> int:
    language: Language = "zh" if os.environ.get("LANG", "").startswith("zh") else "en"
    message = error.message(language)
    if as_json:
        params = {name: str(value) for name, value in error.params.items()}
        print(json.dumps({"error": {"code": error.code, "message": message, "params": params}}, ensure_ascii=False))
    _show(message, error.code)
    return int(error.exit_code)


def _show(message: str, code: str = "") -> None:
    console = Console(stderr=True, highlight=False)
    suffix = f" [dim]({escape(code)})[/dim]" if code else ""
    console.print(f"[bold red]{escape(message)}[/bold red]{suffix}", soft_wrap=True)


def main() -> None:
    """The entry point."""
    sys.exit(run(sys.argv[1:]))
