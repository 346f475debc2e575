"""An offer as a table, as CSV and as JSON. Amounts are decimal text in currency units, rates percent per year."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_EVEN, Decimal

from rich.console import Console
from rich.table import Table

from chain.schedules.plan.offers import Offer, OfferRow

_COLUMNS = ("nr", "due", "payable_by", "principal", "interest", "amount", "balance")


def as_json(offer: Offer) -> dict[str, object]:
    """The offer as one object: rows, totals and costs."""
    costs, cap = offer.costs, offer.cap
    return {
        "currency": offer.terms.currency,
        "rows": [dict(zip(_COLUMNS, _cells(offer, number, row), strict=True)) for number, row in _numbered(offer)],
        "total_cost": _money(offer, costs.total_cost),
        "effective_annual_rate_percent": _percent(costs.effective_annual_rate),
        "apr_percent": _percent(costs.apr),
        "cap": None
        if cap is None
        else {"cap_percent": _percent(cap.cap), "within": cap.within, "room": _money(offer, cap.room)},
        "calendar_announced": all(row.announced for row in offer.rows),
    }


def as_csv(offer: Offer) -> str:
    """The rows with a header line."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(_cells(offer, number, row) for number, row in _numbered(offer))
    return text.getvalue()


def print_offer(offer: Offer) -> None:
    """The table and the costs below it, for a person, on stderr."""
    console = Console(stderr=True, highlight=False)
    table = Table(title=f"{_money(offer, offer.terms.plan.disbursed)} {offer.terms.currency}", show_footer=True)
    sums = (
        "",
        "",
        "",
        _money(offer, sum(row.row.principal for row in offer.rows)),
        _money(offer, sum(row.row.interest for row in offer.rows)),
        _money(offer, sum(row.row.amount for row in offer.rows)),
        "",
    )
    for name, total in zip(_COLUMNS, sums, strict=True):
        table.add_column(
            name.replace("_", " "), footer=total, justify="right" if name not in {"due", "payable_by"} else "left"
        )
    for number, row in _numbered(offer):
        cells = _cells(offer, number, row)
        table.add_row(*cells[:2], cells[2] + ("" if row.announced else " ?"), *cells[3:])
    console.print(table)
    console.print(f"Total cost                  {_money(offer, offer.costs.total_cost)} {offer.terms.currency}")
    console.print(f"Effective annual rate (IRR) {_percent(offer.costs.effective_annual_rate)} %   实际年化利率")
    console.print(f"APR (EU directive)          {_percent(offer.costs.apr)} %")
    if offer.cap is None:
        console.print("Cap of 4 times the LPR      not checked: the offer's file gives no lpr_percent")
    else:
        verdict = "within" if offer.cap.within else "[red]ABOVE[/red]"
        console.print(f"Cap of 4 times the LPR      {_percent(offer.cap.cap)} %: {verdict} the cap")
    if not all(row.announced for row in offer.rows):
        console.print("? The working days of that year are not announced; its payable-by day may still move.")


def _numbered(offer: Offer) -> list[tuple[int, OfferRow]]:
    return list(enumerate(offer.rows, 0 if offer.terms.plan.down_payment else 1))


def _cells(offer: Offer, number: int, row: OfferRow) -> tuple[str, ...]:
    amounts = (row.row.principal, row.row.interest, row.row.amount, row.balance)
    days = (row.row.due.isoformat(), row.payable_by.isoformat())
    return (str(number), *days, *(_money(offer, amount) for amount in amounts))


def _money(offer: Offer, minor: int) -> str:
    return f"{Decimal(minor).scaleb(-offer.terms.decimals):f}"


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).quantize(Decimal('0.0001'), ROUND_HALF_EVEN):f}"
