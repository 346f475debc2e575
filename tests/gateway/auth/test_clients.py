"""Machine clients: client credentials, two secrets, roles, and tokens that only work with their certificate."""

from __future__ import annotations

import base64
import secrets
from urllib.parse import quote_plus

import httpx
import jwt
import pytest

CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.fixture
def client(ledger):
    """A client of the platform, with its secret."""
    name = f"core-{secrets.token_hex(4)}"
    made = ledger.platform.http.post("/v1/clients", json={"id": name, "roles": ["lending", "reading"]})
    assert made.status_code == 201, made.text
    return made.json()


def ask(ledger, **form):
    headers = form.pop("headers", {})
    return httpx.post(
        ledger.platform.url + "/v1/oauth/token", data=form, headers=headers, trust_env=False, verify=False
    )


def token_of(ledger, client, **form):
    answer = ask(ledger, **CREDENTIALS, client_id=client["id"], client_secret=client["secret"], **form)
    assert answer.status_code == 200, answer.text
    return answer.json()


def network(ledger, token):
    return httpx.get(
        ledger.platform.url + "/v1/network", headers={"Authorization": f"Bearer {token}"}, trust_env=False
    ).status_code


def test_a_client_gets_a_token_by_its_secret_in_the_form_or_in_the_header(ledger, client, call):
    posted = token_of(ledger, client)
    assert posted["token_type"] == "Bearer"
    assert posted["scope"] == "lending reading"
    assert 0 < posted["expires_in"] <= 600
    basic = base64.b64encode(f"{quote_plus(client['id'])}:{quote_plus(client['secret'])}".encode()).decode()
    headers = ask(ledger, **CREDENTIALS, headers={"Authorization": f"Basic {basic}"})
    assert headers.status_code == 200
    assert headers.headers["cache-control"] == "no-store"
    for token in (posted["access_token"], headers.json()["access_token"]):
        caller = call(ledger.platform.url, "GET", "/v1/sessions:current", token).json()
        assert (caller["id"], caller["kind"], caller["tenant"]) == (f"client:{client['id']}", "client", "seat")
        assert caller["roles"] == ["lending", "reading"]


def test_a_client_may_ask_for_fewer_of_its_roles_and_for_no_others(ledger, client, call):
    narrow = token_of(ledger, client, scope="reading")
    assert narrow["scope"] == "reading"
    caller = call(ledger.platform.url, "GET", "/v1/sessions:current", narrow["access_token"]).json()
    assert caller["roles"] == ["reading"]
    for scope in ("reading admin", "booking", " "):
        refused = ask(ledger, **CREDENTIALS, client_id=client["id"], client_secret=client["secret"], scope=scope)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password", "client_id": "x", "client_secret": "y"}, 400, "unsupported_grant_type"),
        ({}, 400, "invalid_request"),
        ({"client_id": "x"}, 400, "invalid_request"),
        ({**CREDENTIALS}, 401, "invalid_client"),
        ({**CREDENTIALS, "client_id": "nobody", "client_secret": "x"}, 401, "invalid_client"),
        ({**CREDENTIALS, "client_id": ["a", "b"], "client_secret": "x"}, 400, "invalid_request"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_of_oauth(ledger, form, status, error):
    refused = ask(ledger, **form)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert set(refused.json()) == {"error", "error_description"}
    assert ("www-authenticate" in refused.headers) == (status == 401)


def test_a_wrong_secret_and_an_unknown_client_are_refused_alike(ledger, client):
    wrong = ask(ledger, **CREDENTIALS, client_id=client["id"], client_secret="llc_" + "x" * 43)
    unknown = ask(ledger, **CREDENTIALS, client_id="nobody-at-all", client_secret="llc_" + "x" * 43)
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())


def test_a_secret_is_changed_without_a_pause_and_the_old_one_ends_with_its_tokens(ledger, client):
    http = ledger.platform.http
    old = token_of(ledger, client)["access_token"]
    second = http.post(f"/v1/clients/{client['id']}:add-secret").json()
    assert len(second["secrets"]) == 2
    assert http.post(f"/v1/clients/{client['id']}:add-secret").json()["code"] == "auth.secret_slots_full"
    assert token_of(ledger, client)["access_token"]
    assert token_of(ledger, client | {"secret": second["secret"]})["access_token"]
    label = client["secret"][:10]
    retired = http.post(f"/v1/clients/{client['id']}:retire-secret", json={"label": label}).json()
    assert retired["secrets"] == [second["secret"][:10]]
    assert network(ledger, old) == 401
    refused = ask(ledger, **CREDENTIALS, client_id=client["id"], client_secret=client["secret"])
    assert refused.status_code == 401
    assert network(ledger, token_of(ledger, client | {"secret": second["secret"]})["access_token"]) == 200


def test_no_file_of_the_seat_holds_a_secret_or_a_token(ledger, client):
    token = token_of(ledger, client)["access_token"]
    folder = ledger.state / "platform"
    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in files:
        content = path.read_bytes()
        assert client["secret"].encode() not in content, path
        assert token.encode() not in content, path
    for path in (folder / "secrets").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_others_verify_a_token_with_the_published_keys(ledger, client):
    token = token_of(ledger, client)["access_token"]
    keys = httpx.get(ledger.platform.url + "/v1/.well-known/jwks.json", trust_env=False).json()
    assert all(set(key) == {"kty", "crv", "use", "alg", "kid", "x", "y"} for key in keys["keys"])
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["ES256"], audience="urn:loan-ledger:platform")
    assert claims["sub"] == f"client:{client['id']}"
    assert {"iss", "aud", "exp", "nbf", "iat", "jti", "sid", "tenant", "roles", "amr", "auth_time"} <= set(claims)


def test_a_role_that_is_unknown_or_a_partys_is_refused(ledger):
    for roles in (["governor"], ["borrower"], []):
        answer = ledger.platform.http.post("/v1/clients", json={"id": "odd", "roles": roles})
        assert answer.status_code == 422, roles


def test_an_administrator_of_a_tenant_sees_and_makes_nobody_elses(ledger, client, invite, call):
    person = invite(ledger.platform, f"boss-{secrets.token_hex(3)}", "admin", tenant="Other Ltd")
    token = person.tokens["access_token"]
    url = ledger.platform.url
    assert call(url, "GET", f"/v1/clients/{client['id']}", token).status_code == 404
    assert call(url, "GET", "/v1/clients", token).json()["items"] == []
    body = {"id": f"other-{secrets.token_hex(3)}", "roles": ["reading"]}
    assert call(url, "POST", "/v1/clients", token, json=body | {"tenant": "seat"}).status_code == 422
    assert call(url, "POST", "/v1/clients", token, json=body | {"tenant": "Other Ltd"}).status_code == 201
