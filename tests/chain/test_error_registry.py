"""Every error of the product is registered, once, with texts in both languages that take the same values."""

from __future__ import annotations

import ast
from pathlib import Path
from string import Formatter

import pytest
from eth_utils import keccak

from chain.error_registry import RegisteredError, registered
from chain.ledger.contracts import manifest

ROOT = Path(__file__).resolve().parents[2]
GATEWAY_MODULES = (
    "gateway.cli.book_files",
    "gateway.cli.schedule",
    "gateway.cli.schedule_actus",
    "gateway.cli.schedule_plot",
    "gateway.demo.errors",
    "gateway.errors",
    "gateway.launch.errors",
)
ALL = registered(GATEWAY_MODULES)


def _codes_in_source() -> set[str]:
    """Every `code = "area.what"` that a class body assigns, anywhere in the packages."""
    found = set()
    for path in [*(ROOT / "chain").rglob("*.py"), *(ROOT / "gateway").rglob("*.py")]:
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
