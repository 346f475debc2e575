"""anvil as a network's chain: seats funded, mined at once, kept over stops and most of a kill."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import pytest
from eth_account.signers.local import LocalAccount

from chain.engines.anvil import SERVICE, AnvilEngine, Hardfork
from chain.engines.probing import is_mined, transfer, wait_mined
from chain.engines.protocol import SEATS
from chain.ledger.connection import connect
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import service, start, stop, wait_ready

pytestmark = [pytest.mark.network, pytest.mark.timeout(90)]
Accounts = dict[str, LocalAccount]


@pytest.fixture(autouse=True)
def _anvil(need: Callable[[str], None]) -> None:
    need("anvil")


def up(engine: AnvilEngine, state: StateFolder) -> None:
    start(state, engine.services())
    engine.wait_ready(30, lambda _event: None)


@pytest.mark.parametrize(("hardfork", "base_fee"), [("berlin", None), ("london", 7), ("london", 10**9)])
def test_every_seat_can_send_with_and_without_base_fee(
    state: StateFolder, accounts: Accounts, hardfork: Hardfork, base_fee: int | None
) -> None:
    engine = AnvilEngine(state, accounts, hardfork, base_fee)
    up(engine, state)
    assert set(engine.rpc_urls()) == set(SEATS)
    w3 = connect(engine.rpc_urls()["bank"])
    assert w3.eth.get_block(0).get("baseFeePerGas") == base_fee
    for account in accounts.values():
        assert wait_mined(w3, [transfer(w3, account, account.address, 0)], 5)


def test_nobody_else_is_funded_and_chain_ids_differ(
    state: StateFolder, accounts: Accounts, tmp_path_factory: pytest.TempPathFactory
) -> None:
    up(AnvilEngine(state, accounts), state)
    other = StateFolder(tmp_path_factory.mktemp("other") / "net").create()
    try:
        second = AnvilEngine(other, accounts)
        up(second, other)
        chains = [connect(AnvilEngine(folder, accounts).rpc_urls()["bank"]) for folder in (state, other)]
        assert chains[0].eth.chain_id != chains[1].eth.chain_id
        assert chains[0].eth.accounts == []
    finally:
        stop(other)


def test_a_stopped_chain_comes_back_whole(state: StateFolder, accounts: Accounts) -> None:
    engine = AnvilEngine(state, accounts)
    up(engine, state)
    w3 = connect(engine.rpc_urls()["bank"])
    sent = [transfer(w3, accounts["bank"], accounts["platform"].address, 5) for _ in range(3)]
    assert wait_mined(w3, sent, 5)
    before = [w3.eth.get_block(number)["hash"] for number in range(4)]
    stop(state)
    up(engine, state)
    assert [w3.eth.get_block(number)["hash"] for number in range(4)] == before
    assert all(is_mined(w3, transaction) for transaction in sent)


def test_a_killed_chain_comes_back_on_its_port_without_its_last_second_at_most(
    state: StateFolder, accounts: Accounts
) -> None:
    engine = AnvilEngine(state, accounts)
    up(engine, state)
    w3 = connect(engine.rpc_urls()["bank"])
    sent = [transfer(w3, accounts["bank"], accounts["platform"].address, 5) for _ in range(3)]
    time.sleep(2.5)
    killed = service(state, SERVICE)
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    began = time.monotonic()
    while service(state, SERVICE).pid in (killed.pid, None):
        time.sleep(0.02)
    wait_ready(state, [SERVICE], 10)
    assert time.monotonic() - began < 3
    assert service(state, SERVICE).ports == killed.ports
    assert all(is_mined(w3, transaction) for transaction in sent)
