"""The list of attacks names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"`([\w/]+\.t\.sol)::(\w+)`")


def test_every_test_that_the_list_names_is_there() -> None:
    named = NAMED.findall((ROOT / "docs" / "attacks.md").read_text(encoding="utf-8"))
    assert len(named) > 50
    missing = [
        f"{file}::{test}"
        for file, test in named
        if f"function {test}(" not in (ROOT / "tests" / "contracts" / file).read_text(encoding="utf-8")
    ]
    assert not missing


def test_every_test_of_an_attack_is_in_the_list() -> None:
    text = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
    tests = [
        f"attacks/{file.name}::{test}"
        for file in Path(__file__).parent.glob("*.t.sol")
        for test in re.findall(r"function (test\w+)\(", file.read_text(encoding="utf-8"))
    ]
    assert tests
    assert [test for test in tests if test not in text] == []
