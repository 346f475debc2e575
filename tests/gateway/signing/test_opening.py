"""Where a seat's keys come from, as its settings say."""

from __future__ import annotations

import sys

import pytest
from eth_account import Account
from pydantic import ValidationError

from chain.keys.errors import KeyFileInvalid, PassphraseWrong, SecretMissing
from chain.keys.keystore import KeystoreCost, keystore_file, store_key
from chain.ledger import calls
from chain.ledger.roles import Role, Scope
from gateway.errors import SettingsInvalid
from gateway.key_settings import KeySettings
from gateway.settings import SeatSettings, load_settings
from gateway.signing import open_signers, seat_keys
from gateway.signing.availability import away, require_available
from gateway.signing.errors import FastCurveMissing, SignerUnavailable
from gateway.signing.policy import Policy
from gateway.signing.signer import Unsigned

ACCOUNT = Account.from_key(b"\x41" * 32)
PART = {
    "keystore": {"folder": "keys/booking"},
    "pkcs11": {
        "pkcs11": {
            "module": "/usr/lib/hsm.so", "token": "ledger", "label": "booking", "pin": "file:secrets/pin",
            "address": ACCOUNT.address,
        }
    },
    "web3signer": {"web3signer": {"url": "https://signer.example", "public_key": "0x" + "11" * 64}},
}  # fmt: skip


def _settings(*keys):
    return SeatSettings(seat="bank", role="bank", rpc_url="http://127.0.0.1:9", keys=keys)


def _open(settings, deployed, folder):
    policy = Policy("bank", Role.BANK, 1337, deployed, seat_keys(settings, folder))
    return open_signers(settings, policy, folder)


def _sign(deployed, signer):
    call = calls.close(b"\1" * 32, 3)
    unsigned = Unsigned(1337, 0, deployed.address(call.contract), deployed.encode(call), 10**6, {"gasPrice": 10**9})
    return Account.recover_transaction(signer.sign(unsigned).raw)


def test_a_seat_without_named_keys_signs_with_its_root(tmp_path, deployed):
    store_key(tmp_path, ACCOUNT, KeystoreCost.DEVNET)
    ((key, signer),) = _open(_settings(), deployed, tmp_path).items()
    assert (key.name, key.scopes, _sign(deployed, signer)) == ("root", frozenset(Scope), ACCOUNT.address)


def test_a_seat_without_any_key_signs_nothing(tmp_path, deployed):
    assert _open(_settings(), deployed, tmp_path) == {}


@pytest.mark.parametrize("place", ["file", "env"])
def test_a_keystores_passphrase_is_where_the_settings_say(tmp_path, deployed, place, monkeypatch):
    folder = tmp_path / "booking"
    store_key(folder, ACCOUNT, KeystoreCost.DEVNET)
    secret = folder / "secrets" / "passphrase"
    moved = tmp_path / "elsewhere"
    secret.rename(moved)
    monkeypatch.setenv("LOAN_LEDGER_TEST_PASSPHRASE", moved.read_text().strip())
    where = f"file:{moved}" if place == "file" else "env:LOAN_LEDGER_TEST_PASSPHRASE"
    settings = _settings(KeySettings(name="booking", scopes=["Book", "Relay"], folder=folder, passphrase=where))
    ((key, signer),) = _open(settings, deployed, tmp_path).items()
    assert (key.name, _sign(deployed, signer)) == ("booking", ACCOUNT.address)
    moved.write_text("wrong")
    monkeypatch.setenv("LOAN_LEDGER_TEST_PASSPHRASE", "wrong")
    with pytest.raises(PassphraseWrong):
        _open(settings, deployed, tmp_path)
    moved.unlink()
    monkeypatch.delenv("LOAN_LEDGER_TEST_PASSPHRASE")
    with pytest.raises(SecretMissing):
        _open(settings, deployed, tmp_path)


def test_a_keystore_that_names_another_address_is_not_opened(tmp_path, deployed):
    store_key(tmp_path, ACCOUNT, KeystoreCost.DEVNET)
    path = keystore_file(tmp_path)
    path.write_text(path.read_text().replace(ACCOUNT.address[2:], "77" * 20))
    with pytest.raises(KeyFileInvalid):
        _open(_settings(), deployed, tmp_path)


def test_limits_reach_the_key(tmp_path, deployed):
    key = KeySettings(name="remote", scopes=["Book"], backend="web3signer", **PART["web3signer"] | {
        "limits": {"per_call": 5, "per_business_date": 6, "two_keys_above": 4, "max_gas": 3, "max_gas_price": 2,
                   "max_fee_per_day": 1}})  # fmt: skip
    key = key.model_copy(
        update={"web3signer": key.web3signer.model_copy(update={"public_key": "0x" + _public_key().hex()})}
    )
    (found,) = seat_keys(_settings(key), tmp_path)
    assert found.address == ACCOUNT.address
    assert vars(found.limits) == {
        "per_call": 5, "per_business_date": 6, "two_keys_above": 4, "max_gas": 3, "max_gas_price": 2,
        "max_fee_per_day": 1,
    }  # fmt: skip


