"""Which folder the network commands and the demo take: never one of others, and the one that is there if none is named.

No network is started here: folders are made as a start makes them.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chain.runtime.errors import StateFolderForeign, StateFolderMissing, StateFolderTaken
from chain.runtime.state import MARK_FILE, StateFolder
from gateway.cli import network as commands
from gateway.cli.app import command_line, run
from gateway.cli.network import launch_of, present_state
from gateway.launch.bring_up import bring_up_chain
from gateway.launch.errors import OptionsClash
from gateway.launch.files import LAUNCH_FILE, CustodyEntry, Launch, Organisations

cli = CliRunner()
CUSTODY = CustodyEntry("1", "holder", "bank", "CNY", 1, "0.00")
AS_DEMO = Launch(
    engine="anvil", simulated=True, organisations=Organisations(platform="P2P", bank="ICBC"), custody=CUSTODY
)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Somebody's folder."""
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "thesis.txt").write_text("the only copy")
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's folder of networks, empty."""
    monkeypatch.setattr(commands, "checkout", lambda: tmp_path)
    monkeypatch.delenv("LOAN_LEDGER_STATE", raising=False)
    folder = tmp_path / ".loan-ledger"
    folder.mkdir()
    return folder


def network_in(folder: Path, second: int) -> Path:
    """A network's folder, as it is after a start at `second`."""
    state = StateFolder(folder).create()
    state.write(LAUNCH_FILE, AS_DEMO)
    os.utime(folder / MARK_FILE, (second, second))
    return folder


def untouched(folder: Path) -> bool:
    return {path.name: path.read_text() for path in folder.iterdir()} == {"thesis.txt": "the only copy"}


@pytest.mark.parametrize("words", [["down", "--remove"], ["down"], ["status"], ["logs"]])
def test_no_network_command_touches_a_folder_of_others(theirs: Path, words: list[str]) -> None:
    result = cli.invoke(commands.app, [*words, "--state", str(theirs)])
    assert isinstance(result.exception, StateFolderForeign)
    assert untouched(theirs)


def test_no_network_is_brought_up_in_a_folder_of_others(theirs: Path) -> None:
    with pytest.raises(StateFolderForeign):
        bring_up_chain(theirs, AS_DEMO)
    assert untouched(theirs)


@pytest.mark.parametrize("keep", [[], ["--keep"]])
@pytest.mark.parametrize("named_by", ["option", "variable"])
def test_the_demo_refuses_a_folder_that_is_not_empty(
    theirs: Path, keep: list[str], named_by: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["demo", "--quick", "--json", *keep]
    if named_by == "option":
        words += ["--state", str(theirs)]
    else:
        monkeypatch.setenv("LOAN_LEDGER_STATE", str(theirs))
    assert run(words) == 2
    assert json.loads(capfd.readouterr().out)["error"]["code"] == "runtime.state_taken"
    assert untouched(theirs)


def test_the_demo_refuses_the_folder_of_a_network(tmp_path: Path) -> None:
    folder = network_in(tmp_path / "net", 1)
    result = cli.invoke(command_line("demo"), ["demo", "--quick", "--state", str(folder)])
    assert isinstance(result.exception, StateFolderTaken)
    assert StateFolder(folder).read(LAUNCH_FILE, Launch) == AS_DEMO


def test_a_demo_that_is_refused_leaves_an_empty_folder_as_it_was(tmp_path: Path) -> None:
    words = ["demo", "--quick", "--rpc", "http://127.0.0.1:1", "--state", str(tmp_path)]
    assert isinstance(cli.invoke(command_line("demo"), words).exception, OptionsClash)
    assert list(tmp_path.iterdir()) == []


def test_without_a_name_the_only_network_is_meant_and_named(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    only = network_in(here / "demo", 5)
    (here / "notes").mkdir()
    assert present_state(None).path == only
    said = capfd.readouterr()
    assert said.out == ""
    assert "/demo (the only one" in said.err


def test_of_several_the_last_started_is_meant_and_a_demo_that_runs_only_if_nothing_else(
    here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    passing = network_in(here / "demo-run-77", 30)
    assert present_state(None).path == passing
    network_in(here / "demo", 10)
    last = network_in(here / "demo-2", 20)
    assert present_state(None).path == last
    assert "the last started of 2" in capfd.readouterr().err


def test_the_default_network_comes_first_and_silently(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    network_in(here / "demo", 20)
    default = network_in(here / "devnet", 10)
    assert present_state(None).path == default
    assert capfd.readouterr().err == ""


def test_a_name_that_is_given_is_the_one_meant(here: Path, tmp_path: Path) -> None:
    network_in(here / "demo", 20)
    assert present_state(network_in(tmp_path / "mine", 1)).path == tmp_path / "mine"
    with pytest.raises(StateFolderMissing):
        present_state(tmp_path / "nowhere")


def test_where_there_is_no_network_the_default_one_is_missed(here: Path) -> None:
    with pytest.raises(StateFolderMissing, match="devnet"):
        present_state(None)


@pytest.mark.parametrize("simulated", [True, False])
def test_a_network_of_the_demo_is_brought_up_again_with_other_dates_and_the_rest_as_it_was(
    tmp_path: Path, simulated: bool
) -> None:
    path = network_in(tmp_path / "net", 1)
    launch = launch_of(path, quick=False, rpc=[], hardfork=None, base_fee=None, simulated=simulated)
    assert (launch.simulated, launch.organisations, launch.custody) == (simulated, AS_DEMO.organisations, CUSTODY)
