"""The operator's page shows how a key comes into an HSM: its commands work, its settings are read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gateway.key_settings import KeySettings
from gateway.settings import SeatSettings

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "operator.md").read_text("utf-8")
SECTION = PAGE[PAGE.index("## Where keys live") : PAGE.index("## Files")]


def _blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", SECTION, re.DOTALL)


@pytest.mark.parametrize("text", _blocks("toml"))
def test_the_settings_shown_are_read(text):
    found = tomllib.loads(text.replace('"0x..."', f'"0x{"11" * 64}"'))
    SeatSettings(seat="bank", role="bank", rpc_url="http://127.0.0.1:1", **found | {"keys": ()})
    keys = found.get("keys", ())
    if isinstance(keys, dict):  # the limits of whatever key stands above them
        keys = [{"name": "k", "scopes": ["Book"], "folder": "keys/k", **keys}]
    for key in keys:
        KeySettings(**key)


def test_the_commands_shown_make_a_key_that_signs(hsm, tmp_path, monkeypatch):
    folder = tmp_path / "hsm"
    folder.mkdir()
    commands = _blocks("bash")[0].replace("./scripts/loan-ledger", f"{sys.executable} -m gateway.cli")
    values = {"HSM": str(folder), "PIN": "2718", "SO_PIN": "31415926", "MODULE": str(hsm.module)}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    made = subprocess.run(["bash", "-eu"], input=commands, capture_output=True, text=True, cwd=ROOT, check=False)
    assert made.returncode == 0, made.stderr
    settings = json.loads(made.stdout.splitlines()[-1])["settings"]
    check = "import json, sys; from gateway.key_settings import Pkcs11Settings as S; from gateway.signing.token_key "
    check += "import TokenKey as K; K('k', S(**json.loads(sys.argv[1]))).signature(b'payload')"
    monkeypatch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
    used = subprocess.run(
        [sys.executable, "-c", check, json.dumps(settings["pkcs11"])],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert used.returncode == 0, used.stderr
