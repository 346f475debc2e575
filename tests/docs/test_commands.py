"""What the documentation shows is so: commands run, routes exist, requests are the API's own examples, words agree.

Lines that start the demo or set a variable are the reader's own part: the demo is run here once, for all tests, and the
variables get the values that it printed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
# Their commands need no network, or are run by tests of their own.
ELSEWHERE = {"schedules.md"}
PAGES = sorted(p for p in (ROOT / "docs").rglob("*.md") if p.name not in ELSEWHERE)
TEXTS = [ROOT / "README.md", ROOT / "contracts" / "README.md", *PAGES]
TRANSLATED = sorted((ROOT / "docs" / "zh").glob("*.md"))
BOOK = ROOT / "gateway" / "demo" / "book"
_READERS = ("export ", "./scripts/demo", "./scripts/test", "#")
_ROUTE = re.compile(r"\b(GET|POST) (/(?:v1|health)/[^\s`?]*)")
_REQUEST = re.compile(r"```json (POST \S+)\n(.*?)```", re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def commands(page: Path) -> list[str]:
    """The lines of a page's shell blocks that a reader types after bringing the demo up."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line and not line.startswith(_READERS)]


def of(pages: list[Path], holds: Callable[[Path], object]) -> pytest.MarkDecorator:
    """The tests' parameter `page`: those of the pages that hold something to be checked."""
    found = [page for page in pages if holds(page)]
    return pytest.mark.parametrize("page", found, ids=[str(page.relative_to(ROOT)) for page in found])


def holding(pattern: re.Pattern[str]) -> Callable[[Path], object]:
    """Whether a page has a match of `pattern`."""
    return lambda page: pattern.search(page.read_text("utf-8"))


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of somebody who ran the demo with --keep and set the variables."""
    if shutil.which("curl") is None:
        pytest.skip("curl is missing; install it with your package manager")
    state = tmp_path_factory.mktemp("docs") / "demo"
    here = [sys.executable, "-m", "gateway.cli"]
    demo = [*here, "demo", "--quick", "--keep", "--json", "--state", str(state)]
    done = subprocess.run(demo, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    try:
        assert done.returncode == 0, done.stderr[-3000:]
        result = json.loads(done.stdout)
        tokens = {seat: _token(here, state, seat, "reader") for seat in result["gateways"]}
        loan = result["loans"][0]["id"]
        yield {
            **os.environ,
            "STATE": str(state),
            "PLATFORM": result["gateways"]["platform"],
            "TOKEN": tokens["platform"],
            "BANK": result["gateways"]["bank"],
            "BANK_TOKEN": tokens["bank"],
            "SECOND_TOKEN": _token(here, state, "bank", "second"),
            "REGULATOR": result["gateways"]["regulator"],
            "REGULATOR_TOKEN": tokens["regulator"],
            "OBSERVER": result["gateways"]["observer"],
            "OBSERVER_TOKEN": tokens["observer"],
            "GATEWAY": result["gateways"]["observer"],
            "LOAN": loan,
            "PARTY": _lender(result["gateways"]["observer"], tokens["observer"], loan),
        }
    finally:
        subprocess.run([*here, "network", "down", "--remove", "--state", str(state)], cwd=ROOT, check=False, timeout=60)


def _token(here: list[str], state: Path, seat: str, principal: str) -> str:
    command = [*here, "gateway", "token", "--state", str(state), "--seat", seat, "--principal", principal]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    return str(json.loads(done.stdout)["token"])


def _lender(gateway: str, token: str, loan: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(f"{gateway}/v1/loans/{loan}/positions", headers=headers, timeout=30, trust_env=False)
    return str(answer.json()["items"][0]["lender"])


@pytest.mark.network
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


@pytest.mark.network
def test_the_quick_start_of_the_platforms_page_carries_a_loan_to_its_repayment(reader: dict[str, str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "platform.md").read_text("utf-8"), re.DOTALL)
    own = [line for line in program.splitlines() if line.strip() and not line.startswith(("import ", "from "))]
    assert len(own) <= 30
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=reader, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout == "Repaid and Ben has 1005.00\n"


@pytest.mark.network
def test_the_program_of_the_banks_page_posts_pays_out_and_closes_two_days(reader: dict[str, str]) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "bank.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=reader, capture_output=True, text=True, timeout=200, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.fullmatch(r"closed \d{4}-\d\d-\d\d and Carla has 150.00\n", done.stdout)


@pytest.fixture(scope="module")
def operations(reader: dict[str, str]) -> dict[str, Any]:
    """The bank's OpenAPI document, by "METHOD /path" with every parameter as {}."""
    document = httpx.get(f"{reader['BANK']}/openapi.json", timeout=30, trust_env=False).json()
    found = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
            examples = document["components"]["schemas"][name].get("examples", []) if name else []
            found[f"{method.upper()} {_nameless(path)}"] = examples
    return found


@pytest.mark.network
@of(TEXTS, holding(_ROUTE))
def test_every_route_that_the_page_names_exists(page: Path, operations: dict[str, Any]) -> None:
    for method, path in _ROUTE.findall(page.read_text("utf-8")):
        assert f"{method} {_nameless(path)}" in operations, f"{method} {path}"


@pytest.mark.network
@of(TEXTS, holding(_REQUEST))
def test_every_request_that_the_page_shows_is_an_example_of_the_api(page: Path, operations: dict[str, Any]) -> None:
    for route, body in _REQUEST.findall(page.read_text("utf-8")):
        examples = operations[_nameless(route)]
        assert any(_is_shown(example, json.loads(body)) for example in examples), f"{route}: {body}\n{examples}"


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)


def _is_shown(example: Any, shown: Any) -> bool:
    """Whether a page shows this example; it may cut long hexadecimal numbers by an ellipsis."""
    if isinstance(shown, dict) and isinstance(example, dict):
        return shown.keys() == example.keys() and all(_is_shown(example[name], shown[name]) for name in shown)
    if isinstance(shown, list) and isinstance(example, list):
        return len(shown) == len(example) and all(map(_is_shown, example, shown))
    if isinstance(shown, str) and shown.startswith("0x") and shown.endswith("..."):
        return isinstance(example, str) and example.startswith(shown.removesuffix("..."))
    return bool(shown == example)


def test_the_readme_shows_every_loan_of_the_book_once() -> None:
    table = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines() if line.startswith("| L")]
    named = [loan for line in table for loan in re.findall(r"\bL\d\d\b", line.split("|")[1])]
    assert sorted(named) == sorted(path.stem for path in (BOOK / "applications").glob("*.json"))


@of(TRANSLATED, commands)
def test_a_translated_page_shows_the_same_commands_as_the_original(page: Path) -> None:
    assert commands(page) == commands(ROOT / "docs" / page.name)


@of(TEXTS, holding(_LINK))
def test_every_link_of_the_page_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


# The operator's page takes the network down at its end, so it comes last. Translations have the same commands.
@pytest.mark.network
@of(sorted(set(PAGES) - set(TRANSLATED), key=lambda p: (p.name == "operator.md", p)), commands)
def test_every_command_of_the_page_works(page: Path, reader: dict[str, str]) -> None:
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=reader, capture_output=True, text=True, timeout=200, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout[-800:]}\n{done.stderr[-2000:]}"
        assert done.stdout or done.stderr, f"{command} says nothing"
