"""The stored form of a document: only the exact bytes, in order, under the same key and id, open."""

from __future__ import annotations

import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.errors import CiphertextAltered, CiphertextInvalid
from chain.documents.stream import (
    CHUNK_SIZE,
    HEADER_SIZE,
    TAG_SIZE,
    DataKey,
    DocumentId,
    decrypt,
    encrypt,
    encrypted_size,
    new_data_key,
    new_document_id,
)

SEALED = CHUNK_SIZE + TAG_SIZE
KEY, DOCUMENT = DataKey(b"k" * 32), DocumentId(b"d" * 32)
SIZES = st.one_of(
    st.integers(0, 300),
    st.sampled_from([CHUNK_SIZE, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE]).flatmap(lambda n: st.integers(n - 2, n + 2)),
)


def _sealed(size: int) -> tuple[bytes, bytes]:
    plain = random.Random(size).randbytes(size)
    return plain, b"".join(encrypt(KEY, DOCUMENT, [plain]))


def _opened(stored: bytes) -> bytes:
    return b"".join(decrypt(KEY, DOCUMENT, [stored]))


@settings(deadline=None)
@given(size=SIZES, cuts=st.lists(st.integers(0, 3 * CHUNK_SIZE), max_size=4))
def test_round_trip_gives_the_document_however_the_bytes_are_cut(size, cuts):
    plain, stored = _sealed(size)
    assert len(stored) == encrypted_size(size)
    ends = [*sorted(min(c, len(stored)) for c in cuts), len(stored)]
    pieces, start = [], 0
    for end in ends:
        pieces.append(stored[start:end])
        start = end
    assert b"".join(decrypt(KEY, DOCUMENT, pieces)) == plain


@settings(deadline=None)
@given(size=SIZES, where=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused(size, where, flip):
    _, stored = _sealed(size)
    position = int(where * len(stored))
    altered = bytearray(stored)
    altered[position] ^= flip
    with pytest.raises((CiphertextAltered, CiphertextInvalid)):
        _opened(bytes(altered))


def test_every_byte_of_a_small_document_is_guarded():
    _, stored = _sealed(5)
    for position in range(len(stored)):
        altered = bytearray(stored)
        altered[position] ^= 0x80
        with pytest.raises((CiphertextAltered, CiphertextInvalid)):
            _opened(bytes(altered))


@settings(deadline=None)
@given(size=SIZES, keep=st.floats(0, 1, exclude_max=True))
def test_truncation_is_refused_anywhere(size, keep):
    _, stored = _sealed(size)
    with pytest.raises((CiphertextAltered, CiphertextInvalid)):
        _opened(stored[: int(keep * len(stored))])


@pytest.mark.parametrize("chunks", [1, 2])
def test_truncation_at_a_chunk_boundary_is_refused(chunks):
    _, stored = _sealed(3 * CHUNK_SIZE)
    with pytest.raises(CiphertextAltered) as caught:
        _opened(stored[: HEADER_SIZE + chunks * SEALED])
    assert caught.value.params == {"document": DOCUMENT.hex(), "chunk": chunks - 1}


def test_reordered_repeated_and_appended_chunks_are_refused():
    _, stored = _sealed(3 * CHUNK_SIZE)
    header, body = stored[:HEADER_SIZE], stored[HEADER_SIZE:]
    a, b, c = (body[i : i + SEALED] for i in range(0, len(body), SEALED))
    for forged in (b + a + c, a + a + c, a + b + b + c, a + b + c + c, a + c, a + b + c + b"\0"):
        with pytest.raises(CiphertextAltered):
            _opened(header + forged)


def test_chunk_of_another_document_under_the_same_key_is_refused():
    one, two = (b"".join(encrypt(KEY, DOCUMENT, [bytes([i]) * 3 * CHUNK_SIZE])) for i in (1, 2))
    swapped = one[: HEADER_SIZE + SEALED] + two[HEADER_SIZE + SEALED : HEADER_SIZE + 2 * SEALED]
    with pytest.raises(CiphertextAltered) as caught:
        _opened(swapped + one[HEADER_SIZE + 2 * SEALED :])
    assert caught.value.params["chunk"] == 1


def test_empty_last_chunk_after_others_is_refused_even_if_it_authenticates():
    # Someone who holds the key makes a second stored form of the same document.
    plain, stored = _sealed(CHUNK_SIZE)
    header = stored[:HEADER_SIZE]
    nonce = header[-7:]
    forged = header + AESGCM(KEY).encrypt(nonce + bytes(4) + b"\0", plain, header + DOCUMENT)
    forged += AESGCM(KEY).encrypt(nonce + b"\0\0\0\1\1", b"", header + DOCUMENT)
    with pytest.raises(CiphertextAltered):
        _opened(forged)


def test_another_key_or_document_id_opens_nothing():
    _, stored = _sealed(100)
    with pytest.raises(CiphertextAltered):
        list(decrypt(new_data_key(), DOCUMENT, [stored]))
    with pytest.raises(CiphertextAltered):
        list(decrypt(KEY, new_document_id(), [stored]))


def test_same_document_is_never_stored_twice_in_the_same_form():
    assert _sealed(1000)[1] != _sealed(1000)[1]


def test_form_is_the_one_that_the_documentation_gives():
    plain, stored = _sealed(CHUNK_SIZE + 1)
    header = b"LLEDOC\x01\x10" + stored[8:15]
    first = AESGCM(KEY).encrypt(stored[8:15] + bytes(4) + b"\0", plain[:CHUNK_SIZE], header + DOCUMENT)
    last = AESGCM(KEY).encrypt(stored[8:15] + b"\0\0\0\1" + b"\1", plain[CHUNK_SIZE:], header + DOCUMENT)
    assert stored == header + first + last


@pytest.mark.parametrize("stored", [b"", b"LLEDOC", b"%PDF-1.7 and so on and on", b"LLEDOC\x02\x10" + bytes(40)])
def test_bytes_that_are_no_stored_document_are_refused_by_name(stored):
    with pytest.raises(CiphertextInvalid, match=DOCUMENT.hex()):
        _opened(stored)
