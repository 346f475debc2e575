"""Case files in Fineract's forms: a list of cases to results keyed by case id.

A case that can't be computed carries its error; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from chain.schedules.book.form2 import instalment_table
from chain.schedules.book.json_terms import Terms, children, integer, text
from chain.schedules.book.replay import open_loan
from chain.schedules.errors import ScheduleError, TermInvalid

Results = dict[str, object]
"""Tables, or {"error": text}, by case id."""


def schedule_book(cases: Iterable[Terms]) -> Results:
    """The schedule table of every case by its id, or {"error": text} with the term that is not supported."""
    return {text(case, "id"): _guarded(case, _schedule) for case in cases}


def replay_book(cases: Iterable[Terms]) -> Results:
    """The tables at the checkpoints of every case by its id, in order, or {"error": text}."""
    return {text(case, "id"): _guarded(case, _replay) for case in cases}


def failed(results: Results) -> list[str]:
    """The ids of the cases that carry an error."""
    return [case for case, result in results.items() if isinstance(result, Mapping)]


def _guarded(case: Terms, compute: Callable[[Terms], object]) -> object:
    try:
        return compute(case)
    except ScheduleError as error:
        return {"error": error.message("en")}
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"  # a term of a kind that nobody thought of stops only its own case
        return {"error": TermInvalid(term=str(case.get("id")), reason=reason).message("en")}


def _part(case: Terms, key: str) -> Terms:
    part = case.get(key)
    if not isinstance(part, Mapping):
        raise TermInvalid(term=key, reason="an object was expected")
    return part


def _schedule(case: Terms) -> object:
    inputs = _part(case, "inputs")
    if case.get("kind") == "progressive_emi":
        return instalment_table(inputs)
    loan = open_loan(inputs)
    for event in children(inputs, "events"):
        loan.happen(event)
    return loan.table()


def _replay(case: Terms) -> object:
    loan = open_loan(_part(case, "loan"))
    events = children(case, "events")
    wanted = [integer(checkpoint, "after_event") for checkpoint in children(case, "checkpoints")]
    if any(not 0 <= after <= len(events) for after in wanted):
        raise TermInvalid(term="checkpoints.after_event", reason=f"the case has {len(events)} events")
    tables: dict[int, object] = {0: loan.table()}
    for count, event in enumerate(events, 1):
        loan.happen(event)
        if count in wanted:
            tables[count] = loan.table()
    return [tables[after] for after in wanted]
