"""Signing keys: encrypted, never overwritten, refused when others may read them."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from eth_account import Account

from chain.keys.errors import (
    KeyExists,
    KeyFileInvalid,
    KeyFileOpenToOthers,
    KeyMissing,
    PassphraseMissing,
    PassphraseWrong,
)
from chain.keys.keystore import KeystoreCost, address_of, create_key, ensure_key, keystore_file, load_key, store_key
from chain.keys.passphrase import ensure_passphrase, passphrase_file, read_passphrase

COST = KeystoreCost.DEVNET


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    return tmp_path / "bank"


def key_file(folder: Path) -> Path:
    file = keystore_file(folder)
    assert file is not None
    return file


def test_a_key_is_read_back_as_it_was_made(bank: Path) -> None:
    account = create_key(bank, COST)
    assert load_key(bank).key == account.key
    assert address_of(bank) == account.address


def test_key_and_passphrase_are_closed_to_others_and_the_key_is_not_in_the_clear(bank: Path) -> None:
    account = create_key(bank, COST)
    for file in (key_file(bank), passphrase_file(bank)):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert account.key.hex()[2:].lower() not in key_file(bank).read_text().lower()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_others_may_read_is_refused(bank: Path, mode: int) -> None:
    create_key(bank, COST)
    key_file(bank).chmod(mode)
    with pytest.raises(KeyFileOpenToOthers, match=f"has mode {mode:04o}; others must not read it: chmod 600"):
        load_key(bank)


def test_a_passphrase_others_may_read_is_refused(bank: Path) -> None:
    create_key(bank, COST)
    passphrase_file(bank).chmod(0o644)
    with pytest.raises(KeyFileOpenToOthers, match="passphrase has mode 0644"):
        load_key(bank)


def test_a_key_is_never_overwritten(bank: Path) -> None:
    account = create_key(bank, COST)
    with pytest.raises(KeyExists, match="keys are never overwritten"):
        store_key(bank, Account.create(), COST)
    assert ensure_key(bank, COST).key == account.key


def test_a_wrong_passphrase_names_where_it_came_from(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_key(bank, COST)
    monkeypatch.setenv("LOAN_LEDGER_PASSPHRASE_BANK", "wrong")
    with pytest.raises(PassphraseWrong, match="check LOAN_LEDGER_PASSPHRASE_BANK"):
        load_key(bank)


def test_a_passphrase_from_the_environment_is_not_written_down(bank: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOAN_LEDGER_PASSPHRASE_BANK", "from the safe")
    account = create_key(bank, COST)
    assert not passphrase_file(bank).exists()
    assert load_key(bank).key == account.key


def test_a_missing_passphrase_names_both_ways_to_give_it(bank: Path) -> None:
    create_key(bank, COST)
    passphrase_file(bank).unlink()
    with pytest.raises(PassphraseMissing, match="set LOAN_LEDGER_PASSPHRASE_BANK or put it in"):
        load_key(bank)


def test_passphrases_are_random_and_kept(tmp_path: Path) -> None:
    first = ensure_passphrase(tmp_path / "a")
    assert first == read_passphrase(tmp_path / "a") == ensure_passphrase(tmp_path / "a")
    assert ensure_passphrase(tmp_path / "b") != first
    assert len(first) >= 32


def test_a_seat_without_key_is_told_so(bank: Path) -> None:
    with pytest.raises(KeyMissing, match="keystore v3 file"):
        load_key(bank)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"version": 2, "address": "00"}', "\x00\xff"])
def test_a_damaged_key_file_is_named(bank: Path, content: str) -> None:
    create_key(bank, COST)
    key_file(bank).write_text(content)
    with pytest.raises(KeyFileInvalid, match="is not a keystore v3 file"):
        load_key(bank)


def test_a_file_that_names_another_address_is_refused(bank: Path) -> None:
    create_key(bank, COST)
    content = json.loads(key_file(bank).read_text())
    key_file(bank).write_text(json.dumps({**content, "address": Account.create().address[2:]}))
    with pytest.raises(KeyFileInvalid, match="key of another address"):
        load_key(bank)


def test_a_second_key_in_a_keystore_is_refused(bank: Path) -> None:
    create_key(bank, COST)
    other = bank / "keystore" / "other.json"
    other.write_bytes(key_file(bank).read_bytes())
    with pytest.raises(KeyFileInvalid, match="it has 2 files"):
        load_key(bank)


def test_production_cost_is_the_standards(bank: Path) -> None:
    create_key(bank, KeystoreCost.PRODUCTION)
    assert json.loads(key_file(bank).read_text())["crypto"]["kdfparams"]["n"] == 262_144
