"""Secrets are read from a private file, the environment or the machine's keyring, and told to nobody."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from chain.keys.errors import KeyFileOpenToOthers, SecretMissing
from chain.keys.secrets import SecretPlace, read_secret

SECRET = "correct horse"


class MemoryKeyring(KeyringBackend):
    """A keyring as the machine's desktop would offer one."""

    priority = 1

    def __init__(self):
        super().__init__()
        self.entries = {}
        self.locked = False

    def get_password(self, service, username):
        if self.locked:
            raise KeyringLocked(SECRET)
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password


@pytest.fixture
def machine_keyring():
    before = keyring.get_keyring()
    made = MemoryKeyring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_file_gives_its_text_without_the_line_end(tmp_path):
    path = tmp_path / "pin"
    path.write_text(f"{SECRET}\n")
    path.chmod(0o600)
    assert read_secret(SecretPlace.parse(f"file:{path}")) == SECRET


def test_a_variable_gives_its_value(monkeypatch):
    monkeypatch.setenv("LOAN_LEDGER_TEST_PIN", SECRET)
    assert read_secret(SecretPlace.parse("env:LOAN_LEDGER_TEST_PIN")) == SECRET


def test_the_keyring_gives_its_entry(machine_keyring):
    machine_keyring.set_password("loan-ledger/bank", "pin", SECRET)
    assert read_secret(SecretPlace.parse("keyring:loan-ledger/bank/pin")) == SECRET


def test_a_locked_keyring_is_named_without_what_it_said(machine_keyring):
    machine_keyring.locked = True
    with pytest.raises(SecretMissing, match="KeyringLocked") as refused:
        read_secret(SecretPlace.parse("keyring:loan-ledger/pin"))
    assert SECRET not in str(refused.value)


def test_a_file_that_others_may_read_is_refused(tmp_path):
    path = tmp_path / "pin"
    path.write_text(SECRET)
    path.chmod(0o640)
    with pytest.raises(KeyFileOpenToOthers) as refused:
        read_secret(SecretPlace.parse(f"file:{path}"))
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("place", ["file:{folder}/none", "env:LOAN_LEDGER_NO_SUCH", "keyring:loan-ledger/none"])
def test_what_is_not_there_is_named(tmp_path, machine_keyring, place):
    text = place.format(folder=tmp_path)
    with pytest.raises(SecretMissing) as missing:
        read_secret(SecretPlace.parse(text))
    assert text in str(missing.value)


def test_an_empty_file_is_no_secret(tmp_path):
    path = tmp_path / "pin"
    path.touch(mode=0o600)
    with pytest.raises(SecretMissing, match="empty"):
        read_secret(SecretPlace.parse(f"file:{path}"))


@pytest.mark.parametrize("text", [SECRET, "", "file:", "env:", "keyring:service", "vault:pin"])
def test_a_place_that_is_none_is_refused_without_being_repeated(text):
    with pytest.raises(ValueError, match="expected file:") as refused:
        SecretPlace.parse(text)
    assert SECRET not in str(refused.value)


def test_a_file_beside_the_settings_is_found(tmp_path):
    assert SecretPlace.parse("file:secrets/pin").beneath(tmp_path) == SecretPlace("file", str(tmp_path / "secrets/pin"))
    assert SecretPlace.parse("env:PIN").beneath(tmp_path) == SecretPlace("env", "PIN")
