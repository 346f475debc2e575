"""Whole books: order, errors beside results, and the same answers from one process as from several."""

from __future__ import annotations

import json

import pytest

from chain.schedules import batch
from chain.schedules.actus import as_json, evaluate
from chain.schedules.errors import TermInvalid, TermUnsupported


def case(number: int, **changes: object) -> dict[str, object]:
    terms: dict[str, object] = {
        "contractType": "PAM",
        "contractID": str(number),
        "contractRole": "RPA",
        "currency": "CNY",
        "statusDate": "2023-12-31",
        "initialExchangeDate": "2024-01-01",
        "maturityDate": "2024-07-01",
        "notionalPrincipal": str(1000 + number),
        "nominalInterestRate": "0.1",
        "dayCountConvention": "A365",
        "cycleAnchorDateOfInterestPayment": "2024-02-01",
        "cycleOfInterestPayment": "P1ML1",
        **changes,
    }
    return {"identifier": str(number), "terms": terms, "results": [{"never": "read"}]}


def test_an_error_takes_its_place_and_stops_no_other() -> None:
    cases = [case(1), case(2, dayCountConvention="B252"), "no case", case(3)]
    first, unsupported, invalid, last = batch.evaluate_many(cases)
    assert first == evaluate(case(1))
    assert isinstance(unsupported, TermUnsupported)
    assert isinstance(invalid, TermInvalid)
    assert last == evaluate(case(3))


def test_texts_hold_events_or_an_error_that_names_the_term() -> None:
    good, bad = map(json.loads, batch.result_texts([case(1), case(2, dayCountConvention="B252")]))
    assert good == [as_json(event) for event in evaluate(case(1))]
    assert set(bad) == {"error"}
    assert "dayCountConvention" in bad["error"]


def test_an_empty_book_has_no_answers() -> None:
    assert batch.evaluate_many([]) == []
    assert batch.result_texts([]) == []


def test_several_processes_answer_exactly_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "WORTH_SPREADING", 10)
    cases = [case(number) for number in range(40)]
    cases[7] = case(7, prepaymentEffect="A")
    cases[8] = case(
        8, terminationDate="2024-01-01", priceAtTerminationDate="0", statusDate="2024-02-01"
    )  # ended: no events at all
    alone, spread = batch.evaluate_many(cases, processes=1), batch.evaluate_many(cases, processes=2)
    assert isinstance(spread[7], TermUnsupported)
    assert str(alone.pop(7)) == str(spread.pop(7))
    assert spread == alone
    assert batch.result_texts(cases, processes=2) == batch.result_texts(cases, processes=1)
