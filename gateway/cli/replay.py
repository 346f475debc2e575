"""`loan-ledger replay CASES.json --out RESULTS.json`: lives of loans, replayed event by event.

Every case is a loan with its events and checkpoints; its result is one schedule table per checkpoint, in order.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from chain.errors import ExitCode
from chain.schedules.book.cases import failed, replay_book
from gateway.cli.book_files import read_book
from gateway.cli.output_files import write_output


def replay(
    cases: Annotated[Path, typer.Argument(help="A JSON list of loans with their events and checkpoints.")],
    out: Annotated[Path, typer.Option("--out", help="Where the tables go, by case id.")],
) -> None:
    """Replay the lives of loans and write the schedule table at every checkpoint.

    Exit code 0 if all was computed, 3 if some cases answer with an error (the file is written all the same).
    """
    raise typer.Exit(run_replay(cases, out))


def run_replay(cases: Path, out: Path) -> ExitCode:
    """Replay every case of `cases` into `out`. OK if all were computed, PARTIAL if some carry an error."""
    results = replay_book(read_book(cases))
    write_output(out, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return ExitCode.PARTIAL if failed(results) else ExitCode.OK
