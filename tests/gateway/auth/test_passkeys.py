"""Passkeys: made from an invitation, used to sign in and to step up; every part of the answer is checked."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

from gateway.auth import passkeys, people, signing_in
from gateway.auth.actors import operator
from gateway.auth.errors import AuthError, ChallengeUnknown, SignInRefused

PEER = "192.0.2.1"
ROLES = frozenset({"approving"})


def options(identity: Any) -> dict[str, Any]:
    with identity.database.write() as session:
        return passkeys.sign_in_options(session, identity, int(time.time()))


@pytest.fixture
def owner(identity, passkey) -> Callable[..., Any]:
    """Enrols a person by passkey, and gives the key."""

    def make(name: str = "li.wei", **more: Any) -> Any:
        with identity.database.write() as session:
            invitation = people.create(session, identity, operator("tests"), name, "seat", ["approving"], ROLES)
            asked = passkeys.registration_options(session, identity, name, int(time.time()))
        key = passkey(id=secrets.token_bytes(16), **more)
        signing_in.enrol(identity, invitation.code, None, None, key.make(asked), PEER)
        return key

    return make


def test_a_person_signs_in_with_a_passkey_and_that_is_a_second_factor(identity, owner):
    key = owner()
    tokens = signing_in.by_passkey(identity, key.sign(options(identity)), PEER)
    actor = identity.actor_of(tokens.access_token)
    assert actor.id == "person:li.wei"
    assert actor.mfa_at is not None


def test_an_answer_works_once(identity, owner):
    answer = owner().sign(options(identity))
    signing_in.by_passkey(identity, answer, PEER)
    with pytest.raises(ChallengeUnknown):
        signing_in.by_passkey(identity, answer, PEER)


def test_a_challenge_that_was_answered_wrongly_is_used_up(identity, owner):
    key = owner()
    asked = options(identity)
    answer = key.sign(asked)
    spoiled = answer | {"response": answer["response"] | {"signature": "AAAA"}}
    with pytest.raises(SignInRefused):
        signing_in.by_passkey(identity, spoiled, PEER)
    with pytest.raises(ChallengeUnknown):
        signing_in.by_passkey(identity, key.sign(asked), PEER)


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost.evil.example"},
        {"origin": "http://localhost:8080"},
        {"relying_party": "evil.example"},
        {"flags": 0x01},  # the user was there but not verified
        {"flags": 0x04},
        {"count": -1},  # as a copied key would count
    ],
)
def test_another_place_an_unverified_user_or_a_copied_key_is_refused(identity, owner, change):
    key = owner(count=7)
    signing_in.by_passkey(identity, key.sign(options(identity)), PEER)
    for name, value in change.items():
        setattr(key, name, key.count + value if name == "count" else value)
    with pytest.raises(SignInRefused):
        signing_in.by_passkey(identity, key.sign(options(identity)), PEER)


def test_a_challenge_of_nobody_or_of_another_purpose_is_refused(identity, owner, passkey):
    key = owner()
    with pytest.raises(ChallengeUnknown):
        signing_in.by_passkey(identity, key.sign({"challenge": "bm90IGdpdmVuIG91dA"}), PEER)
    with identity.database.write() as session:
        registering = passkeys.registration_options(session, identity, "li.wei", int(time.time()))
    with pytest.raises(ChallengeUnknown):
        signing_in.by_passkey(identity, key.sign(registering), PEER)


def test_a_key_that_nobody_registered_is_refused(identity, owner, passkey):
    owner()
    with pytest.raises(SignInRefused):
        signing_in.by_passkey(identity, passkey(id=b"somebody else's!").sign(options(identity)), PEER)


def test_anothers_passkey_does_not_step_up_ones_session(identity, owner):
    mine, other = owner("one"), owner("two")
    actor = identity.actor_of(signing_in.by_passkey(identity, mine.sign(options(identity)), PEER).access_token)
    with pytest.raises(SignInRefused):
        signing_in.step_up(identity, actor, None, other.sign(options(identity)), PEER)
    signing_in.step_up(identity, actor, None, mine.sign(options(identity)), PEER)


@pytest.mark.parametrize(
    "credential",
    [
        {},
        {"response": {}},
        {"response": {"clientDataJSON": "e30"}},
        {"id": 1, "response": "x"},
        {"response": {"clientDataJSON": "W10"}},
    ],
)
def test_what_is_no_credential_is_refused(identity, credential):
    with pytest.raises(AuthError):
        signing_in.by_passkey(identity, credential, PEER)


def test_a_passkey_enrols_and_signs_in_over_http(ledger, call, passkey):
    url, name = ledger.platform.url, f"p{secrets.token_hex(4)}"
    code = ledger.platform.http.post("/v1/people", json={"id": name, "roles": ["reading"]}).json()["invitation"]
    offer = call(url, "POST", "/v1/enrolments:prepare", json={"invitation": code}).json()
    key = passkey(id=secrets.token_bytes(16))
    body = {"invitation": code, "passkey": key.make(offer["passkey_options"])}
    enrolled = call(url, "POST", "/v1/enrolments", json=body)
    assert enrolled.status_code == 201, enrolled.text
    asked = call(url, "POST", "/v1/sessions:passkey-options").json()
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    signed = call(url, "POST", "/v1/sessions:passkey", json={"credential": key.sign(asked)})
    assert signed.status_code == 200, signed.text
    caller = call(url, "GET", "/v1/sessions:current", signed.json()["access_token"]).json()
    assert caller["id"] == f"person:{name}"
    assert ledger.platform.http.get(f"/v1/people/{name}").json()["factors"] == ["passkey"]
