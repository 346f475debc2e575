"""Getting in at the pages: invited people set their factors and sign in by password or passkey, and out again."""

from __future__ import annotations

import re
import secrets
import socket
import threading
import time

import httpx
import pyotp
import pytest
import uvicorn

from gateway.app import create_app
from gateway.auth.service import issue_token
from gateway.settings import load_settings

PASSWORD = "seven quiet mountain rivers"


@pytest.fixture(scope="module")
def entrance(make_ledger):
    """The observer's gateway at a place that its browser knows as http://localhost, and an operator's client."""
    state = make_ledger().state
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://localhost:{listener.getsockname()[1]}"
    settings = load_settings(state, "observer").model_copy(update={"auth_origins": (url,)})
    server = uvicorn.Server(uvicorn.Config(create_app(state, settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert time.monotonic() < until
        time.sleep(0.02)
    headers = {"Authorization": f"Bearer {issue_token(state, 'observer', 'tests')}"}
    with httpx.Client(base_url=url.replace("localhost", "127.0.0.1"), headers=headers, trust_env=False) as http:
        yield url, http
    server.should_exit = True
    thread.join(30)
    listener.close()


@pytest.fixture
def browser(entrance):
    _, http = entrance
    with httpx.Client(base_url=http.base_url, trust_env=False, follow_redirects=False) as made:
        yield made


def invited(http: httpx.Client) -> tuple[str, str]:
    name = f"p{secrets.token_hex(4)}"
    made = http.post("/v1/people", json={"id": name, "roles": ["reading"]})
    assert made.status_code == 201, made.text
    return name, made.json()["invitation"]


def enrolled(browser: httpx.Client, http: httpx.Client) -> tuple[str, list[str]]:
    name, invitation = invited(http)
    offer = browser.post("/look/enrol", data={"invitation": invitation})
    assert offer.status_code == 200, offer.text
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7]+)<', offer.text)[1]
    form = {"invitation": invitation, "password": PASSWORD, "code": pyotp.TOTP(secret).now()}
    done = browser.post("/look/enrol", data=form)
    assert done.status_code == 200, done.text
    return name, re.findall(r"<li><code>([a-z0-9-]+)</code></li>", done.text)


def test_an_invited_person_sets_its_factors_and_is_signed_in(entrance, browser):
    _, codes = enrolled(browser, entrance[1])
    assert len(codes) == 10
    assert browser.get("/look").status_code == 200


def test_a_person_signs_in_by_password_and_out_and_its_cookie_is_dead(entrance, browser):
    name, codes = enrolled(browser, entrance[1])
    browser.cookies.clear()
    wrong = browser.post("/look/sign-in", data={"name": name, "password": PASSWORD, "code": "000000"})
    assert wrong.status_code == 401
    signed = browser.post("/look/sign-in", data={"name": name, "password": PASSWORD, "code": codes[0]})
    assert signed.status_code == 303, signed.text
    cookie = signed.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    kept = dict(browser.cookies)
    assert browser.get("/look").status_code == 200
    assert browser.post("/look/sign-out").status_code == 303
    with httpx.Client(base_url=browser.base_url, cookies=kept, trust_env=False) as thief:
        assert thief.get("/look").status_code == 401


def test_a_cookie_of_the_pages_is_no_token_of_the_api_and_the_other_way_round(entrance, browser):
    enrolled(browser, entrance[1])
    cookie = browser.cookies["ledger_look"]
    refused = browser.get("/v1/network", headers={"Authorization": f"Bearer {cookie}"})
    assert refused.status_code == 401
    for value in ("", "llp_" + "x" * 43, "llr_" + "x" * 43, cookie[:-1], "a.b.c"):
        with httpx.Client(base_url=browser.base_url, cookies={"ledger_look": value}, trust_env=False) as other:
            assert other.get("/look").status_code == 401, value


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}]
)
def test_a_form_from_another_site_signs_nobody_in_or_out(entrance, browser, headers):
    name, codes = enrolled(browser, entrance[1])
    assert browser.post("/look/sign-out", headers=headers).status_code == 303
    assert browser.get("/look").status_code == 200
    browser.cookies.clear()
    form = {"name": name, "password": PASSWORD, "code": codes[0]}
    assert browser.post("/look/sign-in", data=form, headers=headers).status_code == 401
    assert browser.post("/look/sign-in", data=form).status_code == 303


def test_a_revoked_session_ends_at_the_pages_at_once(entrance, browser):
    _, http = entrance
    name, _ = enrolled(browser, http)
    assert browser.get("/look").status_code == 200
    assert http.post(f"/v1/people/{name}:disable").status_code == 200
    assert browser.get("/look").status_code == 401


def test_a_wrong_invitation_is_refused(browser):
    refused = browser.post("/look/enrol", data={"invitation": "lli_" + "x" * 43})
    assert refused.status_code == 401
    assert "invitation is not known" in refused.text


def test_a_person_makes_a_passkey_and_signs_in_with_it_in_a_real_browser(entrance, chromium):
    url, http = entrance
    name, invitation = invited(http)
    context = chromium.new_context(base_url=url, locale="en-GB")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": options | {"isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    page.goto("/look/enrol")
    page.fill("#invitation", invitation)
    page.click("main button")
    page.click("#with-passkey button")
    page.wait_for_selector("#recovery-codes")
    page.goto("/look")
    page.click("header form button")
    page.wait_for_url("**/look/sign-in")
    page.click("#by-passkey button")
    page.wait_for_url("**/look")
    sessions = http.get("/v1/sessions", params={"principal": f"person:{name}"}).json()["items"]
    assert next(item["methods"] for item in sessions) == ["hwk", "user", "mfa"]
    context.close()
    assert troubles == []
