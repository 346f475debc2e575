"""Plain keys for tests: read strictly, and never quoted in a message."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import ExitCode
from chain.keys.errors import PlainKeysInvalid
from chain.keys.plain import NAMES, read_plain_keys

KEYS = {name: f"{number:064x}" for number, name in enumerate(NAMES, start=1)}
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def write(folder: Path, content: object) -> Path:
    path = folder / "keys.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_four_keys_are_read_with_and_without_prefix(tmp_path: Path) -> None:
    accounts = read_plain_keys(write(tmp_path, {**KEYS, "bank": "0x" + KEYS["bank"]}))
    assert {name: account.address for name, account in accounts.items()} == {
        name: Account.from_key(key).address for name, key in KEYS.items()
    }


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ({}, "'deployer' is missing"),
        ({k: v for k, v in KEYS.items() if k != "regulator"}, "'regulator' is missing"),
        ({**KEYS, "observer": "1" * 64}, "unknown name (observer)"),
        ({**KEYS, "bank": 1}, "'bank' is not 64 hex digits"),
        ({**KEYS, "bank": "12"}, "'bank' is not 64 hex digits"),
        ({**KEYS, "bank": "g" * 64}, "'bank' is not 64 hex digits"),
        ({**KEYS, "bank": " " + "1" * 63}, "'bank' is not 64 hex digits"),
        ({**KEYS, "bank": "0" * 64}, "'bank' is not a key of the curve"),
        ({**KEYS, "bank": f"{ORDER:064x}"}, "'bank' is not a key of the curve"),
        ({**KEYS, "bank": KEYS["platform"]}, "'platform' and 'bank' have the same key"),
        (json.dumps(KEYS)[:-1] + ', "bank": "' + "5" * 64 + '"}', "'bank' is there twice"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, content: object, reason: str) -> None:
    with pytest.raises(PlainKeysInvalid) as caught:
        read_plain_keys(write(tmp_path, content))
    assert reason in caught.value.message("en")
    assert reason in caught.value.message("zh")
    assert caught.value.exit_code is ExitCode.USAGE


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlainKeysInvalid, match="can't be read"):
        read_plain_keys(tmp_path / "absent")


@given(place=st.sampled_from(NAMES), cut=st.integers(0, 63), key=st.integers(1, ORDER - 1))
def test_no_message_quotes_a_key(tmp_path_factory: pytest.TempPathFactory, place: str, cut: int, key: int) -> None:
    digits = f"{key:064x}"
    folder = tmp_path_factory.mktemp("keys")
    for content in ({**KEYS, place: digits[:cut]}, {**KEYS, digits: 1}, {place: digits}):
        with pytest.raises(PlainKeysInvalid) as caught:
            read_plain_keys(write(folder, content))
        assert digits not in str(caught.value)
        assert cut < 8 or digits[:cut] not in str(caught.value)
