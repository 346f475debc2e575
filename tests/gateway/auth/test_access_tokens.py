"""Access tokens: what a forger tries is refused, and a token is worth what this seat signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth.errors import AuthError, SessionEnded, TokenInvalid
from gateway.errors import TokenUnknown


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(
    identity: Any, token: str, *, key: Any = None, header: Any = None, algorithm: str = "ES256", **claims: Any
) -> str:
    """A copy of a good token with other claims or header, signed with `key`, or with the seat's own."""
    signing = identity.keys.signing()
    payload = jwt.decode(token, options={"verify_signature": False}) | claims
    payload = {name: value for name, value in payload.items() if value is not None}
    head = {"kid": signing.id, "typ": "at+jwt"} if header is None else header
    body = json.dumps(payload).encode()  # not by jwt.encode, which refuses to write some of what a forger writes
    return jwt.api_jws.encode(body, key or signing.private, algorithm=algorithm, headers=head)


def refused(identity: Any, token: str) -> type[Exception]:
    with pytest.raises((AuthError, TokenUnknown)) as caught:
        identity.actor_of(token)
    return type(caught.value)


@pytest.fixture
def token(enrol) -> str:
    return enrol().enrolled.tokens.access_token


def test_a_good_token_tells_who_calls(identity, token):
    actor = identity.actor_of(token)
    assert (actor.id, actor.kind, actor.tenant, actor.roles) == (
        "person:li.wei", "person", "seat", frozenset({"approving"}),
    )  # fmt: skip
    assert actor.mfa_at is not None
    assert identity.actor_of(token) is actor  # the second time from memory


def test_security_10_jwt_without_signature_is_refused(identity, token):
    _, payload, signature = token.split(".")
    for name in ("none", "None", "NONE", "nOnE"):
        for end in ("", signature):
            head = part({"alg": name, "typ": "at+jwt", "kid": identity.keys.signing().id})
            assert refused(identity, f"{head}.{payload}.{end}") is TokenInvalid
    head, payload, _ = token.split(".")
    assert refused(identity, f"{head}.{payload}.") is TokenInvalid


def test_security_10_jwt_algorithm_confusion_is_refused(identity, token):
    """The public key is public: nobody may use it as the secret of an HMAC."""
    signing = identity.keys.signing()
    public = signing.private.public_key()
    forms = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(signing.jwk()).encode(),
    ]
    _, payload, _ = token.split(".")
    for secret in forms:
        for algorithm, digest in (("HS256", "sha256"), ("HS512", "sha512")):
            head = part({"alg": algorithm, "typ": "at+jwt", "kid": signing.id})
            mac = hmac.new(secret, f"{head}.{payload}".encode(), digest).digest()
            end = base64.urlsafe_b64encode(mac).decode().rstrip("=")
            assert refused(identity, f"{head}.{payload}.{end}") is TokenInvalid
    other = rsa.generate_private_key(65537, 2048)
    assert refused(identity, forged(identity, token, key=other, algorithm="RS256")) is TokenInvalid
    curve = ec.generate_private_key(ec.SECP521R1())
    assert refused(identity, forged(identity, token, key=curve, algorithm="ES512")) is TokenInvalid


def test_security_10_jwt_for_another_audience_is_refused(identity, token):
    for audience in ("urn:loan-ledger:platform", "", [identity.issuer], [identity.issuer, "x"], None):
        assert refused(identity, forged(identity, token, aud=audience)) is TokenInvalid, audience


def test_security_10_jwt_of_another_issuer_is_refused(identity, token):
    for issuer in ("urn:loan-ledger:platform", identity.issuer + "/", [identity.issuer], None):
        assert refused(identity, forged(identity, token, iss=issuer)) is TokenInvalid, issuer


def test_security_10_jwt_outside_of_its_time_is_refused(identity, token):
    now = int(time.time())
    identity.actor_of(forged(identity, token, exp=now - 2))  # the clocks may differ by some seconds
    for claims in ({"exp": now - 10}, {"exp": None}, {"exp": "soon"}, {"nbf": now + 60}, {"iat": now + 60}):
        assert refused(identity, forged(identity, token, **claims)) is TokenInvalid, claims


