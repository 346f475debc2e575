"""A schedule drawn to PNG or SVG: principal and interest as stacked bars, the outstanding principal as a line.

Drawing is the one place where amounts become floats; nothing is computed from them.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import ClassVar

import matplotlib as mpl

from chain.errors import ExitCode, LedgerError
from chain.schedules.plan.offers import Offer
from gateway.cli.output_files import write_output

mpl.use("Agg")
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

_PRINCIPAL, _INTEREST, _BALANCE = "#9cc3dd", "#e07a3f", "#1f3b57"


class PlotFormatUnknown(LedgerError):
    """The file's ending names no format that is drawn."""

    code: ClassVar[str] = "schedule.plot_format_unknown"
    status: ClassVar[int] = 422
    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    en: ClassVar[str] = "{path} ends neither in .png nor in .svg; the ending says what is drawn."
    zh: ClassVar[str] = "{path} 的扩展名不是 .png 或 .svg；扩展名决定图形格式。"


def draw(offer: Offer, path: Path) -> None:
    """Draw the offer to `path`. Raises PlotFormatUnknown, OutputUnwritable."""
    ending = path.suffix.lower()
    if ending not in {".png", ".svg"}:
        raise PlotFormatUnknown(path=path)
    scale = 10**offer.terms.decimals
    numbers = list(range(1, len(offer.rows) + 1))
    principal = [row.row.principal / scale for row in offer.rows]
    interest = [row.row.interest / scale for row in offer.rows]
    figure = Figure(figsize=(10, 5), layout="constrained")
    bars = figure.subplots()
    bars.bar(numbers, principal, color=_PRINCIPAL, label="principal", width=0.8)
    bars.bar(numbers, interest, bottom=principal, color=_INTEREST, label="interest", width=0.8)
    bars.set_xlabel(f"instalment ({offer.rows[0].row.due} to {offer.rows[-1].row.due})")
    bars.set_ylabel(f"due per instalment, {offer.terms.currency}")
    bars.xaxis.set_major_locator(MaxNLocator(integer=True))
    line = bars.twinx()
    line.plot(
        [0, *numbers],
        [offer.terms.plan.principal / scale, *(row.balance / scale for row in offer.rows)],
        color=_BALANCE,
        linewidth=1.5,
        label="outstanding",
    )
    line.set_ylabel(f"outstanding principal, {offer.terms.currency}")
    for axis in (bars, line):
        axis.set_ylim(bottom=0)
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        axis.spines["top"].set_visible(False)
    handles = [*bars.get_legend_handles_labels()[0], *line.get_legend_handles_labels()[0]]
    figure.legend(handles, ["principal", "interest", "outstanding"], loc="outside upper center", ncols=3, frameon=False)
    picture = io.BytesIO()
    figure.savefig(picture, format=ending.removeprefix("."), dpi=130)
    write_output(path, picture.getvalue())
