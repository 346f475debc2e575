"""The official ACTUS cases: every event but AD by date and kind, and its figures within 1e-8."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path

import pytest

from chain.schedules.actus import evaluate
from chain.schedules.dates import parse_moment

TOLERANCE = Decimal("1e-8")
FILES = tuple(f"actus-{kind}.json" for kind in ("pam", "lam", "nam", "ann"))
FIELDS = ("payoff", "notionalPrincipal", "nominalInterestRate", "accruedInterest")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per case of the peer data; without the data, one that is skipped with the reason."""
    folder = os.environ.get("LOAN_LEDGER_PEER_DATA")
    cases = []
    for name in FILES:
        path = Path(folder or "") / name
        if folder and path.is_file():
            found = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
            cases += [pytest.param(case, id=key) for key, case in found.items()]
    metafunc.parametrize("case", cases or [pytest.param(None, id="none")])


def sort_key(row: tuple[object, ...]) -> tuple[str, str]:
    return str(row[0]), str(row[1])


def test_official_case_is_met_in_every_event(peer_data: Path, case: dict[str, object] | None) -> None:
    assert case is not None, f"{peer_data} holds none of {', '.join(FILES)}"
    expected = sorted(
        (
            (
                parse_moment(row["eventDate"]),
                row["eventType"],
                row["currency"],
                Decimal(str(row["payoff"])),
                abs(Decimal(str(row["notionalPrincipal"]))),
                Decimal(str(row["nominalInterestRate"])),
                Decimal(str(row["accruedInterest"])),
            )
            for row in case["results"]  # type: ignore[attr-defined]
            if row["eventType"] != "AD"
        ),
        key=sort_key,
    )
    computed = sorted(
        (
            (
                parse_moment(event.date),
                event.kind,
                event.currency,
                event.payoff,
                abs(event.notional_principal),
                event.nominal_interest_rate,
                event.accrued_interest,
            )
            for event in evaluate(case)
        ),
        key=sort_key,
    )
    assert [row[:3] for row in computed] == [row[:3] for row in expected]
    for ours, theirs in zip(computed, expected, strict=True):
        for field, our_value, their_value in zip(FIELDS, ours[3:], theirs[3:], strict=True):
            assert abs(our_value - their_value) <= TOLERANCE, (case["identifier"], theirs[:2], field)
