"""Keys in an HSM, with a real SoftHSM: they sign, never leave it, and nothing takes their place while it is away."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pkcs11
import pytest
from eth_account import Account

from chain.keys.secrets import SecretPlace
from chain.ledger import calls
from chain.ledger.roles import Role, Scope
from gateway.key_settings import Pkcs11Settings
from gateway.signing import tokens
from gateway.signing.errors import SignatureWrong, SignerUnavailable
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.signer import PolicySigner, Unsigned
from gateway.signing.token_key import TokenKey
from gateway.signing.tokens import TokenAway, token_at

HASH = bytes(range(32))
# The binding finds out late that a search ended with its token.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def key(hsm, pin):
    """Settings of a fresh key on a fresh token."""
    token = hsm.token()
    address = token_at(hsm.module, token, pin).create_key("booking")
    return Pkcs11Settings(module=hsm.module, token=token, label="booking", pin=str(pin), address=address)


def _changed(settings, **changes):
    return TokenKey("booking", settings.model_copy(update=changes))


def _unsigned(deployed, nonce=0):
    data = deployed.encode(calls.close(b"\1" * 32, 3))
    return Unsigned(1337, nonce, deployed.address("LoanEscrow"), data, 10**6, {"gasPrice": 10**9})


def _signer(deployed, settings):
    seat_key = SeatKey("booking", settings.address, frozenset(Scope))
    policy = Policy("bank", Role.BANK, 1337, deployed, (seat_key,))
    return PolicySigner(policy, seat_key, TokenKey("booking", settings))


def test_transactions_signed_by_the_token_are_its_keys_with_low_s(key, deployed):
    signer = _signer(deployed, key)
    raws = {signer.sign(_unsigned(deployed, nonce)).raw for nonce in range(40)}
    assert {Account.recover_transaction(raw) for raw in raws} == {key.address}
    assert len(raws) == 40


def _on(hsm, settings, work):
    token = pkcs11.lib(str(hsm.module)).get_token(token_label=settings.token)
    pin = Path(settings.pin.removeprefix("file:")).read_text().strip()
    with token.open(user_pin=pin, rw=True) as session:
        private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label="booking")
        return work(session, private)


def test_the_key_never_leaves_the_token(hsm, key):
    def attack(session, private):
        assert not private[pkcs11.Attribute.EXTRACTABLE]
        assert private[pkcs11.Attribute.NEVER_EXTRACTABLE]
        assert private[pkcs11.Attribute.SENSITIVE]
        with pytest.raises(pkcs11.exceptions.AttributeSensitive):
            private[pkcs11.Attribute.VALUE]
        with pytest.raises(pkcs11.exceptions.PKCS11Error):
            private[pkcs11.Attribute.EXTRACTABLE] = True
        with pytest.raises(pkcs11.exceptions.KeyUnextractable):
            session.generate_key(pkcs11.KeyType.AES, 256).wrap_key(private)

    _on(hsm, key, attack)


def test_a_key_that_could_leave_its_token_is_not_used(hsm, pin):
    token = hsm.token()
    address = token_at(hsm.module, token, pin).create_key("good")
    settings = Pkcs11Settings(module=hsm.module, token=token, label="booking", pin=str(pin), address=address)
    opened = pkcs11.lib(str(hsm.module)).get_token(token_label=token)
    token_at(hsm.module, token, pin).close()
    with opened.open(user_pin=Path(pin.where).read_text().strip(), rw=True) as session:
        curve = {pkcs11.Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("1.3.132.0.10")}
        domain = session.create_domain_parameters(pkcs11.KeyType.EC, curve, local=True)
        loose = {pkcs11.Attribute.EXTRACTABLE: True, pkcs11.Attribute.SENSITIVE: True}
        domain.generate_keypair(store=True, label="booking", private_template=loose)
    with pytest.raises(SignerUnavailable, match="can be taken out"):
        TokenKey("booking", settings).signature_of_hash(HASH)


def test_a_label_is_not_used_twice(hsm, key, pin):
    with pytest.raises(TokenAway, match="already"):
        token_at(hsm.module, key.token, pin).create_key("booking")


def test_the_key_signs_again_when_its_token_came_back(hsm, key, deployed):
    signer = _signer(deployed, key)
    signer.sign(_unsigned(deployed))
    hsm.away()
    with pytest.raises(SignerUnavailable) as gone:
        signer.sign(_unsigned(deployed))
    assert gone.value.status == 503
    assert signer.problem is gone.value
    hsm.back()
    assert Account.recover_transaction(signer.sign(_unsigned(deployed)).raw) == key.address
    assert signer.problem is None


def test_two_keys_of_one_token_and_a_second_token_sign_side_by_side(hsm, pin):
    first, second = hsm.token(), hsm.token()
    holders = []
    for token, label in ((first, "a"), (first, "b"), (second, "a")):
        address = token_at(hsm.module, token, pin).create_key(label)
        settings = Pkcs11Settings(module=hsm.module, token=token, label=label, pin=str(pin), address=address)
        holders.append(TokenKey(label, settings))
    for _ in range(3):
        for holder in holders:
            holder.signature_of_hash(HASH)
    hsm.away()
    for holder in holders:
        with pytest.raises(SignerUnavailable):
            holder.probe()
    hsm.back()
    for holder in holders:
        holder.signature_of_hash(HASH)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": "elsewhere"}, "there is no token 'elsewhere'"),
        ({"label": "nothing"}, "NoSuchKey"),
        ({"module": Path("/nowhere/hsm.so")}, "/nowhere/hsm.so"),
        ({"address": "0x" + "11" * 20}, "the settings say"),
        ({"pin": "env:LOAN_LEDGER_NO_SUCH_PIN"}, "LOAN_LEDGER_NO_SUCH_PIN"),
    ],
    ids=["token", "key", "module", "address", "secret"],
)
def test_what_is_not_there_is_named_and_nothing_is_signed(key, changes, reason):
    with pytest.raises(SignerUnavailable, match=reason):
        _changed(key, **changes).signature_of_hash(HASH)


def test_a_refused_pin_is_tried_once_only_and_never_told(key, private_file):
    path = private_file("wrong", "0000-9999")
    wrong = _changed(key, pin=f"file:{path}")
    token = token_at(key.module, key.token, SecretPlace("file", str(path)))
    with pytest.raises(SignerUnavailable, match="refused the PIN") as first:
        wrong.signature_of_hash(HASH)
    opened, token._log_in = [], lambda *_, **__: opened.append(1)
    with pytest.raises(SignerUnavailable, match="not tried again") as second:
        wrong.signature_of_hash(HASH)
    assert not opened
    assert "0000-9999" not in str(first.value) + str(second.value)
    del token._log_in
    path.write_text(Path(key.pin.removeprefix("file:")).read_text())
    wrong.signature_of_hash(HASH)


def test_a_token_that_never_answers_one_call_does_not_hold_the_next(key, monkeypatch):
    monkeypatch.setattr(tokens, "PATIENCE", 0.2)
    holder, entered, over = TokenKey("booking", key), threading.Event(), threading.Event()
    token = token_at(key.module, key.token, SecretPlace.parse(key.pin))

    def hang(_):
        entered.set()
        assert over.wait(10)

    thread = threading.Thread(target=token.use, args=(hang,))
    thread.start()
    assert entered.wait(5)
    with pytest.raises(SignerUnavailable, match="has not answered"):
        holder.probe()
    over.set()
    thread.join(5)
    holder.signature_of_hash(HASH)


def test_a_signature_of_another_key_is_refused(hsm, key, pin, monkeypatch):
    token_at(hsm.module, key.token, pin).create_key("other")
    holder = TokenKey("booking", key)
    monkeypatch.setattr(
        holder,
        "_key",
        lambda session: session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label="other"),
    )
    with pytest.raises(SignatureWrong):
        holder.signature_of_hash(HASH)


def test_the_command_makes_a_key_on_the_token_and_prints_its_settings(hsm, pin):
    token = hsm.token()
    options = ["--module", str(hsm.module), "--token", token, "--label", "new", "--pin", str(pin)]
    command = [sys.executable, "-m", "gateway", "key", "new", "--backend", "pkcs11", *options]
    made = subprocess.run(command, check=True, capture_output=True, text=True)
    printed = json.loads(made.stdout)
    holder = TokenKey("new", Pkcs11Settings(**printed["settings"]["pkcs11"]))
    assert printed["address"] == printed["settings"]["pkcs11"]["address"]
    holder.signature_of_hash(HASH)
    again = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (again.returncode, "already" in again.stderr) == (4, True)
    secret = Path(pin.where).read_text().strip()
    assert secret not in made.stdout + made.stderr + again.stdout + again.stderr