def _public_key():
    from eth_keys import keys

    return keys.PrivateKey(b"\x41" * 32).public_key.to_bytes()


@pytest.mark.parametrize("backend", PART)
@pytest.mark.parametrize("given", [(), *[(name,) for name in PART], tuple(PART)], ids="+".join)
def test_exactly_the_backends_own_part_is_given(backend, given):
    parts = {name: value for part in given for name, value in PART[part].items()}
    fits = given == (backend,)
    if fits:
        assert KeySettings(name="k", scopes=["Book"], backend=backend, **parts).backend == backend
    else:
        with pytest.raises(ValidationError):
            KeySettings(name="k", scopes=["Book"], backend=backend, **parts)


@pytest.mark.parametrize(
    "changes",
    [
        {"pin": "4711"},
        {"pin": "file:"},
        {"address": ACCOUNT.address.lower()},
        {"address": "0x00"},
        {"token": ""},
        {"secret": "4711"},
    ],
    ids=str,
)
def test_a_pin_or_a_mistyped_address_in_the_settings_is_refused(changes):
    part = PART["pkcs11"]["pkcs11"] | changes
    with pytest.raises(ValidationError):
        KeySettings(name="k", scopes=["Book"], backend="pkcs11", pkcs11=part)


def test_a_refused_pin_in_the_settings_is_not_repeated(tmp_path):
    folder = tmp_path / "bank"
    folder.mkdir()
    text = 'seat = "bank"\nrole = "bank"\nrpc_url = "http://127.0.0.1:9"\n[[keys]]\nname = "k"\nscopes = ["Book"]\n'
    text += 'backend = "pkcs11"\n[keys.pkcs11]\nmodule = "/hsm.so"\ntoken = "t"\nlabel = "l"\npin = "47114711"\n'
    (folder / "settings.toml").write_text(text + f'address = "{ACCOUNT.address}"\n')
    with pytest.raises(SettingsInvalid, match="expected file:") as refused:
        load_settings(tmp_path, "bank")
    assert "47114711" not in str(refused.value)


def test_paths_are_taken_from_the_settings_folder(tmp_path):
    key = KeySettings(name="k", scopes=["Book"], backend="pkcs11", **PART["pkcs11"]).beneath(tmp_path)
    assert (key.pkcs11.pin, str(key.pkcs11.module)) == (f"file:{tmp_path}/secrets/pin", "/usr/lib/hsm.so")


@pytest.mark.parametrize("backend", ["pkcs11", "web3signer"])
def test_a_seat_starts_while_its_hsm_or_remote_signer_is_away(tmp_path, deployed, backend):
    parts = {
        "pkcs11": PART["pkcs11"],
        "web3signer": {"web3signer": {"url": "http://127.0.0.1:9", "public_key": "0x" + _public_key().hex()}},
    }
    settings = _settings(KeySettings(name="far", scopes=["Relay"], backend=backend, **parts[backend]))
    ((key, signer),) = _open(settings, deployed, tmp_path).items()
    assert (key.address, signer.problem) == (ACCOUNT.address, None)
    with pytest.raises(SignerUnavailable) as gone:
        _sign(deployed, signer)
    assert gone.value.status == 503
    assert signer.problem is gone.value


def test_a_call_is_refused_only_while_all_its_keys_are_away(tmp_path, deployed):
    store_key(tmp_path / "near", ACCOUNT, KeystoreCost.DEVNET)
    far = KeySettings(name="far", scopes=["Relay", "Book"], backend="pkcs11", **PART["pkcs11"])
    near = KeySettings(name="near", scopes=["Relay"], folder=tmp_path / "near")
    settings = _settings(far, near)
    policy = Policy("bank", Role.BANK, 1337, deployed, seat_keys(settings, tmp_path))
    signers = open_signers(settings, policy, tmp_path)
    relayed, booked = calls.close(b"\1" * 32, 3), calls.instruct(b"\1" * 32, 3, b"\2" * 32)
    require_available(signers, policy, [relayed, booked])  # nobody has tried yet
    assert [problem.params["key"] for problem in away(signers)] == ["far"]
    require_available(signers, policy, [relayed])
    with pytest.raises(SignerUnavailable):
        require_available(signers, policy, [relayed, booked])


def test_without_coincurve_no_key_is_opened(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "coincurve", None)
    with pytest.raises(FastCurveMissing, match="pip install coincurve"):
        seat_keys(_settings(), tmp_path)


def test_a_variable_that_chooses_slow_signatures_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ECC_BACKEND_CLASS", "eth_keys.backends.NativeECCBackend")
    with pytest.raises(FastCurveMissing, match="NativeECCBackend"):
        seat_keys(_settings(), tmp_path)
