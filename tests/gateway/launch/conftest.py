"""State folders of whole networks, and plain keys for chains of others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop
from chain.toolchain.errors import ToolMissing
from chain.toolchain.layout import binary


@pytest.fixture
def new_state(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Paths for networks; each network is stopped after the test."""
    used: list[Path] = []

    def path(name: str = "net") -> Path:
        used.append(tmp_path / name)
        return used[-1]

    yield path
    for folder in used:
        if folder.is_dir():
            stop(StateFolder(folder))


@pytest.fixture
def need() -> Callable[..., None]:
    """Skips the test if a program is not installed, saying how to get it."""

    def check(*names: str) -> None:
        for name in names:
            try:
                binary(name)
            except ToolMissing as exc:
                pytest.skip(str(exc))

    return check


@pytest.fixture
def keys_file(tmp_path: Path) -> Path:
    """Four fresh plain keys."""
    path = tmp_path / "keys.json"
    names = ("deployer", "platform", "bank", "regulator")
    path.write_text(json.dumps({name: Account.create().key.hex().removeprefix("0x") for name in names}))
    return path
