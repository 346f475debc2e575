"""How the command line tells what nobody foresaw."""

from __future__ import annotations

import json

import pytest

from gateway.cli import app


def test_what_nobody_foresaw_is_one_json_object_with_the_traceback_on_stderr(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(app.COMMANDS, "doctor", "gateway.cli.no_such_module:doctor")
    assert app.run(["doctor", "--json"]) == 1
    said = capfd.readouterr()
    error = json.loads(said.out)["error"]
    assert (error["code"], "no_such_module" in error["message"]) == ("internal", True)
    assert "Traceback" in said.err


def test_without_json_it_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.COMMANDS, "doctor", "gateway.cli.no_such_module:doctor")
    with pytest.raises(ModuleNotFoundError):
        app.run(["doctor"])
