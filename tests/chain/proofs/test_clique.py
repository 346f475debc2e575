"""Clique seals and the confirmation rule: on real headers of public chains, and on chains sealed here."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import rlp
from eth_keys.datatypes import PrivateKey
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from chain.proofs.clique import EXTRA_FIELD, SEAL, VANITY, Header, SealInvalid, confirmed, sealer

KEYS = [PrivateKey(bytes([n]) * 32) for n in range(1, 8)]
ADDRESSES = [key.public_key.to_canonical_address() for key in KEYS]


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _sealed(number: int, parent: bytes, key: PrivateKey, difficulty: int) -> Header:
    fields = [parent, *[b""] * 6, _number(difficulty), _number(number), *[b""] * 3, b"", b"\0" * 32, b"\0" * 8]
    fields[EXTRA_FIELD] = b"\0" * VANITY
    seal = key.sign_msg_hash(keccak(rlp.encode(fields))).to_bytes()
    extra = b"\0" * VANITY + seal
    fields[EXTRA_FIELD] = extra
    return Header(number, keccak(rlp.encode(fields)), parent, difficulty, tuple(fields), extra)


def _chain(turns: list[int], sealers: int) -> list[Header]:
    headers = [Header(0, b"\0" * 32, b"", 1, (), b"")]
    for number, turn in enumerate(turns, start=1):
        difficulty = 2 if number % sealers == turn else 1
        headers.append(_sealed(number, headers[-1].hash, KEYS[turn], difficulty))
    return headers


def _public_headers() -> list[dict[str, Any]]:
    folder = os.environ.get("LOAN_LEDGER_PEER_DATA")
    if not folder:
        return []
    vectors = json.loads((Path(folder) / "headers" / "clique_vectors.json").read_text())["vectors"]
    return [v for v in vectors if v["kind"] == "clique_header"]


_ORDER = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
]
_NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}


@pytest.mark.skipif(not _public_headers(), reason="LOAN_LEDGER_PEER_DATA is not set: header vectors are missing")
@pytest.mark.parametrize("vector", _public_headers(), ids=lambda v: v["id"])
def test_the_sealer_of_a_public_header_is_recovered(vector: dict[str, Any]) -> None:
    raw = vector["header"]

    def value(name: str) -> bytes:
        text = raw[name]
        if name in _NUMBERS:
            return _number(int(text, 16) if isinstance(text, str) and text.startswith("0x") else int(text))
        return bytes.fromhex(text[2:])

    fields = tuple(value(name) for name in _ORDER if raw.get(name) is not None)
    expected = vector.get("derived", {}) | vector["expect"]
    if "hash" in expected:
        assert "0x" + keccak(rlp.encode(fields)).hex() == expected["hash"]
    header = Header(0, b"", b"", 1, fields, fields[EXTRA_FIELD])
    assert "0x" + sealer(header).hex() == expected["signer"]


def test_three_sealers_in_turn_confirm_a_block_two_blocks_later() -> None:
    chain = _chain([1, 2, 0, 1, 2], 3)
    assert confirmed(chain, ADDRESSES[:3]) == 3


def test_two_of_three_sealers_still_confirm() -> None:
    chain = _chain([1, 2, 1, 2, 1, 2], 3)
    assert confirmed(chain, ADDRESSES[:3]) == 4


def test_one_sealer_alone_never_confirms() -> None:
    chain = _chain([1, 1, 1, 1, 1, 1], 3)
    assert confirmed(chain, ADDRESSES[:3]) is None


def test_a_short_chain_has_nothing_confirmed_but_what_the_rule_gives() -> None:
    assert confirmed(_chain([], 3), ADDRESSES[:3]) is None
    assert confirmed(_chain([1], 3), ADDRESSES[:3]) is None


def test_a_seal_of_a_stranger_is_refused() -> None:
    with pytest.raises(SealInvalid, match="not a validator"):
        confirmed(_chain([1, 2, 5], 3), ADDRESSES[:3])


def test_a_header_that_does_not_link_is_refused() -> None:
    chain = _chain([1, 2, 0, 1], 3)
    with pytest.raises(SealInvalid, match="link"):
        confirmed([*chain[:3], _sealed(3, b"\x09" * 32, KEYS[0], 2)], ADDRESSES[:3])


@given(st.integers(0, SEAL - 1), st.integers(1, 255))
def test_a_changed_seal_never_gives_the_same_sealer(at: int, flip: int) -> None:
    header = _sealed(1, b"\0" * 32, KEYS[1], 2)
    extra = bytearray(header.extra)
    extra[VANITY + at] ^= flip
    changed = Header(1, header.hash, header.parent, 2, header.fields, bytes(extra))
    with contextlib.suppress(SealInvalid):
        assert sealer(changed) != ADDRESSES[1]


@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_a_confirmed_block_has_a_majority_on_top(turns: list[int]) -> None:
    chain = _chain(turns, 7)
    number = confirmed(chain, ADDRESSES)
    if number is not None:
        above = {turns[n - 1] for n in range(number + 1, len(chain))}
        assert len(above) >= 4
        assert sum(h.difficulty for h in chain[number:]) > 6
