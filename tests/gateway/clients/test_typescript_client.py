"""The TypeScript client, type-checked by tsc --strict and run by node against a real gateway."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from chain.toolchain import layout
from chain.toolchain.components import npm_environment, tool_path

HERE = Path(__file__).parent / "typescript"


def tsc(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    compiler = layout.checkout() / "node_modules" / "typescript" / "bin" / "tsc"
    command = [tool_path("node"), compiler, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=npm_environment(), check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The client and its user, checked and compiled."""
    out = tmp_path_factory.mktemp("typescript")
    done = tsc("-p", HERE / "tsconfig.json", "--outDir", out)
    assert done.returncode == 0, done.stdout
    (out / "package.json").write_text('{"type": "module"}')
    (out / "node_modules").symlink_to(layout.checkout() / "node_modules")
    return out / "tests" / "gateway" / "clients" / "typescript" / "seat.js"


@pytest.mark.network
def test_the_typescript_client_reads_changes_once_and_pages(ledger, built):
    environment = npm_environment() | {"GATEWAY": ledger.bank.url, "TOKEN": ledger.bank.token, "LOSSES": "2"}
    done = subprocess.run(
        [tool_path("node"), built], env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["business_date"] == ledger.today().isoformat()
    assert (said["resource"], said["statuses"], said["lost"]) == ("party", ["final"], 2)
    assert said["parties"].count("from-typescript") == 1
    assert said["refusal"] == "resource.not_found"
    assert said["detail"].startswith("不存在")
    sent = ledger.bank.get("/v1/transactions?limit=200")["items"]
    assert [t["id"] for t in sent if t["function"] == "register"][:1]


def test_what_the_api_does_not_take_is_no_typescript(tmp_path):
    wrong = tmp_path / "wrong.mts"
    index = layout.checkout() / "gateway" / "clients" / "typescript" / "src" / "index.js"
    wrong.write_text(
        f'import {{ ledgerClient, token }} from "{index}";\n'
        'const client = ledgerClient("http://127.0.0.1:1", token("x"));\n'
        'await client.POST("/v1/day-ends", { body: { trough: "2026-01-05" } });\n'
    )
    (tmp_path / "node_modules").symlink_to(layout.checkout() / "node_modules")
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext", "--skipLibCheck"]
    done = tsc(*options, wrong)
    assert done.returncode != 0
    assert "trough" in done.stdout
