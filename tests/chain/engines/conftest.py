"""Accounts, state folders and real chains for the engines' tests."""

from __future__ import annotations

import itertools
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3
from web3.types import RPCEndpoint

from chain.ledger.connection import connect
from chain.runtime.ports import port
from chain.runtime.state import StateFolder
from chain.runtime.supervisor import stop
from chain.toolchain.errors import ToolMissing
from chain.toolchain.layout import binary

NAMES = ("deployer", "platform", "bank", "regulator")


@pytest.fixture
def accounts() -> dict[str, LocalAccount]:
    return {name: Account.create() for name in NAMES}


@pytest.fixture
def state(tmp_path: Path) -> Iterator[StateFolder]:
    folder = StateFolder(tmp_path / "net").create()
    yield folder
    if folder.path.is_dir():
        stop(folder)


@pytest.fixture
def need() -> Callable[[str], None]:
    """Skips the test if a program is not installed, saying how to get it."""

    def check(name: str) -> None:
        try:
            binary(name)
        except ToolMissing as exc:
            pytest.skip(str(exc))

    return check


@pytest.fixture
def anvil(tmp_path: Path, need: Callable[[str], None]) -> Iterator[Callable[..., str]]:
    """Starts an anvil by hand, as somebody else would, without anybody funded; its URL."""
    need("anvil")
    numbers = itertools.count()
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        number = port(StateFolder(tmp_path / "others").create(), f"anvil-{next(numbers)}")
        argv = [str(binary("anvil")), "--port", str(number), "--accounts", "0", "--quiet", *options]
        started.append(subprocess.Popen(argv))
        url = f"http://127.0.0.1:{number}"
        deadline = time.monotonic() + 20
        while True:
            with suppress(OSError):
                if connect(url).eth.chain_id:
                    return url
            assert time.monotonic() < deadline
            time.sleep(0.05)

    yield start
    for process in started:
        process.terminate()
        process.wait()


@pytest.fixture
def give() -> Callable[[str, LocalAccount, int], Web3]:
    """Sets an account's balance in wei on an anvil."""

    def set_balance(url: str, account: LocalAccount, wei: int) -> Web3:
        w3 = connect(url)
        w3.provider.make_request(RPCEndpoint("anvil_setBalance"), [account.address, hex(wei)])
        return w3

    return set_balance
