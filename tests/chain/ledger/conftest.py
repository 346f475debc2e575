"""A ledger on a fresh anvil, driven by Python with one key per seat: the facade's own tests need no gateway."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from eth_account import Account
from hexbytes import HexBytes
from web3 import Web3

from chain.deployment import MemberSeat, deploy
from chain.ledger.calls import Call
from chain.ledger.connection import connect, fees, node_error
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.reader import Ledger
from chain.ledger.roles import Role
from chain.toolchain.layout import binary

START = date(2026, 1, 5)
KEYS = {name: "0x" + f"{n:02x}" * 32 for n, name in enumerate(("deployer", "platform", "bank", "regulator"), start=161)}


@dataclass
class Book:
    """A deployed ledger and the seats' keys."""

    ledger: Ledger
    consortium: Consortium

    @staticmethod
    def key(name: str) -> str:
        """A party's or seat's key, the same for the same name."""
        return KEYS.get(name) or "0x" + bytes(Web3.keccak(text=f"test party {name}")).hex()

    def address(self, name: str) -> str:
        """The address of `key(name)`."""
        return str(Account.from_key(self.key(name)).address)

    @property
    def contracts(self) -> Contracts:
        return self.ledger.contracts

    def send(self, seat: str, call: Call) -> Any:
        """Sends from a seat's key and waits; a refusal raises the typed contract error."""
        w3 = self.ledger.w3
        account = Account.from_key(KEYS[seat])
        to = Web3.to_checksum_address(self.contracts.address(call.contract))
        data = HexBytes(self.contracts.encode(call))
        try:
            gas = w3.eth.estimate_gas({"from": account.address, "to": to, "data": data})
        except Exception as exc:
            raise node_error(exc) from exc
        signed = account.sign_transaction(
            {
                "nonce": w3.eth.get_transaction_count(account.address),
                "chainId": w3.eth.chain_id,
                "to": to,
                "data": data,
                "gas": gas * 12 // 10,
                "value": 0,
                **fees(w3),
            }
        )
        receipt = w3.eth.wait_for_transaction_receipt(
            w3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.01
        )
        assert receipt["status"] == 1
        return receipt


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    """Starts anvils and gives their URLs; ends them afterwards."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*flags: str) -> str:
        # A file, not a pipe: anvil stops when nobody drains its output.
        log = tmp_path_factory.mktemp("anvil") / "log"
        command = [str(binary("anvil")), "--port", "0", "--hardfork", "berlin", *flags]
        with log.open("wb") as file:
            processes.append(subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT))
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = re.search(r"Listening on (\S+)", log.read_text())
            if found:
                return f"http://{found.group(1)}"
            time.sleep(0.02)
        raise AssertionError(f"anvil did not start: {log.read_text()[-400:]}")

    yield start
    for process in processes:
        process.terminate()
        process.wait(10)


@pytest.fixture
def book(anvil_url: str) -> Book:
    """A fresh deployment on the session's anvil."""
    w3 = connect(anvil_url)
    members = [
        MemberSeat(name, Role(name.upper()), Account.from_key(KEYS[name]).address)
        for name in ("platform", "bank", "regulator")
    ]
    consortium = deploy(w3, KEYS["deployer"], members, name="test", engine="anvil", start_day=START, simulated=True)
    return Book(Ledger(w3, Contracts(consortium)), consortium)


@pytest.fixture(scope="session")
def anvil_url(anvil: Callable[..., str]) -> str:
    """One anvil for the session, with the seats' keys funded."""
    url = anvil()
    w3 = connect(url)
    for key in KEYS.values():
        w3.provider.make_request("anvil_setBalance", [Account.from_key(key).address, hex(10**21)])  # type: ignore[arg-type]
    return url
