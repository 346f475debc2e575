"""What all tests share: the tier's hypothesis profile with its seed printed, and the folder of peer data.

`LOAN_LEDGER_TEST_TIER` (fast, default, full) is set by `scripts/test`; plain pytest runs the default tier.
`LOAN_LEDGER_TEST_SEED` repeats a run. A test that uses the fixture `peer_data`, carries the mark of that name or is
skipped without that variable counts as one case; one that checks several says `record_property("peer_cases", n)`.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TIERS = {"fast": 25, "default": 100, "full": 2_000}
TIER = os.environ.get("LOAN_LEDGER_TEST_TIER", "default")
PEER_DATA = "LOAN_LEDGER_PEER_DATA"
SEED = "LOAN_LEDGER_TEST_SEED"
PEER_CASES = "peer_cases"

FIRST = ("demo", "docs", "gateway/chaos", "gateway/clients", "gateway/database", "gateway")

if TIER not in TIERS:
    raise pytest.UsageError(f"LOAN_LEDGER_TEST_TIER is {TIER!r}; expected one of {', '.join(TIERS)}.")
# Workers of one run inherit the seed of the process that starts them.
os.environ.setdefault(SEED, str(secrets.randbelow(2**32)))
for name, examples in TIERS.items():
    settings.register_profile(
        name,
        max_examples=examples,
        deadline=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )
settings.load_profile(TIER)


def pytest_configure(config: pytest.Config) -> None:
    """Give hypothesis the printed seed, unless the command line names one."""
    if config.getoption("--hypothesis-seed", None) is None:
        config.option.hypothesis_seed = os.environ[SEED]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What runs whole networks comes first, so that no worker is left alone with a long file at the end."""
    here = Path(__file__).parent
    order = {name: rank for rank, name in enumerate(FIRST)}
    items.sort(key=lambda item: min(order.get(part, len(FIRST)) for part in _places(item.path.relative_to(here))))


def _places(path: Path) -> list[str]:
    return [path.as_posix(), *(parent.as_posix() for parent in path.parents)]


def pytest_report_header() -> list[str]:
    """What is needed to repeat this run."""
    return [
        f"tier {TIER}, hypothesis seed {os.environ[SEED]} (repeat with {SEED}={os.environ[SEED]})",
        f"peer data: {os.environ.get(PEER_DATA) or f'none, {PEER_DATA} is not set'}",
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many cases of the peer data the tests used."""
    counts = []
    for report in terminalreporter.stats.get("passed", []):
        values = [int(value) for name, value in report.user_properties if name == PEER_CASES]
        counts += values[-1:]  # the test's own figure comes after the fixture's
    folder = os.environ.get(PEER_DATA)
    used = f"{sum(counts)} cases used by {len(counts)} passed tests" if folder else "not set, none used"
    terminalreporter.write_line(f"peer data {folder or ''}: {used}")


@pytest.fixture
def peer_data() -> Path:
    """The folder of peer data; the test is skipped, with the reason, where there is none."""
    named = os.environ.get(PEER_DATA)
    if not named:
        pytest.skip(f"{PEER_DATA} is not set: there is no peer data to compare with")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"{PEER_DATA} names {folder}, which is not a folder")
    return folder


@pytest.fixture(autouse=True)
def _count_peer_cases(request: pytest.FixtureRequest) -> None:
    skips = request.node.iter_markers("skipif")
    uses = "peer_data" in request.fixturenames or request.node.get_closest_marker("peer_data")
    if uses or any(PEER_DATA in str(mark.kwargs.get("reason")) for mark in skips):
        request.node.user_properties.append((PEER_CASES, 1))
