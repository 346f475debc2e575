"""The TypeScript client, type-checked by tsc --strict and run by node against a real gateway."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest
from loan_ledger_client import webhooks

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


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda sent: None, 'taken {"type":"loan.proposed"}'),
        (lambda sent: sent.update(body='{"type":"loan.repaid"}'), "refused no signature fits"),
        (lambda sent: sent["headers"].update({"webhook-id": "evt_2"}), "refused no signature fits"),
        (lambda sent: sent.update(secrets=["whsec_" + "AAAA" * 8]), "refused no signature fits"),
        (lambda sent: _sign(sent, time.time() - 900), "refused its time is too old, or in the future"),
    ],
    ids=["as sent", "body", "id", "secret", "old"],
)
def test_a_webhook_is_taken_only_as_it_was_signed(built, spoil, said):
    """Signed by the same code as the gateway's, verified by the TypeScript client."""
    sent = {"headers": {}, "body": '{"type":"loan.proposed"}', "secrets": ["whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"]}
    _sign(sent, time.time())
    spoil(sent)
    environment = npm_environment() | {"WEBHOOK": json.dumps(sent)}
    done = subprocess.run(
        [tool_path("node"), built.with_name("webhook.js")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == said, done.stderr


def _sign(sent, moment):
    at, body = str(int(moment)), sent["body"].encode()
    keys = [webhooks.key_of(secret) for secret in sent["secrets"]]
    sent["headers"] |= {
        "webhook-id": "evt_1",
        "webhook-timestamp": at,
        "webhook-signature": webhooks.signatures(keys, "evt_1", at, body),
    }


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
