"""kill -9 of gateways, nodes and IPFS nodes in the middle of the demo on Clique: not a cent lost or doubled."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [
    pytest.mark.network,
    pytest.mark.slow,
    pytest.mark.timeout(900),
]
CHAIN = "geth"
SECONDS = 600.0  # alone on two cores the demo takes less than two minutes
SEED = os.environ.get("LOAN_LEDGER_TEST_SEED", "0")
SEATS = ("platform", "bank", "regulator", "observer")
SERVICES = (*(f"gateway-{seat}" for seat in SEATS), *(f"node-{seat}" for seat in SEATS), "ipfs-1", "ipfs-2")

# When the demo says this, that is killed after so many seconds.
MOMENTS = (
    ("registering", "ipfs-2", 0.3),  # contract texts are being stored
    ("L03: application", "gateway-bank", 0.1),  # the deposits of the first account statement are being posted
    ("L01: subscriptions", "gateway-platform", 0.1),
    ("payouts of", "node-bank", 0.0),  # a sealer
    ("2024-01-02: account statement", "gateway-bank", 0.3),  # repayments are being posted
    ("second key: reverse", "gateway-bank", 0.1),  # approvals and corrections are on their way
    ("2024-02-29: account statement", "node-observer", 0.2),
    ("2024-04-30: account statement", "gateway-platform", 0.5),
)


def nothing_else_ended(run: Any, killed: list[str]) -> None:
    """No service was started again but those that were killed, and as often as they were."""
    restarts = {name: report.restarts for name, report in run.report().services.items() if report.restarts}
    more = [name for name, number in restarts.items() if number != killed.count(name)]
    assert restarts == Counter(killed), "\n".join(run.log(name) for name in ("supervisor", *more))


def test_kills_of_every_kind_cost_nothing_and_the_network_stays_healthy(
    demo: Callable[..., Any],
    cli: Callable[..., Any],
    agrees_with_book: Callable[[Any], None],
    posted_exactly_once: Callable[[Any, Any], None],
) -> None:
    run = demo("--keep")
    for moment, service, pause in MOMENTS:
        run.until(moment, SECONDS)
        time.sleep(pause)
        run.kill(service)
    found = run.result(SECONDS)
    assert found["engine"] == "clique"
    agrees_with_book(found)
    posted_exactly_once(run, found)
    nothing_else_ended(run, [service for _, service, _ in MOMENTS])

    deadline = time.monotonic() + 60
    while (status := cli("network", "status", "--json", "--state", run.state)).returncode != 0:
        assert time.monotonic() < deadline, status.stdout
    healthy = json.loads(status.stdout)
    assert (healthy["seal_rule"], healthy["sealers"]["in_turn"]) == ("clique", True)
    assert set(healthy["sealers"]["counts"]) == {"platform", "bank", "regulator"}
    assert all(count > 0 for count in healthy["sealers"]["counts"].values())
    assert (healthy["observer_in_step"], healthy["ipfs_connected"]) == (True, 2)
    first, second = healthy["ipfs"]
    assert (first["peers"], second["peers"]) == ([second["peer_id"]], [first["peer_id"]])

    down = cli("network", "down", "--remove", "--json", "--state", run.state)
    assert json.loads(down.stdout) == {"stopped": True, "removed": True}
    run.nothing_left()


@pytest.mark.full
@pytest.mark.parametrize("number", range(3))
def test_kills_at_random_moments_cost_nothing(
    demo: Callable[..., Any],
    agrees_with_book: Callable[[Any], None],
    posted_exactly_once: Callable[[Any, Any], None],
    number: int,
) -> None:
    chance = random.Random(f"{SEED}-{number}")
    run = demo("--keep")
    run.until("registering", SECONDS)
    kills = []
    while run.process.poll() is None:
        time.sleep(chance.uniform(0.5, 8.0))
        service = chance.choice(SERVICES)
        if run.process.poll() is None:
            run.kill(service)
            kills.append(service)
    print(f"seed {SEED}-{number}: {kills}")
    found = run.result(SECONDS)
    agrees_with_book(found)
    posted_exactly_once(run, found)
    nothing_else_ended(run, kills)
