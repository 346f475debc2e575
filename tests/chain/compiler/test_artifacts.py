"""The compiled contracts: the same as forge's, quick when known, and the manifest is theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from chain.compiler import (
    Artifact,
    ImmutableReference,
    UnknownContract,
    artifact,
    artifacts,
    check_manifest,
    load_manifest,
)
from chain.toolchain import layout


def in_order(abi: Iterable[object]) -> list[str]:
    """An ABI without the order of its entries, in which forge differs."""
    return sorted(json.dumps(entry, sort_keys=True) for entry in abi)


@pytest.mark.slow
def test_forge_gives_the_same_bytecode(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        **layout.forge_environment(),
        "FOUNDRY_OUT": str(tmp_path / "out"),
        "FOUNDRY_CACHE_PATH": str(tmp_path / "cache"),
    }
    forge = layout.binary("forge")
    subprocess.run(
        [forge, "build", "contracts"], cwd=layout.checkout(), env=environment, check=True, capture_output=True
    )
    ours = artifacts()
    assert ours
    for name, compiled in ours.items():
        output = tmp_path / "out" / Path(compiled.source).name / f"{name}.json"
        theirs = json.loads(output.read_text(encoding="utf-8"))
        assert bytes.fromhex(theirs["bytecode"]["object"].removeprefix("0x")) == compiled.bytecode, name
        deployed = theirs["deployedBytecode"]["object"].removeprefix("0x")
        assert bytes.fromhex(deployed) == compiled.deployed_bytecode, name
        assert in_order(theirs["abi"]) == in_order(compiled.abi), name


def test_known_contracts_are_read_without_the_compiler() -> None:
    artifacts()
    code = "import sys; from chain.compiler import artifacts; artifacts(); print('solcx' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=layout.checkout()
    )
    assert run.stdout.strip() == "False"
    assert artifacts() is artifacts()


def test_every_contract_fits_on_a_chain() -> None:
    assert {name: len(found.deployed_bytecode) for name, found in artifacts().items()}
    assert [name for name, found in artifacts().items() if len(found.deployed_bytecode) > 24_576] == []


def test_no_contract_needs_an_instruction_younger_than_london() -> None:
    push0 = 0x5F
    for name, found in artifacts().items():
        position, code = 0, found.deployed_bytecode
        while position < len(code):
            assert code[position] != push0, f"{name} at {position}"
            position += code[position] - 0x5F + 1 if 0x60 <= code[position] <= 0x7F else 1
            if code[position - 1 : position] == b"\xfe":  # data may follow the end of the code
                break


def test_an_unknown_contract_is_named() -> None:
    with pytest.raises(UnknownContract, match="NoSuchContract"):
        artifact("NoSuchContract")


def test_the_manifest_that_is_checked_in_belongs_to_the_contracts() -> None:
    check_manifest()
    assert set(load_manifest().contracts) == set(artifacts())


def test_immutable_values_are_blanked_for_comparison() -> None:
    found = Artifact("A", "a.sol", [], b"", bytes(6), (ImmutableReference(1, 2),), {})
    assert found.without_immutables(b"\x01\x02\x03\x04\x05\x06") == b"\x01\x00\x00\x04\x05\x06"
