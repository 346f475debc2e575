"""Sessions: refreshed once per token, ended at once and for every process, proved anew by a second factor."""

from __future__ import annotations

import os
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select

from gateway.audit.tables import AuditRecord
from gateway.auth import epoch, sessions, signing_in
from gateway.auth.actors import operator
from gateway.auth.errors import SessionEnded, SignInRefused
from gateway.auth.identity import Identity
from gateway.auth.service import issue_token
from gateway.auth.tables import AuthSession
from gateway.cli.app import run

PASSWORD = "seven quiet mountain rivers"
PEER = "192.0.2.1"
both_databases = pytest.mark.parametrize("place", ["sqlite", "postgresql"], indirect=True)


def test_a_refresh_token_works_once_and_used_twice_ends_the_session(identity, enrol):
    first = enrol().enrolled.tokens
    second = signing_in.refresh(identity, first.refresh_token, PEER)
    assert identity.actor_of(second.access_token).session == first.session
    with pytest.raises(SessionEnded):
        signing_in.refresh(identity, first.refresh_token, PEER)  # the thief, or the owner after the thief
    for token in (first.access_token, second.access_token):
        with pytest.raises(SessionEnded):
            identity.actor_of(token)
    with pytest.raises(SessionEnded):
        signing_in.refresh(identity, second.refresh_token, PEER)


@both_databases
def test_of_many_refreshes_at_once_one_wins_and_the_session_ends(identity, enrol):
    tokens = enrol().enrolled.tokens

    def attempt(_: int) -> bool:
        try:
            signing_in.refresh(identity, tokens.refresh_token, PEER)
        except SessionEnded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1
    with pytest.raises(SessionEnded):
        identity.actor_of(tokens.access_token)


def test_a_session_ends_when_idle_and_at_the_latest_after_its_length(identity, enrol, monkeypatch):
    tokens = enrol().enrolled.tokens
    began = time.time()
    settings = identity.settings
    idle = settings.auth_idle_seconds
    now = began
    monkeypatch.setattr(time, "time", lambda: now)
    while now + idle - 60 < began + settings.auth_session_seconds - 60:
        now += idle - 60
        tokens = signing_in.refresh(identity, tokens.refresh_token, PEER)
    assert tokens.expires_in <= settings.auth_token_seconds
    now = began + settings.auth_session_seconds + 2
    with pytest.raises(SessionEnded):
        signing_in.refresh(identity, tokens.refresh_token, PEER)


def test_an_idle_session_can_not_be_refreshed(identity, enrol, monkeypatch):
    tokens = enrol().enrolled.tokens
    later = time.time() + identity.settings.auth_idle_seconds + 2
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(SessionEnded):
        signing_in.refresh(identity, tokens.refresh_token, PEER)


@both_databases
def test_security_12_a_revoked_session_dies_at_once_in_every_process(identity, enrol, connect):
    """Two processes' identities on one database, each asking all the time: no token works after the answer."""
    other = connect()
    for _ in range(5):
        name = f"p{secrets.token_hex(4)}"
        tokens = enrol(name).enrolled.tokens
        last_good: dict[str, float] = {}
        stop = threading.Event()

        def ask(where: str, one: Identity, tokens=tokens, last_good=last_good, stop=stop) -> None:
            while not stop.is_set():
                began = time.monotonic()
                try:
                    one.actor_of(tokens.access_token)
                except SessionEnded:
                    continue
                last_good[where] = began

        askers = [threading.Thread(target=ask, args=pair) for pair in (("here", identity), ("there", other))]
        for asker in askers:
            asker.start()
        while len(last_good) < 2:
            time.sleep(0.001)
        with identity.database.write() as session:
            sessions.end(session, session.get_one(AuthSession, tokens.session), "revoked", int(time.time()))
        epoch.settle()
        answered = time.monotonic()
        time.sleep(0.1)
        stop.set()
        for asker in askers:
            asker.join()
        assert max(last_good.values()) < answered


def test_security_12_revoked_over_http_dies_at_once(ledger, invite, call):
    person = invite(ledger.platform, f"p{secrets.token_hex(4)}", "reading")
    token, url = person.tokens["access_token"], ledger.platform.url
    assert call(url, "GET", "/v1/network", token).status_code == 200
    revoked = ledger.platform.http.post(f"/v1/sessions/{person.tokens['session']}:revoke")
    assert revoked.json() == {"ended": 1}
    for _ in range(20):
        assert call(url, "GET", "/v1/network", token).json()["code"] == "auth.session_ended"
    refreshed = call(url, "POST", "/v1/sessions:refresh", json={"refresh_token": person.tokens["refresh_token"]})
    assert refreshed.status_code == 401


