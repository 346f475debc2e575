"""The form of progressive instalments: rows `nr from due_date principal interest emi balance` from disbursements, rate
changes and corrections of the balance."""

from __future__ import annotations

from chain.schedules.book.instalment_model import InstalmentModel
from chain.schedules.book.json_terms import Terms, children, day, number, text
from chain.schedules.book.terms import parse_terms
from chain.schedules.errors import TermInvalid, TermUnsupported

Row = dict[str, object]


def instalment_table(inputs: Terms) -> list[Row]:
    """The rows of a `progressive_emi` case."""
    terms = parse_terms(inputs)
    events = children(inputs, "events")
    disbursed = [day(event, "date") for event in events if event.get("type") == "disburse"]
    if not disbursed:
        raise TermInvalid(term="events", reason="nothing was disbursed")
    model = InstalmentModel(terms, terms.schedule_start or disbursed[0])
    for event in events:
        kind = text(event, "type")
        if kind == "disburse":
            model.disburse(day(event, "date"), terms.money.minor(number(event, "amount")))
        elif kind == "rate_change":
            model.change_rate(day(event, "date"), number(event, "annual_rate_percent") / 100)
        elif kind == "balance_correction":
            model.correct(day(event, "date"), terms.money.minor(number(event, "amount")))
        else:
            raise TermUnsupported(term="events.type", value=kind)
    rows: list[Row] = []
    for position, period in enumerate(model.periods, 1):
        rows.append(
            {
                "nr": position,
                "from": period.start.isoformat(),
                "due_date": period.due.isoformat(),
                "principal": str(terms.money.units(period.principal)),
                "interest": str(terms.money.units(period.interest)),
                "emi": str(terms.money.units(period.emi)),
                "balance": str(terms.money.units(period.closing)),
            }
        )
    return rows
