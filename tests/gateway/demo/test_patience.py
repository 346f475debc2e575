"""The demo's last step waits for a node that was killed, and its payouts' failures are not passed over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chain.ledger.connection import connect
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.errors import ContractError, HistoryBroken
from chain.ledger.reader import Ledger
from gateway.demo.bank_days import check_instructed
from gateway.demo.errors import NodeGone, PayoutFailed
from gateway.demo.figures import PatientNode
from gateway.payout_instructions.schemas import PayoutInstruction


@pytest.fixture(scope="module")
def deployed(make_ledger: Callable[..., Any]) -> Any:
    """A ledger whose gateways are not needed."""
    return make_ledger()


def _reader(deployed: Any, url: str) -> Ledger:
    return Ledger(connect(url, 2), Contracts(Consortium.load(deployed.state / "consortium.json")))


def test_a_read_is_repeated_until_the_node_is_back(deployed: Any, rpc_proxy: Callable[[str], Any]) -> None:
    proxy = rpc_proxy(deployed.rpc)

    def gone(method: str, body: bytes) -> bytes:
        raise ConnectionResetError  # the connection ends without an answer, as if the node were killed

    proxy.hook = gone
    back = threading.Timer(1.0, lambda: setattr(proxy, "hook", None))
    began = time.monotonic()
    back.start()
    assert PatientNode(_reader(deployed, proxy.url), 1).supply() == 0
    assert time.monotonic() - began >= 1.0
    assert len(proxy.calls) > 3


def test_a_node_that_came_back_behind_is_read_only_when_it_has_the_block(deployed: Any) -> None:
    reader = _reader(deployed, deployed.rpc)
    block = int(reader.w3.eth.block_number) + 3
    mine = threading.Timer(0.6, lambda: reader.w3.provider.make_request("anvil_mine", ["0x3"]))  # type: ignore[arg-type]
    mine.start()
    heights = PatientNode(_reader(deployed, deployed.rpc), block).read("a block", lambda node: node.w3.eth.block_number)
    assert heights == block


def test_a_node_that_stays_away_is_named(deployed: Any, rpc_proxy: Callable[[str], Any]) -> None:
    with pytest.raises(NodeGone, match=r"http://127\.0\.0\.1:1/? did not give .*custody tokens"):
        PatientNode(_reader(deployed, "http://127.0.0.1:1"), 1, patience=0.5).supply()
    behind = PatientNode(_reader(deployed, deployed.rpc), 10**6, patience=0.5)
    with pytest.raises(NodeGone, match="not yet 1000000"):
        behind.figures(b"\1" * 32)


def test_what_a_node_says_wrongly_is_not_asked_again(deployed: Any) -> None:
    node = PatientNode(_reader(deployed, deployed.rpc), 1)
    began = time.monotonic()
    with pytest.raises(ContractError):
        node.read("a regime", lambda ledger: ledger.profile(b"\7" * 32))

    def broken(_: Ledger) -> None:
        raise HistoryBroken(loan="0x", seq=1, expected="0x", found="0x")

    with pytest.raises(HistoryBroken):
        node.read("a history", broken)
    assert time.monotonic() - began < 10


def test_a_failed_payout_ends_the_demo_with_the_loans_name() -> None:
    schema = PayoutInstruction.model_config["json_schema_extra"]
    assert isinstance(schema, dict)
    [example] = schema["examples"]  # type: ignore[misc]
    good = PayoutInstruction.model_validate(example).model_dump(mode="json")
    loan = good["payouts"][0]["loan"]
    check_instructed(good, {loan: "L07"})
    error = {"code": "contract.PayoutNotReserved", "message": "the payout is not reserved"}
    bad = good | {"status": "failed", "payouts": [good["payouts"][0] | {"state": "failed", "error": error}]}
    with pytest.raises(PayoutFailed, match=rf"L07 \({loan}\).*not reserved.*contract\.PayoutNotReserved"):
        check_instructed(bad, {loan: "L07"})