def test_security_12_two_gateways_of_one_database_both_refuse_at_once_what_one_revoked(
    own_ledger, gateway_process, call
):
    """Real processes: what is revoked at one is refused by the other in the very next request, and by command too."""
    gateways = [gateway_process(own_ledger, "observer") for _ in range(2)]
    urls = [gateway.start().url.rsplit(":", 1)[0] + f":{gateway.port}" for gateway in gateways]
    admin = own_ledger.clients["observer"].token
    made = call(urls[0], "POST", "/v1/clients", admin, json={"id": "twofold", "roles": ["reading"]}).json()
    form = {"grant_type": "client_credentials", "client_id": "twofold", "client_secret": made["secret"]}
    for number in range(8):
        here, there = urls[number % 2], urls[(number + 1) % 2]
        token = call(here, "POST", "/v1/oauth/token", data=form).json()["access_token"]
        for url in (there, here):
            caller = call(url, "GET", "/v1/sessions:current", token)
            assert caller.status_code == 200, caller.text
        session = caller.json()["session"]
        if number < 6:
            assert call(here, "POST", f"/v1/sessions/{session}:revoke", admin).status_code == 200
        else:
            arguments = ["access", "session", "revoke", session, "--state", str(own_ledger.state), "--seat", "observer"]
            assert run([*arguments, "--json"]) == 0
        assert call(there, "GET", "/v1/network", token).json()["code"] == "auth.session_ended"
        assert call(here, "GET", "/v1/network", token).status_code == 401


def test_security_12_a_disabled_person_or_client_and_changed_roles_die_at_once(ledger, invite, call):
    url, http = ledger.platform.url, ledger.platform.http
    for change, body in (("disable", None), ("set-roles", {"roles": ["auditing"]})):
        person = invite(ledger.platform, f"p{secrets.token_hex(4)}", "reading")
        token = person.tokens["access_token"]
        assert call(url, "GET", "/v1/network", token).status_code == 200
        assert http.post(f"/v1/people/{person.name}:{change}", json=body).status_code == 200
        assert call(url, "GET", "/v1/network", token).status_code == 401, change
    name = f"c{secrets.token_hex(4)}"
    made = http.post("/v1/clients", json={"id": name, "roles": ["reading"]}).json()
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": made["secret"]}
    token = call(url, "POST", "/v1/oauth/token", data=form).json()["access_token"]
    assert call(url, "GET", "/v1/network", token).status_code == 200
    assert http.post(f"/v1/clients/{name}:disable").json()["disabled"] is True
    assert call(url, "GET", "/v1/network", token).status_code == 401
    assert call(url, "POST", "/v1/oauth/token", data=form).status_code == 401
    http.post(f"/v1/clients/{name}:enable")
    assert call(url, "POST", "/v1/oauth/token", data=form).status_code == 200


def test_security_12_a_new_operator_token_ends_the_old_one_at_once(ledger, call):
    url = ledger.platform.url
    for _ in range(3):
        old = issue_token(ledger.state, "platform", "rotating")
        assert call(url, "GET", "/v1/network", old).status_code == 200
        new = issue_token(ledger.state, "platform", "rotating")
        assert call(url, "GET", "/v1/network", old).status_code == 401
        assert call(url, "GET", "/v1/network", new).status_code == 200


def test_security_12_a_stale_second_factor_is_visible_and_a_fresh_one_raises_it(identity, enrol, monkeypatch):
    person = enrol()
    actor = identity.actor_of(person.enrolled.tokens.access_token)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 400)
    stale = identity.actor_of(person.enrolled.tokens.access_token)
    assert stale.mfa_at == actor.mfa_at
    person.app.last = int(time.time()) // 30 - 1
    moment = signing_in.step_up(identity, stale, person.app.code(), None, PEER)
    fresh = identity.actor_of(person.enrolled.tokens.access_token)
    assert fresh.mfa_at == moment
    assert (fresh.mfa_at - stale.mfa_at).total_seconds() >= 399
    with pytest.raises(SignInRefused):
        signing_in.step_up(identity, fresh, "000000", None, PEER)
    with pytest.raises(SignInRefused):
        signing_in.step_up(identity, operator("tests"), "000000", None, PEER)


