"""`loan-ledger access`: clients, invitations, sessions and keys from the seat's folder, seen at once by its gateway."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.auth.service import issue_token
from gateway.cli.app import run


@pytest.fixture
def access(ledger, capsys) -> Callable[..., Any]:
    """Runs a command for the platform's seat; gives its JSON, or its text with `plain`."""

    def ask(*arguments: str, plain: bool = False, code: int = 0) -> Any:
        capsys.readouterr()
        more = [] if plain else ["--json"]
        end = run(["access", *arguments, "--state", str(ledger.state), "--seat", "platform", *more])
        shown = capsys.readouterr()
        assert end == code, (shown.out, shown.err)
        return shown.out if plain else json.loads(shown.out)

    return ask


def network(ledger, call, token: str) -> int:
    return call(ledger.platform.url, "GET", "/v1/network", token).status_code


def test_a_client_is_made_used_changed_and_shut_out_while_the_gateway_runs(ledger, call, access):
    name = f"cli-{secrets.token_hex(4)}"
    made = access("client", "create", name, "--role", "reading", "--role", "lending")
    assert made["roles"] == ["lending", "reading"]

    def token(secret: str) -> Any:
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
        return call(ledger.platform.url, "POST", "/v1/oauth/token", data=form).json().get("access_token")

    first = token(made["secret"])
    assert network(ledger, call, first) == 200
    second = access("client", "add-secret", name)
    assert len(second["secrets"]) == 2
    assert access("client", "retire-secret", name, made["secrets"][0])["secrets"] == [second["secrets"][1]]
    assert network(ledger, call, first) == 401
    open_token = token(second["secret"])
    assert access("client", "disable", name)["disabled"] is True
    assert network(ledger, call, open_token) == 401
    assert token(second["secret"]) is None
    access("client", "enable", name)
    assert access("client", "set-roles", name, "--role", "reading")["roles"] == ["reading"]
    assert name in [item["id"] for item in access("client", "list")["items"]]
    error = access("client", "create", name, "--role", "reading", code=1)["error"]
    assert error["code"] == "auth.principal_exists"


def test_a_secret_is_the_only_thing_on_stdout(ledger, access):
    name = f"cli-{secrets.token_hex(4)}"
    printed = access("client", "create", name, "--role", "reading", plain=True)
    assert printed.startswith("llc_")
    assert len(printed.split()) == 1
    assert access("client", "list", plain=True) == ""


def test_an_invited_person_enrols_and_its_sessions_are_revoked_by_command(ledger, call, access, invite):
    name, url = f"cli-{secrets.token_hex(4)}", ledger.platform.url
    invitation = access("invite", name, "--role", "reading")
    app_of = call(url, "POST", "/v1/enrolments:prepare", json={"invitation": invitation["invitation"]}).json()
    person = invite(ledger.platform, f"other-{name}", "reading")  # for its kind of app
    app = type(person.app)(app_of["totp_secret"], int(time.time()) // 30 - 2)
    body = {"invitation": invitation["invitation"], "password": "eleven words are too many", "code": app.code()}
    token = call(url, "POST", "/v1/enrolments", json=body).json()["tokens"]["access_token"]
    assert network(ledger, call, token) == 200
    listed = access("session", "list", "--principal", f"person:{name}")["items"]
    assert [item["principal"] for item in listed] == [f"person:{name}"]
    assert access("session", "revoke", f"person:{name}") == {"ended": 1}
    assert network(ledger, call, token) == 401
    token = person.tokens["access_token"]
    assert access("session", "revoke", person.tokens["session"]) == {"ended": 1}
    assert network(ledger, call, token) == 401
    assert access("person", "disable", name)["disabled"] is True
    assert access("person", "enable", name)["factors"] == ["password", "totp"]
    assert access("person", "unlock", name)["id"] == name
    assert access("person", "set-roles", name, "--role", "lending")["roles"] == ["lending"]
    assert access("invite", name)["person"] == name
    assert {name, person.name} <= {item["id"] for item in access("person", "list")["items"]}


def test_an_operators_token_is_ended_by_command(ledger, call, access):
    token = issue_token(ledger.state, "platform", "leaving")
    assert network(ledger, call, token) == 200
    assert access("session", "revoke", "operator:leaving") == {"ended": 1}
    assert network(ledger, call, token) == 401
    assert access("session", "revoke", "operator:leaving") == {"ended": 0}


def test_a_key_is_rotated_by_command_and_the_gateway_signs_with_it(ledger, call, access):
    name = f"cli-{secrets.token_hex(4)}"
    made = access("client", "create", name, "--role", "reading")
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": made["secret"]}
    url = ledger.platform.url
    before = call(url, "POST", "/v1/oauth/token", data=form).json()["access_token"]
    rotated = access("key", "rotate")["keys"]
    after = call(url, "POST", "/v1/oauth/token", data=form).json()["access_token"]
    assert [network(ledger, call, token) for token in (before, after)] == [200, 200]
    published = call(url, "GET", "/v1/.well-known/jwks.json").json()["keys"]
    assert [key["kid"] for key in published] == rotated
    assert len(rotated) == 2
