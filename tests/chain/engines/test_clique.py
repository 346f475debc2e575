"""Four real geth nodes: sealers in turn, the observer in step, kills survived, strangers kept out."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3RPCError

from chain.engines.clique import CliqueEngine
from chain.engines.clique_files import CliqueNode
from chain.engines.probing import is_mined, transfer, wait_mined
from chain.engines.protocol import SEATS, SIGNING_SEATS
from chain.ledger.connection import connect
from chain.ledger.finality import Finality, header_of
from chain.proofs import clique
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import service, start, status, stop, wait_ready

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(180)]


@dataclass
class Running:
    state: StateFolder
    engine: CliqueEngine
    accounts: dict[str, LocalAccount]
    nodes: dict[str, Web3]

    def kill(self, seat: str) -> None:
        report = service(self.state, f"node-{seat}")
        assert report.pid is not None
        os.kill(report.pid, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while service(self.state, f"node-{seat}").pid in (report.pid, None):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        wait_ready(self.state, [f"node-{seat}"], 20)

    def wait_height(self, seat: str, height: int, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self.nodes[seat].eth.block_number < height:
            assert time.monotonic() < deadline, f"{seat} stays below block {height}"
            time.sleep(0.1)

    def confirmed(self, w3: Web3, transaction: HexBytes) -> int:
        """Waits until the transaction's block is confirmed; its number."""
        finality = Finality(w3)
        deadline = time.monotonic() + 30
        while finality.confirmed_block() < (block := w3.eth.get_transaction_receipt(transaction)["blockNumber"]):
            assert time.monotonic() < deadline
            time.sleep(0.2)
        return int(block)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    from chain.toolchain.errors import ToolMissing
    from chain.toolchain.layout import binary

    try:
        binary("geth")
    except ToolMissing as exc:
        pytest.skip(str(exc))
    state = StateFolder(tmp_path_factory.mktemp("clique") / "net").create()
    accounts = {name: Account.create() for name in ("deployer", *SIGNING_SEATS)}
    engine = CliqueEngine(state, accounts)
    try:
        start(state, engine.services())
        engine.wait_ready(90, lambda _event: None)
        yield Running(state, engine, accounts, {seat: connect(url) for seat, url in engine.rpc_urls().items()})
    finally:
        stop(state)


def test_three_sealers_take_turns_and_the_observer_follows(network: Running) -> None:
    observer = network.nodes["observer"]
    head = observer.eth.block_number + 6
    network.wait_height("observer", head)
    sealers = [clique.sealer(header_of(observer.eth.get_block(number))).hex() for number in range(head - 5, head + 1)]
    expected = {CliqueNode.of(network.state, seat).sealer for seat in SIGNING_SEATS}
    assert {f"0x{sealer}" for sealer in sealers} == {sealer.lower() for sealer in expected if sealer}
    assert CliqueNode.of(network.state, "observer").sealer is None
    assert {w3.eth.get_block(head)["hash"] for w3 in network.nodes.values()} == {observer.eth.get_block(head)["hash"]}


def test_every_node_has_all_others_as_peers(network: Running) -> None:
    assert {seat: w3.net.peer_count for seat, w3 in network.nodes.items()} == dict.fromkeys(SEATS, 3)


def test_blocks_become_confirmed(network: Running) -> None:
    finality = Finality(network.nodes["observer"])
    network.wait_height("observer", 6)
    head = network.nodes["observer"].eth.block_number
    assert head - 4 <= finality.confirmed_block() <= head


def test_a_stranger_without_means_and_a_price_below_the_lowest_are_refused(network: Running) -> None:
    w3, stranger, member = network.nodes["bank"], Account.create(), network.accounts["bank"]
    fields = {"chainId": w3.eth.chain_id, "to": stranger.address, "value": 0, "gas": 21_000, "gasPrice": 10**9}
    with pytest.raises(Web3RPCError, match="insufficient funds"):
        w3.eth.send_raw_transaction(stranger.sign_transaction({**fields, "nonce": 0}).raw_transaction)
    nonce = w3.eth.get_transaction_count(member.address, "pending")
    with pytest.raises(Web3RPCError, match="underpriced"):
        w3.eth.send_raw_transaction(
            member.sign_transaction({**fields, "nonce": nonce, "gasPrice": 10**9 - 1}).raw_transaction
        )


