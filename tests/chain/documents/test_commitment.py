"""Commitments: the documented preimages, and nothing else fits."""

from __future__ import annotations

import hashlib

import pytest

from chain.documents.cid import cid_bytes, cid_of
from chain.documents.commitment import DocumentCommitment, Salts, cid_commitment, content_hash
from chain.documents.errors import CidCommitmentMismatch, ContentMismatch, SizeMismatch
from chain.documents.stream import new_document_id

PLAIN = b"loan contract"
CID = cid_of([b"ciphertext"])
SALTS = Salts(b"c" * 16, b"p" * 16)
COMMITMENT = DocumentCommitment(
    new_document_id(), cid_commitment(CID, SALTS), content_hash(hashlib.sha256(PLAIN).digest(), SALTS), len(PLAIN)
)


def test_preimages_are_the_documented_ones():
    cid_preimage = b"loan-ledger/document/cid/v1" + b"c" * 16 + cid_bytes(CID)
    content_preimage = b"loan-ledger/document/content/v1" + b"p" * 16 + hashlib.sha256(PLAIN).digest()
    assert COMMITMENT.cid_commitment == hashlib.sha256(cid_preimage).digest()
    assert COMMITMENT.content_hash == hashlib.sha256(content_preimage).digest()


def test_committed_cid_and_content_pass():
    COMMITMENT.check_cid(CID, SALTS)
    COMMITMENT.check_content(PLAIN, SALTS)


def test_other_cid_content_size_or_salt_is_refused():
    with pytest.raises(CidCommitmentMismatch):
        COMMITMENT.check_cid(cid_of([b"other"]), SALTS)
    with pytest.raises(CidCommitmentMismatch):
        COMMITMENT.check_cid(CID, Salts.random())
    with pytest.raises(ContentMismatch):
        COMMITMENT.check_content(b"Loan contract", SALTS)
    with pytest.raises(ContentMismatch):
        COMMITMENT.check_content(PLAIN, Salts.random())
    with pytest.raises(SizeMismatch):
        COMMITMENT.check_content(PLAIN + b"\n", SALTS)


def test_salts_are_fresh_and_128_bits():
    one, two = Salts.random(), Salts.random()
    assert len({one.cid, one.content, two.cid, two.content}) == 4
    assert len(one.cid) == len(one.content) == 16
