"""Plain contracts that the tests of the ACTUS engine vary, and a way to run them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, localcontext

import pytest

from chain.schedules.actus import Event, evaluate

COMMON = {
    "contractID": "one",
    "contractRole": "RPA",
    "currency": "CNY",
    "contractDealDate": "2023-12-30",
    "statusDate": "2023-12-31",
    "initialExchangeDate": "2024-01-01",
    "notionalPrincipal": "1200",
    "nominalInterestRate": "0.12",
    "dayCountConvention": "30E360",
}
TERMS = {
    "PAM": {
        "maturityDate": "2024-07-01",
        "cycleAnchorDateOfInterestPayment": "2024-02-01",
        "cycleOfInterestPayment": "P1ML1",
    },
    "LAM": {
        "maturityDate": "2024-07-01",
        "cycleAnchorDateOfInterestPayment": "2024-02-01",
        "cycleOfInterestPayment": "P1ML1",
        "cycleAnchorDateOfPrincipalRedemption": "2024-02-01",
        "cycleOfPrincipalRedemption": "P1ML1",
        "nextPrincipalRedemptionPayment": "200",
    },
    "NAM": {
        "maturityDate": "2024-07-01",
        "cycleAnchorDateOfInterestPayment": "2024-02-01",
        "cycleOfInterestPayment": "P1ML1",
        "cycleAnchorDateOfPrincipalRedemption": "2024-02-01",
        "cycleOfPrincipalRedemption": "P1ML1",
        "nextPrincipalRedemptionPayment": "100",
    },
    "ANN": {
        "maturityDate": "2024-07-01",
        "cycleAnchorDateOfInterestPayment": "2024-02-01",
        "cycleOfInterestPayment": "P1ML1",
        "cycleAnchorDateOfPrincipalRedemption": "2024-02-01",
        "cycleOfPrincipalRedemption": "P1ML1",
    },
}


@pytest.fixture(autouse=True)
def _many_digits() -> Iterator[None]:
    """The tests' own sums keep more digits than the engine does."""
    with localcontext() as context:
        context.prec = 80
        yield


Build = Callable[..., dict[str, object]]
Rows = list[tuple[str, str, Decimal]]
Run = Callable[..., list[Event]]


@pytest.fixture(scope="session")
def build() -> Build:
    """A case of one contract type: 1,200 at 12 percent over six months of 30 days, with `changes` (None removes)."""

    def make(
        kind: str, *, observed: dict[str, dict[str, object]] | None = None, to: str = "", **changes: object
    ) -> dict[str, object]:
        terms = {**COMMON, "contractType": kind, **TERMS[kind], **changes}
        data = {
            code: {"identifier": code, "data": [{"timestamp": at, "value": value} for at, value in series.items()]}
            for code, series in (observed or {}).items()
        }
        return {
            "identifier": "one",
            "terms": {name: value for name, value in terms.items() if value is not None},
            "to": to,
            "dataObserved": data,
            "eventsObserved": [],
        }

    return make


@pytest.fixture(scope="session")
def run(build: Build) -> Run:
    """The events of a built case."""

    def events(kind: str, **changes: object) -> list[Event]:
        return evaluate(build(kind, **changes))

    return events


@pytest.fixture(scope="session")
def rows() -> Callable[..., Rows]:
    """Date, kind and payoff of events, of the named kinds only if some are named."""

    def shorten(events: list[Event], *kinds: str) -> Rows:
        return [(each.date[:10], each.kind, each.payoff) for each in events if not kinds or each.kind in kinds]

    return shorten
