"""The peer's case files and the comparison of its tables."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest


@pytest.fixture
def schedule_cases(peer_data: Path, record_property) -> dict[str, dict]:
    """Fresh schedule cases by id."""
    return _cases(peer_data / "fineract-schedules.json", record_property)


@pytest.fixture
def lifecycle_cases(peer_data: Path, record_property) -> dict[str, dict]:
    """Fresh lifecycle cases by id."""
    return _cases(peer_data / "fineract-lifecycle.json", record_property)


def _cases(path: Path, record_property) -> dict[str, dict]:
    cases = json.loads(path.read_text(encoding="utf-8"))
    record_property("peer_cases", len(cases))
    return {case["id"]: case for case in cases}


@pytest.fixture
def differences():
    """A function that names every value in which a computed table differs from the expected one."""

    def same(got: object, expected: object) -> bool:
        if got == expected:
            return True
        try:
            return Decimal(str(got)) == Decimal(str(expected))
        except InvalidOperation:
            return False

    def compare(got: object, expected: list[dict]) -> list[str]:
        if not isinstance(got, list):
            return [str(got)]
        found = [] if len(got) == len(expected) else [f"{len(got)} rows, not {len(expected)}"]
        for index, (row, wanted) in enumerate(zip(got, expected, strict=False)):
            if set(row) != set(wanted):
                found.append(f"row {index}: other keys")
            found += [
                f"row {index} {key}: {row.get(key)}, not {value}"
                for key, value in wanted.items()
                if not same(row.get(key), value)
            ]
        return found

    return compare