def test_security_10_jwt_with_an_unknown_or_brought_key_is_refused(identity, token):
    signing = identity.keys.signing()
    own = ec.generate_private_key(ec.SECP256R1())
    numbers = own.public_key().public_numbers()
    jwk = signing.jwk() | {"x": part(numbers.x), "y": part(numbers.y)}
    heads = [
        {"kid": "unknown", "typ": "at+jwt"},
        {"kid": signing.id, "typ": "at+jwt"},
        {"kid": signing.id, "typ": "at+jwt", "jwk": jwk},
        {"kid": signing.id, "typ": "at+jwt", "jku": "https://evil.example/keys"},
        {"kid": "../../../../dev/null", "typ": "at+jwt"},
        {"typ": "at+jwt"},
    ]
    for head in heads:
        assert refused(identity, forged(identity, token, key=own, header=head)) is TokenInvalid, head
    for head in (
        {"kid": signing.id, "typ": "at+jwt", "jwk": signing.jwk()},
        {"kid": signing.id, "typ": "at+jwt", "crit": ["exp"]},
        {"kid": signing.id, "typ": "JWT"},
    ):
        assert refused(identity, forged(identity, token, header=head)) is TokenInvalid, head


def test_a_token_of_a_session_that_isnt_its_own_or_isnt_there_is_refused(identity, enrol, token):
    other = enrol("other").enrolled.tokens
    for claims in ({"sid": "ses_nothing"}, {"sid": other.session}, {"sub": "person:other"}, {"sid": None}):
        assert refused(identity, forged(identity, token, **claims)) is TokenInvalid, claims


def test_what_a_token_says_of_roles_gives_nothing(identity, token):
    actor = identity.actor_of(forged(identity, token, roles=["admin"], tenant="other"))
    assert (actor.roles, actor.tenant) == (frozenset({"approving"}), "seat")


def test_a_rotated_key_leaves_tokens_of_the_one_before_and_ends_those_of_the_one_before_that(identity, enrol, token):
    identity.keys.rotate()
    newer = forged(identity, token)
    assert jwt.get_unverified_header(newer)["kid"] != jwt.get_unverified_header(token)["kid"]
    assert identity.actor_of(token).id == identity.actor_of(newer).id
    assert [key.id for key in identity.keys.published()] == [
        jwt.get_unverified_header(one)["kid"] for one in (newer, token)
    ]
    identity.keys.rotate()
    # Not remembered by this process: a second one of the same seat.
    again = type(identity)(identity.database, identity.settings, identity._folder, identity.chain_id)
    assert refused(again, token) is TokenInvalid
    assert again.actor_of(newer).id == "person:li.wei"


def test_processes_that_start_together_make_one_key(identity):
    others = [
        type(identity)(identity.database, identity.settings, identity._folder, identity.chain_id) for _ in range(3)
    ]
    ids = {one.keys.signing().id for one in [identity, *others]}
    seals = [one.sealing.seal(b"x", "test") for one in others]
    assert len(ids) == 1
    assert all(identity.sealing.open(sealed, "test") == b"x" for sealed in seals)


def test_a_session_that_has_ended_by_time_is_refused(identity, enrol, monkeypatch):
    tokens = enrol().enrolled.tokens
    later = time.time() + identity.settings.auth_session_seconds + 1
    late = forged(identity, tokens.access_token, exp=int(later) + 100)
    monkeypatch.setattr(time, "time", lambda: later)
    assert refused(identity, late) is SessionEnded


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_refused_as_a_token_and_never_an_accident(identity, text):
    refused(identity, text)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_token_changed_in_any_place_is_refused(identity, token, data):
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("ABCXYZabcxyz0189-_.=+/\n é"))
    changed = token[:place] + letter + token[place + 1 :]
    head, payload, signature = token.split(".")
    # The last character of base64 carries bits that mean nothing; they must not make it another token.
    if changed == token:
        return
    try:
        actor = identity.actor_of(changed)
    except (AuthError, TokenUnknown):
        return
    assert base64.urlsafe_b64decode(changed.split(".")[2] + "==") == base64.urlsafe_b64decode(signature + "==")
    assert (head, payload) == tuple(changed.split(".")[:2])
    assert actor.id == "person:li.wei"


def test_verifying_a_token_again_costs_far_less_than_a_tenth_of_a_millisecond(identity, token):
    identity.actor_of(token)
    rounds = 2000
    began = time.process_time()
    for _ in range(rounds):
        identity.actor_of(token)
    assert (time.process_time() - began) / rounds < 0.0001
    assert hashlib.sha256(token.encode()).hexdigest() in identity._seen
