"""What the doctor says of a machine that has everything and of one that has nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chain.toolchain import layout
from chain.toolchain.doctor import Finding, as_json, as_text, complete, examine


def test_it_finds_the_versions_of_what_is_installed() -> None:
    found = {finding.name: finding for finding in examine()}
    assert found["anvil"].found == layout.FOUNDRY_VERSION
    assert found["solc"].found == layout.SOLC_VERSION
    assert found["anvil"].remedy is None


def test_on_an_empty_cache_each_missing_program_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    missing = {finding.name: finding for finding in examine() if finding.lacking}
    assert {"uv", "go", "solc", "geth", "ipfs-node"} <= set(missing)
    assert all("./scripts/loan-ledger setup " in str(finding.remedy) for finding in missing.values())
    assert list(tmp_path.iterdir()) == []


def test_libraries_are_needed_and_compiled_contracts_and_slither_are_not() -> None:
    found = {finding.name: finding for finding in examine()}
    required = {name: found[name].required for name in ("contract libraries", "compiled contracts", "slither")}
    assert required == {"contract libraries": True, "compiled contracts": False, "slither": False}


def finding(*, found: str | None, required: bool) -> Finding:
    remedy = None if found else "./scripts/loan-ledger setup x"
    return Finding("x", "tests", "1", found, None, required, remedy)


def test_complete_means_that_nothing_needed_is_missing() -> None:
    optional, needed = finding(found=None, required=False), finding(found=None, required=True)
    assert complete([finding(found="1", required=True), optional])
    assert not complete([optional, needed])


def test_both_forms_say_what_is_missing_and_how_to_get_it_once() -> None:
    findings = [finding(found=None, required=True), finding(found=None, required=False)]
    assert as_text(findings).count("./scripts/loan-ledger setup x") == 1
    assert [line.split()[0] for line in as_text(findings).splitlines()[1:3]] == ["missing", "not"]
    assert json.loads(as_json(findings))["complete"] is False
