"""The demo on one in-memory node: its result, what it leaves behind, and what an interruption leaves behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(600)]
STOP_SECONDS = 60.0  # a few seconds alone


def test_the_quick_demo_reconciles_and_leaves_nothing(
    demo: Callable[..., Any], agrees_with_book: Callable[[Any], None]
) -> None:
    run = demo("--quick")
    found = run.result()
    assert found["engine"] == "anvil"
    assert set(found) >= {"reconciled", "engine", "loans", "custody", "observer", "books", "errors"}
    agrees_with_book(found)
    assert "all reconciled" in run.talk
    run.nothing_left()


def test_an_interrupted_demo_ends_at_once_and_can_be_run_again(
    demo: Callable[..., Any], agrees_with_book: Callable[[Any], None]
) -> None:
    run = demo("--quick")
    run.until("2023-10-30: account statement")
    interrupted = time.monotonic()
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.ended(STOP_SECONDS) == 130
    print(f"ended {time.monotonic() - interrupted:.1f} s after the interruption")
    assert run.process.stdout.read() == ""
    assert "Traceback" not in run.talk
    run.nothing_left(0)
    again = demo("--quick")
    agrees_with_book(again.result())
    again.nothing_left()


@pytest.mark.parametrize(
    ("number", "moment", "status"),
    [
        (signal.SIGINT, "Ledger: Consortium", 130),
        (signal.SIGTERM, "Gateways: .* is ready", -signal.SIGTERM),
        (signal.SIGKILL, "registering", -signal.SIGKILL),
    ],
)
def test_a_demo_ended_at_any_moment_leaves_nothing(
    demo: Callable[..., Any], number: signal.Signals, moment: str, status: int
) -> None:
    run = demo("--quick")
    run.until(moment)
    os.kill(run.process.pid, number)
    assert run.ended(STOP_SECONDS) == status
    run.nothing_left(STOP_SECONDS)


def test_a_document_damaged_during_the_demo_is_named_at_its_end(demo: Callable[..., Any]) -> None:
    run = demo("--quick")
    run.until("L01: subscriptions")  # all contract texts are stored
    blocks = sorted(
        (run.state / "ipfs" / "2" / "repo" / "blocks").rglob("*.data"), key=lambda path: path.stat().st_size
    )
    content = bytearray(blocks[-1].read_bytes())  # the largest holds a contract text
    content[len(content) // 2] ^= 1
    blocks[-1].write_bytes(content)
    found = run.result(status=1)
    assert found["reconciled"] is False
    off = [loan for loan in found["loans"] if not loan["reconciled"]]
    assert off
    assert [loan["ref"] for loan in off] == [error.partition(":")[0] for error in found["errors"]]
    assert all("documents.stored_bytes_corrupt" in error and "baf" in error for error in found["errors"])
    assert found["observer"] == {"equal": True}  # the money is not touched by it
    run.nothing_left()
