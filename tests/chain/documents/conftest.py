from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "ipfs_nodes", Path(__file__).parents[2] / "node_config" / "ipfs" / "ipfs_nodes.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


ipfs_nodes = _load()


def pytest_configure(config: pytest.Config) -> None:
    # ipfshttpclient passes it to urllib3, which we keep below 3.
    config.addinivalue_line("filterwarnings", "ignore:The 'strict' parameter is no longer needed:FutureWarning")


@pytest.fixture
def swarm(tmp_path: Path) -> Iterator[object]:
    yield from ipfs_nodes.swarm(tmp_path / "swarm")


@pytest.fixture
def pair(swarm):
    """Two nodes of a private swarm, the second peered with the first."""
    first, second = swarm.node(), swarm.node()
    ipfs_nodes.wait_connected(second, first)
    return first, second


@pytest.fixture
def damage():
    return ipfs_nodes.damage


@pytest.fixture
def wait_connected():
    return ipfs_nodes.wait_connected


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory):
    """One node for a whole module of tests that leave it as it is."""
    for swarm in ipfs_nodes.swarm(tmp_path_factory.mktemp("ipfs")):
        yield swarm.node()
