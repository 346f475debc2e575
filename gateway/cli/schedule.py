"""`loan-ledger schedule`: the repayment schedule of an offer with its costs, and whole books of cases.

`schedule FILE` prints an offer's rows and what the loan costs; `--csv`, `--json` and `--plot` write the same figures.
`--book` and `--actus` compute files of cases. Tables go to stderr, machine output to stdout or to the named file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from chain.errors import ExitCode, LedgerError
from chain.schedules.book.cases import failed, schedule_book
from chain.schedules.book.json_terms import Terms
from chain.schedules.plan.offer_terms import parse_offer
from chain.schedules.plan.offers import Offer, compute_offer
from gateway.cli.book_files import read_book
from gateway.cli.output_files import write_output
from gateway.cli.schedule_actus import run_actus
from gateway.cli.schedule_output import as_csv, as_json, print_offer


class OfferInvalid(LedgerError):
    """The file of an offer can't be read."""

    code: ClassVar[str] = "schedule.offer_invalid"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.INVALID
    en: ClassVar[str] = "{path}: {reason}"
    zh: ClassVar[str] = "{path}：{reason}"


class ArgumentsClash(LedgerError):
    """Which file is meant, or where the results go, is not clear."""

    code: ClassVar[str] = "schedule.arguments_clash"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    en: ClassVar[str] = (
        "Give one of FILE, --book CASES and --actus CASES; the latter two with --out RESULTS, where all goes, and "
        "without --csv, --json and --plot, which show the offer in FILE."
    )
    zh: ClassVar[str] = (
        "请指定 FILE、--book CASES、--actus CASES 之一；后两者须同时给出 --out RESULTS（全部结果写入其中），"
        "且不能使用 --csv、--json、--plot，它们只用于 FILE 中的方案。"
    )


def schedule(
    file: Annotated[
        Path | None,
        typer.Argument(
            help='An offer as JSON, such as {"principal": "100000.00", "annual_rate_percent": "4.35", '
            '"method": "equal_instalment", "instalments": 12, "start": "2026-01-31"}. All names: docs/schedules.md.'
        ),
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the rows as CSV to this file.")] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout instead of the table.")
    ] = False,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the schedule to this PNG or SVG file.")] = None,
    book: Annotated[Path | None, typer.Option("--book", help="Compute a file of Fineract schedule cases.")] = None,
    actus: Annotated[Path | None, typer.Option("--actus", help="Compute a file of ACTUS cases.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where the results of --book or --actus go.")] = None,
) -> None:
    """Show the repayment schedule of an offer and what it costs, or compute a file of cases.

    Exit code 0 if all was computed, 3 if some cases answer with an error (the file is written all the same).
    """
    shown = json_output or csv is not None or plot is not None
    if sum(given is not None for given in (file, book, actus)) != 1 or (file is None) != (out is not None):
        raise ArgumentsClash()
    if file is None and shown:
        raise ArgumentsClash()
    if actus is not None and out is not None:
        raise typer.Exit(run_actus(actus, out))
    if book is not None and out is not None:
        raise typer.Exit(run_book(book, out))
    if file is not None:
        _show(file, csv, plot, json_output=json_output)


def run_book(cases: Path, out: Path) -> ExitCode:
    """Compute every schedule case of `cases` into `out`. OK if all were computed, PARTIAL if some carry an error."""
    results = schedule_book(read_book(cases))
    write_output(out, json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    return ExitCode.PARTIAL if failed(results) else ExitCode.OK


def offer_of(path: Path) -> Offer:
    """The offer in a file, computed. Raises OfferInvalid, or a ScheduleError that names the term that is wrong."""
    try:
        terms = json.loads(path.read_text(encoding="utf-8-sig"))
        if not isinstance(terms, dict):
            raise OfferInvalid(path=path, reason="a JSON object of terms was expected")
        return _computed(terms)
    except (OSError, ValueError) as error:
        raise OfferInvalid(path=path, reason=error) from None


def _computed(terms: Terms) -> Offer:
    return compute_offer(parse_offer(terms))


def _show(file: Path, csv: Path | None, plot: Path | None, *, json_output: bool) -> None:
    offer = offer_of(file)
    if plot is not None:
        from gateway.cli.schedule_plot import draw  # noqa: PLC0415  matplotlib takes a second to load

        draw(offer, plot)
    if csv is not None:
        write_output(csv, as_csv(offer))
    if json_output:
        print(json.dumps(as_json(offer), ensure_ascii=False))
    else:
        print_offer(offer)
