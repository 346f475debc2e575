"""What receivers check: item 14 of the security list."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from waiting import until

from gateway.webhooks import verification
from gateway.webhooks.verification import (
    AlreadyReceived,
    SeenInMemory,
    SignatureInvalid,
    TimestampRefused,
    Verifier,
    key_of,
    signatures,
)

SECRET, OTHER = ("whsec_" + base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
BODY = json.dumps({"id": "evt_0a1b2c3d_7", "type": "payment.posted", "data": {}}).encode()
NOW = 1_800_000_000


def _headers(secret=SECRET, identifier="evt_0a1b2c3d_7", moment=NOW, body=BODY):
    signed = signatures([key_of(secret)], identifier, str(moment), body)
    return {"webhook-id": identifier, "webhook-timestamp": str(moment), "webhook-signature": signed}


def _verifier(*secrets, seen=None, now=NOW):
    return Verifier(*(secrets or (SECRET,)), seen=seen, clock=lambda: now)


def test_the_signature_is_the_published_scheme():
    """Standard Webhooks' own example, https://github.com/standard-webhooks/standard-webhooks."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'
    made = signatures([key], "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    expected = hmac.new(key, b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body, hashlib.sha256).digest()
    assert made == "v1," + base64.b64encode(expected).decode()


def test_security_14_hmac_replay():
    """The same request again, later, under another id, or with another time is refused."""
    verifier = _verifier()
    with verifier.received(_headers(), BODY) as event:
        assert event["type"] == "payment.posted"
    with pytest.raises(AlreadyReceived), verifier.received(_headers(), BODY):
        pass
    for identifier, moment in (("evt_0a1b2c3d_8", NOW), ("evt_0a1b2c3d_7", NOW + 1)):
        forged = _headers() | {"webhook-id": identifier, "webhook-timestamp": str(moment)}
        with pytest.raises(SignatureInvalid), _verifier().received(forged, BODY):
            pass
    for late in (301, 86_400, -301):
        with pytest.raises(TimestampRefused), _verifier(now=NOW + late).received(_headers(), BODY):
            pass
    with _verifier(now=NOW + 299).received(_headers(), BODY):
        pass


def test_security_14_hmac_replay_at_the_same_moment_is_handled_once():
    verifier, handled, refused = _verifier(), [], []
    start, slow = threading.Barrier(8), threading.Event()

    def receive():
        start.wait()
        try:
            with verifier.received(_headers(), BODY) as event:
                slow.wait(0.1)
                handled.append(event["id"])
        except AlreadyReceived as seen:
            refused.append(seen)

    threads = [threading.Thread(target=receive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(handled), len(refused)) == (1, 7)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (_headers(), BODY + b" "),
        (_headers(), BODY.replace(b"posted", b"undone")),
        (_headers(OTHER), BODY),
        (_headers() | {"webhook-signature": ""}, BODY),
        (_headers() | {"webhook-signature": "v1,"}, BODY),
        (_headers() | {"webhook-signature": "v1a," + _headers()["webhook-signature"][3:]}, BODY),
        (_headers() | {"webhook-signature": _headers()["webhook-signature"][3:]}, BODY),
        ({name: value for name, value in _headers().items() if name != "webhook-id"}, BODY),
    ],
)
def test_what_was_not_signed_so_is_refused(headers, body):
    with pytest.raises(SignatureInvalid):
        _verifier().verified(headers, body)


def test_a_time_that_is_no_time_is_refused():
    for moment in ("", "now", "１８００００００００", "1e9", "-1", f"{NOW}.5"):
        with pytest.raises(TimestampRefused):
            _verifier().verified(_headers(moment=moment), BODY)


def test_either_secret_counts_while_it_is_exchanged_and_header_names_in_any_case():
    both = {"webhook-signature": _headers(OTHER)["webhook-signature"] + " " + _headers()["webhook-signature"]}
    for secret in (SECRET, OTHER):
        assert _verifier(secret).verified(_headers() | both, BODY)
    assert _verifier(OTHER, SECRET).verified({name.title(): value for name, value in _headers().items()}, BODY)


def test_what_could_not_be_handled_may_come_again():
    verifier = _verifier()
    with pytest.raises(ZeroDivisionError), verifier.received(_headers(), BODY):
        raise ZeroDivisionError
    with verifier.received(_headers(), BODY):
        pass


def test_the_memory_of_ids_is_bounded():
    seen = SeenInMemory(most=3)
    assert [seen.begin(str(n)) for n in range(5)] == [True] * 5
    assert seen.begin("0")
    assert not seen.begin("4")


def test_the_verifier_can_be_copied_out_of_the_product(tmp_path):
    """It imports the standard library only."""
    copy = tmp_path / "verification.py"
    copy.write_bytes(Path(verification.__file__).read_bytes())
    script = "import sys; sys.path[:0] = [sys.argv[1]]; import verification; print(verification.Verifier.__name__)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "Verifier"


def test_a_real_delivery_that_is_intercepted_can_not_be_sent_again(hooks, receiver):
    taker = receiver()
    hook = hooks.make(taker.url)
    hooks.publisher.publish()
    until(lambda: taker.requests)
    headers, body = taker.requests[0]
    verifier = Verifier(hook["secret"])
    with verifier.received(headers, body):
        pass
    with pytest.raises(AlreadyReceived), verifier.received(headers, body):
        pass
    with pytest.raises(TimestampRefused):
        Verifier(hook["secret"], clock=lambda: time.time() + 301).verified(headers, body)
