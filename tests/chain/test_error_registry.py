"""Every error of the product is registered, once, with texts in both languages that take the same values."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from eth_utils import keccak

from chain.error_registry import RegisteredError, registered
from chain.ledger.contracts import manifest
from gateway.error_modules import ERROR_MODULES

ROOT = Path(__file__).resolve().parents[2]
ALL = registered(ERROR_MODULES)


def _codes_in_source(*packages: str) -> set[str]:
    """Every `code = "area.what"` that a class body assigns, anywhere in the packages (all, if none is named)."""
    found = set()
    for path in [path for package in packages or ("chain", "gateway") for path in (ROOT / package).rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.ClassDef):
                continue
            values = {
                getattr(target, "id", ""): statement.value
                for statement in node.body
                if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
                for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
            }
            code = values.get("code")
            if "en" in values and isinstance(code, ast.Constant) and isinstance(code.value, str):
                found.add(code.value)
    return found


def test_every_error_that_the_source_declares_is_registered() -> None:
    assert _codes_in_source() - set(ALL) == set()


def _codes_in_a_fresh_process(program: str) -> set[str]:
    """What `program` prints where nothing else has imported the modules that declare errors."""
    command = [sys.executable, "-c", program]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout.split())


def test_the_routes_list_holds_every_error_that_the_source_declares() -> None:
    shown = _codes_in_a_fresh_process(
        "from gateway.network.service import known_errors; print(*(e.code for e in known_errors()))"
    )
    assert _codes_in_source() - shown == set()
    assert {"launch.error", "demo.step_too_long", "schedule.book_unreadable", "schedules.rate_unsolvable"} <= shown


def test_the_library_alone_registers_all_that_it_declares() -> None:
    shown = _codes_in_a_fresh_process("from chain.error_registry import registered; print(*registered())")
    assert _codes_in_source("chain") - shown == set()


@pytest.mark.parametrize("error", ALL.values(), ids=lambda e: e.code)
def test_both_texts_take_the_same_values(error: RegisteredError) -> None:
    def values(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert error.en
    assert error.zh
    assert error.en != error.zh
    assert values(error.zh) == values(error.en)
    assert 400 <= error.status <= 599
    assert error.exit_code in (1, 2, 3, 4)


def test_selectors_are_the_hashes_of_the_solidity_errors() -> None:
    for contract in manifest()["contracts"].values():
        for item in contract["abi"]:
            entry = ALL.get(f"contract.{item.get('name')}")
            if (
                item["type"] == "error"
                and entry is not None
                and not any(i["type"].startswith("tuple") for i in item["inputs"])
            ):
                signature = f"{item['name']}({','.join(i['type'] for i in item['inputs'])})"
                assert entry.selector == "0x" + keccak(text=signature)[:4].hex()
