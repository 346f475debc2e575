"""What docs/events.md shows receivers works on real signatures, and its settings are settings."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from base64 import b64encode
from pathlib import Path

import pytest

from gateway.events.settings import EventSettings
from gateway.webhooks.settings import WebhookSettings
from gateway.webhooks.verification import key_of, signatures

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
SECRET = "whsec_" + b64encode(b"7" * 32).decode()
BODY = json.dumps({"id": "evt_0a1b2c3d_7", "data": {"text": "中文 €"}}, ensure_ascii=False)


def _block(language):
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return found


def _headers(moment, body=BODY):
    signed = signatures([key_of(SECRET)], "evt_0a1b2c3d_7", str(moment), body.encode())
    return {"webhook-id": "evt_0a1b2c3d_7", "webhook-timestamp": str(moment), "webhook-signature": signed}


def test_the_python_receiver_answers_as_the_page_says():
    import time

    handled = []
    names = {"handle": handled.append}
    exec(_block("python").replace("whsec_...", SECRET), names)
    receive, now = names["receive"], int(time.time())
    assert receive(_headers(now), BODY.encode()) == 204
    assert receive(_headers(now), BODY.encode()) == 200
    assert receive(_headers(now), BODY.encode() + b" ") == 400
    assert receive(_headers(now - 400), BODY.encode()) == 400
    assert [event["id"] for event in handled] == ["evt_0a1b2c3d_7"]


@pytest.mark.parametrize(
    ("age", "spoilt", "fine"), [(0, "", True), (299, "", True), (301, "", False), (0, " ", False), (-301, "", False)]
)
def test_the_typescript_receiver_takes_what_is_signed_and_fresh(tmp_path, age, spoilt, fine):
    # The types are taken off, as a compiler does; the language server's checks are not what is tested here.
    script = re.sub(r"(\w+): (?:string\[\]|Record<string, string>|string)(?=[,)])", r"\1", _block("ts"))
    script = script.replace("): unknown {", ") {")
    now = 1_800_000_000
    given = json.dumps([[SECRET], _headers(now - age), BODY + spoilt, now])
    file = tmp_path / "receiver.mjs"
    file.write_text(f"{script}\nconsole.log(JSON.stringify(verified(...{given})));\n", "utf-8")
    done = subprocess.run(["node", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == fine, done.stderr
    if fine:
        assert json.loads(done.stdout) == json.loads(BODY)


def test_the_settings_of_the_page_are_the_defaults():
    raw = tomllib.loads(_block("toml"))
    assert EventSettings(**raw["events"]) == EventSettings()
    assert WebhookSettings(**raw["webhooks"]) == WebhookSettings()
