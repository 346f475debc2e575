"""Grants open for one reader, one document, one name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from chain.documents.errors import GrantInvalid
from chain.documents.hpke import WRAPPED_SIZE, grant, share, unwrap
from chain.documents.stream import new_data_key, new_document_id

READER, OTHER = X25519PrivateKey.generate(), X25519PrivateKey.generate()
KEY, DOCUMENT = new_data_key(), new_document_id()


def _grant():
    return grant(KEY, DOCUMENT, "bank", READER.public_key())


def test_reader_opens_the_grant():
    given = _grant()
    assert len(given.wrapped_key) == WRAPPED_SIZE
    assert KEY not in given.wrapped_key
    assert unwrap(given, READER) == KEY


def test_another_readers_key_does_not_open_it():
    with pytest.raises(GrantInvalid, match="bank"):
        unwrap(_grant(), OTHER)


@pytest.mark.parametrize(
    "change",
    [
        {"reader": "platform"},
        {"reader": "ban"},
        {"document_id": new_document_id()},
        {"wrapped_key": b""},
        {"wrapped_key": bytes(WRAPPED_SIZE)},
    ],
)
def test_grant_is_bound_to_its_document_and_reader(change):
    with pytest.raises(GrantInvalid):
        unwrap(replace(_grant(), **change), READER)


def test_every_byte_of_the_wrapped_key_is_guarded():
    given = _grant()
    for position in range(WRAPPED_SIZE):
        altered = bytearray(given.wrapped_key)
        altered[position] ^= 1
        with pytest.raises(GrantInvalid):
            unwrap(replace(given, wrapped_key=bytes(altered)), READER)


def test_reader_shares_with_a_further_reader():
    shared = share(_grant(), READER, "regulator", OTHER.public_key())
    assert shared.reader == "regulator"
    assert unwrap(shared, OTHER) == KEY
    with pytest.raises(GrantInvalid):
        share(_grant(), OTHER, "regulator", OTHER.public_key())
