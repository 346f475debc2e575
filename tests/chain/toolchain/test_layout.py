"""Where programs are looked for, and what is said when they are not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chain.errors import ExitCode
from chain.toolchain import layout
from chain.toolchain.errors import ToolMissing, UnknownTool


@pytest.fixture(autouse=True)
def _no_remembered_paths() -> None:
    layout.binary.cache_clear()


def test_cache_is_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert layout.cache_dir() == tmp_path / ".cache" / "loan-ledger"


def test_cache_follows_xdg_unless_it_is_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert layout.cache_dir() == Path("/elsewhere/loan-ledger")
    monkeypatch.setenv("XDG_CACHE_HOME", "elsewhere")
    assert layout.cache_dir() == tmp_path / ".cache" / "loan-ledger"


def test_a_missing_program_is_an_environment_error_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ToolMissing) as caught:
        layout.binary("geth")
    assert caught.value.exit_code is ExitCode.ENVIRONMENT
    assert "./scripts/loan-ledger setup geth" in str(caught.value)
    assert "./scripts/loan-ledger setup geth" in caught.value.message("zh")


def test_a_program_installed_later_is_found_without_a_restart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ToolMissing):
        layout.binary("geth")
    path = layout.expected_path("geth")
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    with pytest.raises(ToolMissing):  # there, but not executable
        layout.binary("geth")
    path.chmod(0o755)
    assert layout.binary("geth") == path


def test_an_unknown_program_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownTool, match="anvil"):
        layout.binary("parity")


def test_anvil_is_the_real_executable_not_a_wrapper() -> None:
    assert layout.binary("anvil").read_bytes()[:4] == b"\x7fELF"


def test_digest_tells_contents_and_borders_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("xy")
    second.write_text("z")
    base = layout.digest_of(files=(first, second))
    first.write_text("x")
    second.write_text("yz")
    assert layout.digest_of(files=(first, second)) != base
    assert layout.digest_of(texts=("ab", "c")) != layout.digest_of(texts=("a", "bc"))


def test_the_ipfs_node_has_the_version_that_the_doctor_reports() -> None:
    source = (layout.ipfs_module() / "version.go").read_text(encoding="utf-8")
    assert re.search(r'^const version = "(.*)"$', source, re.MULTILINE)[1] == layout.IPFS_NODE_VERSION  # type: ignore[index]


def test_geth_is_pinned_to_the_version_that_the_doctor_reports() -> None:
    module = (layout.geth_module() / "go.mod").read_text(encoding="utf-8")
    assert f"github.com/ethereum/go-ethereum v{layout.GETH_VERSION}" in module
