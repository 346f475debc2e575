"""Every command that the documentation shows is run, against a network that the demo left up.

Lines that start the demo or set a variable are the reader's own part: the demo is run here once, and the variables get
the values that it printed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing; install it with your package manager"),
]
ROOT = Path(__file__).resolve().parents[2]
# Their commands need no network, or are run by tests of their own.
ELSEWHERE = {"schedules.md"}
PAGES = sorted(p for p in (ROOT / "docs").glob("*.md") if p.name not in ELSEWHERE)
_READERS = ("export ", "./scripts/demo", "./scripts/test", "#")


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks that a reader types after bringing the demo up."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(_READERS)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of somebody who ran the demo with --keep and set the variables."""
    state = tmp_path_factory.mktemp("docs") / "demo"
    here = [sys.executable, "-m", "gateway.cli"]
    demo = [*here, "demo", "--quick", "--keep", "--json", "--state", str(state)]
    done = subprocess.run(demo, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    try:
        assert done.returncode == 0, done.stderr[-3000:]
        result = json.loads(done.stdout)
        tokens = {seat: _token(here, state, seat) for seat in result["gateways"]}
        yield {
            **os.environ,
            "STATE": str(state),
            "PLATFORM": result["gateways"]["platform"],
            "TOKEN": tokens["platform"],
            "BANK": result["gateways"]["bank"],
            "BANK_TOKEN": tokens["bank"],
            "REGULATOR": result["gateways"]["regulator"],
            "REGULATOR_TOKEN": tokens["regulator"],
            "OBSERVER": result["gateways"]["observer"],
            "OBSERVER_TOKEN": tokens["observer"],
            "GATEWAY": result["gateways"]["observer"],
            "LOAN": result["loans"][0]["id"],
        }
    finally:
        subprocess.run([*here, "network", "down", "--remove", "--state", str(state)], cwd=ROOT, check=False, timeout=60)


def _token(here: list[str], state: Path, seat: str) -> str:
    command = [*here, "gateway", "token", "--state", str(state), "--seat", seat, "--principal", "reader"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return str(json.loads(done.stdout)["token"])


def test_the_first_call_of_the_readme_works(reader: dict[str, str]) -> None:
    calls = [c for c in commands(ROOT / "README.md") if c.startswith("curl")]
    assert calls
    for call in calls:
        environment = {**reader, "TOKEN": reader["OBSERVER_TOKEN"]}
        done = subprocess.run(
            ["bash", "-c", f"{call} -fsS"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "items" in json.loads(done.stdout)


# The operator's page takes the network down at its end, so it comes last.
@pytest.mark.parametrize("page", sorted(PAGES, key=lambda p: p.name == "operator.md"), ids=lambda p: p.name)
def test_every_command_of_the_page_works(page: Path, reader: dict[str, str]) -> None:
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=reader, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-800:]}\n{done.stderr[-2000:]}"
        assert done.stdout or done.stderr, f"{command} says nothing"