def test_only_loopback_is_listened_on_and_no_dangerous_api_is_open(network: Running) -> None:
    for seat, w3 in network.nodes.items():
        for method in ("admin_peers", "personal_listAccounts", "debug_setHead", "miner_stop", "txpool_content"):
            answer = w3.provider.make_request(method, [])  # type: ignore[arg-type]
            assert answer["error"]["code"] == -32601, f"{seat} answers {method}"
        pid = service(network.state, f"node-{seat}").pid
        import psutil

        listening = [c.laddr.ip for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN]
        assert set(listening) == {"127.0.0.1"}


@pytest.mark.parametrize("seat", ["bank", "observer"])
def test_a_killed_node_keeps_its_blocks_and_catches_up(network: Running, seat: str) -> None:
    others = [other for other in SIGNING_SEATS if other != seat]
    w3, member = network.nodes[seat], network.accounts["platform"]
    sent = transfer(network.nodes["platform"], member, member.address, 0)
    assert wait_mined(w3, [sent], 20)
    head = network.confirmed(w3, sent)
    known = w3.eth.get_block(head)["hash"]
    urls = network.engine.rpc_urls()
    network.kill(seat)
    assert network.engine.rpc_urls() == urls
    network.wait_height(others[0], head + 4)
    network.wait_height(seat, head + 4)
    assert w3.eth.get_block(head)["hash"] == known
    assert is_mined(w3, sent)
    through = network.nodes[seat if seat in SIGNING_SEATS else others[0]]
    after = transfer(through, member, member.address, 0)
    assert all(wait_mined(node, [after], 20) for node in network.nodes.values())
    # An archive node still answers for the state of the first block.
    assert w3.eth.get_balance(member.address, 0) > 0


def test_the_observers_node_takes_no_transactions(network: Running) -> None:
    w3, member = network.nodes["observer"], network.accounts["platform"]
    with pytest.raises(Web3RPCError, match="underpriced"):
        transfer(w3, member, member.address, 0)


def test_the_chain_goes_on_with_two_of_three_sealers(network: Running) -> None:
    report = service(network.state, "node-regulator")
    assert report.pid is not None
    os.kill(report.pid, signal.SIGSTOP)
    try:
        height = network.nodes["platform"].eth.block_number
        network.wait_height("platform", height + 4)
    finally:
        os.kill(report.pid, signal.SIGCONT)
    network.wait_height("regulator", height + 4)


def test_all_killed_at_once_come_back_with_the_confirmed_blocks(network: Running) -> None:
    w3, bank = network.nodes["observer"], network.accounts["bank"]
    sent = transfer(network.nodes["bank"], bank, bank.address, 0)
    assert wait_mined(w3, [sent], 20)
    block = network.confirmed(w3, sent)
    known = HexBytes(w3.eth.get_block(block)["hash"])
    pids = [service(network.state, f"node-{seat}").pid for seat in SEATS]
    for pid in pids:
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)
    network.engine.wait_ready(90, lambda _event: None)
    for node in network.nodes.values():
        assert node.eth.get_block(block)["hash"] == known
        assert is_mined(node, sent)


def test_a_stopped_network_starts_again_where_it_was(network: Running, need: Callable[[str], None]) -> None:
    need("geth")
    height = network.nodes["bank"].eth.block_number - 4
    known = network.nodes["bank"].eth.get_block(height)["hash"]
    stop(network.state)
    assert status(network.state).daemon is None
    start(network.state, network.engine.services())
    network.engine.wait_ready(90, lambda _event: None)
    assert network.nodes["bank"].eth.get_block(height)["hash"] == known
