"""The demo on nodes of others: an anvil started by hand, any fork, used again and again, whoever has the funds."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from chain.toolchain.layout import binary

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]
SEATS = ("deployer", "platform", "bank", "regulator")
# The first accounts of anvil's public test phrase, which it gives funds to unless told otherwise.
PHRASE = "test test test test test test test test test test test junk"


@pytest.fixture
def anvil(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts an anvil by hand; its URL."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*options: str) -> str:
        log = tmp_path / f"anvil-{len(started)}.log"
        with log.open("wb") as output:
            started.append(subprocess.Popen([binary("anvil"), "--port", "0", *options], stdout=output, stderr=output))
        deadline = time.monotonic() + 60
        while not (found := re.search(r"Listening on (\S+)", log.read_text())):
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return f"http://{found[1]}"

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


def keys_file(folder: Path, *, funded: tuple[str, ...]) -> Path:
    """Plain keys: accounts of anvil for the seats in `funded`, fresh and penniless ones for the others."""
    Account.enable_unaudited_hdwallet_features()
    keys = {}
    for number, seat in enumerate(SEATS):
        account = (
            Account.from_mnemonic(PHRASE, account_path=f"m/44'/60'/0'/0/{number}")
            if seat in funded
            else Account.create()
        )
        keys[seat] = bytes(account.key).hex()
    path = folder / "keys.json"
    path.write_text(json.dumps(keys))
    return path


@pytest.mark.parametrize(
    ("hardfork", "funded"),
    [("london", SEATS), ("berlin", ("deployer",))],
    ids=["london, all have funds", "berlin, the deployer has funds"],
)
def test_the_demo_reconciles_again_and_again_on_the_same_chain(
    tmp_path: Path,
    demo: Callable[..., Any],
    anvil: Callable[..., str],
    agrees_with_book: Callable[[Any], None],
    posted_exactly_once: Callable[[Any, Any], None],
    hardfork: str,
    funded: tuple[str, ...],
) -> None:
    url = anvil("--hardfork", hardfork)
    keys = keys_file(tmp_path, funded=funded)
    loans: list[str] = []
    for number in range(2):
        run = demo(
            "--rpc", url, "--keys", keys, "--book", "quick", *(("--keep",) if number == 0 else ()), name=f"net{number}"
        )
        found = run.result()
        assert found["engine"] == "rpc"
        assert re.search("plain keys.*tests only", run.talk)
        agrees_with_book(found)
        if number == 0:
            posted_exactly_once(run, found)
            run.close()
        run.nothing_left()
        loans += [loan["id"] for loan in found["loans"]]
    assert len(set(loans)) == len(loans)


@pytest.mark.full
@pytest.mark.parametrize("hardfork", ["berlin", "london"])
def test_four_given_nodes_may_be_the_same_and_only_the_deployer_has_funds(
    tmp_path: Path,
    demo: Callable[..., Any],
    anvil: Callable[..., str],
    agrees_with_book: Callable[[Any], None],
    hardfork: str,
) -> None:
    url = anvil("--hardfork", hardfork)
    keys = keys_file(tmp_path, funded=("deployer",))
    for number in range(2):
        urls = [option for _ in range(4) for option in ("--rpc", url)]
        agrees_with_book(demo(*urls, "--keys", keys, "--book", "quick", name=f"net{number}").result())
