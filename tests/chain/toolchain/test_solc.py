"""The compiler as forge and py-solc-x call it."""

from __future__ import annotations

import json
import subprocess

import pytest

from chain.toolchain.layout import SOLC_VERSION, binary


def compile_source(source: str) -> dict[str, object]:
    request = {
        "language": "Solidity",
        "sources": {"a.sol": {"content": source}},
        "settings": {"outputSelection": {"*": {"*": ["evm.bytecode.object"]}}},
    }
    answer = subprocess.run(
        [binary("solc"), "--standard-json", "--allow-paths", "/"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(answer.stdout)  # type: ignore[no-any-return]


def test_it_states_its_version_in_the_form_that_forge_reads() -> None:
    answer = subprocess.run([binary("solc"), "--version"], capture_output=True, text=True, check=True)
    assert f"Version: {SOLC_VERSION}+commit." in answer.stdout


def test_it_compiles_standard_json_from_stdin() -> None:
    assert "errors" not in compile_source("// SPDX-License-Identifier: X\npragma solidity 0.8.30; contract A {}")


@pytest.mark.parametrize("source", ["contract {", "import './b.sol';"])
def test_it_answers_an_error_as_json_too(source: str) -> None:
    errors = compile_source(source)["errors"]
    assert isinstance(errors, list)
    assert any(error["severity"] == "error" for error in errors)