def test_one_sees_and_ends_ones_own_sessions_and_nobody_elses(ledger, invite, call):
    url = ledger.platform.url
    one, two = (invite(ledger.platform, f"p{secrets.token_hex(4)}", "reading") for _ in range(2))
    listed = call(url, "GET", "/v1/sessions", one.tokens["access_token"]).json()["items"]
    assert [item["id"] for item in listed] == [one.tokens["session"]]
    other = call(url, "POST", f"/v1/sessions/{two.tokens['session']}:revoke", one.tokens["access_token"])
    absent = call(url, "POST", "/v1/sessions/ses_nothing:revoke", one.tokens["access_token"])
    assert (other.status_code, other.json()["code"]) == (absent.status_code, absent.json()["code"]) == (
        404, "auth.principal_unknown",
    )  # fmt: skip
    everything = ledger.platform.http.get("/v1/sessions?limit=200").json()["items"]
    assert {one.tokens["session"], two.tokens["session"]} <= {item["id"] for item in everything}
    assert call(url, "POST", "/v1/sessions:sign-out", one.tokens["access_token"]).json() == {"ended": 1}
    assert call(url, "GET", "/v1/network", one.tokens["access_token"]).status_code == 401


def test_a_person_signs_in_and_steps_up_over_http(ledger, invite, call):
    url = ledger.platform.url
    person = invite(ledger.platform, f"p{secrets.token_hex(4)}", "approving")
    body = {"name": person.name, "password": PASSWORD, "recovery_code": person.recovery_codes[3]}
    signed = call(url, "POST", "/v1/sessions:password", json=body)
    assert signed.status_code == 200, signed.text
    token = signed.json()["access_token"]
    before = call(url, "GET", "/v1/sessions:current", token).json()
    assert before["roles"] == ["approving"]
    stepped = call(url, "POST", "/v1/sessions:step-up", token, json={"code": person.app.code()})
    assert stepped.status_code == 200, stepped.text
    assert datetime.fromisoformat(stepped.json()["mfa_at"]) >= datetime.fromisoformat(before["mfa_at"])
    assert call(url, "POST", "/v1/sessions:password", json=body).json()["code"] == "auth.sign_in_refused"


def test_an_invitation_works_once_and_sets_everything_anew(ledger, invite, call):
    url, http = ledger.platform.url, ledger.platform.http
    person = invite(ledger.platform, f"p{secrets.token_hex(4)}", "reading")
    code = http.post(f"/v1/people/{person.name}:invite").json()["invitation"]
    assert call(url, "GET", "/v1/network", person.tokens["access_token"]).status_code == 200
    offer = call(url, "POST", "/v1/enrolments:prepare", json={"invitation": code}).json()
    app = type(person.app)(offer["totp_secret"], int(time.time()) // 30 - 2)
    weak = {"invitation": code, "password": "short", "code": app.code_now()}
    assert call(url, "POST", "/v1/enrolments", json=weak).json()["code"] == "auth.password_unfit"
    body = {"invitation": code, "password": "another eleven long words", "code": app.code()}
    assert call(url, "POST", "/v1/enrolments", json=body).status_code == 201
    assert call(url, "GET", "/v1/network", person.tokens["access_token"]).status_code == 401
    again = call(url, "POST", "/v1/enrolments", json=body)
    assert (again.status_code, again.json()["code"]) == (401, "auth.invitation_unknown")
    assert http.get(f"/v1/people/{person.name}").json()["factors"] == ["password", "totp"]


def test_every_sign_in_refusal_and_revocation_is_in_the_audit_log_without_secrets(identity, enrol):
    person = enrol()
    with pytest.raises(SignInRefused):
        signing_in.by_password(identity, "guessed-name", signing_in.Secrets("guessed password", "123456"), PEER)
    with identity.database.write() as session:
        sessions.end(
            session, session.get_one(AuthSession, person.enrolled.tokens.session), "revoked", 1, actor="operator:x"
        )
    with identity.database.read() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.seq)).all()
    found = [(row.actor, row.action, row.decision) for row in rows]
    assert ("person:li.wei", "access.sign-in", "accepted") in found
    assert ("anonymous", "access.sign-in", "refused:auth.sign_in_refused") in found
    assert ("operator:x", "access.revoke", "accepted") in found
    text = " ".join(f"{row.actor} {row.subject} {row.details}" for row in rows)
    for secret in (PASSWORD, "guessed", person.app.secret, *person.enrolled.recovery_codes):
        assert secret not in text
    assert os.environ.get("LOAN_LEDGER_GATEWAY_AUTH_SECRET") is None
