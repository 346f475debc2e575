"""CIDs computed here equal those of the node, at every boundary of the tree."""

from __future__ import annotations

import io
import random

import ipfshttpclient
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.documents.cid import CHUNK_SIZE, LINKS_PER_NODE, CidBuilder, cid_bytes, cid_of
from chain.documents.errors import CidInvalid
from chain.documents.rpc import _Bearer, _multiaddress


@pytest.fixture(scope="module")
def node_cid(node):
    """The CID that the node gives content, which it doesn't store."""
    client = ipfshttpclient.Client(_multiaddress(node.runtime.api_url), timeout=60, auth=_Bearer(node.token))

    def compute(content: bytes) -> str:
        return client.add(io.BytesIO(content), cid_version=1, raw_leaves=True, only_hash=True)["Hash"]

    return compute


def test_cid_of_well_known_content():
    # `echo hello world | ipfs add --cid-version=1`, and the empty raw block; both are widely published.
    assert cid_of([b"hello world\n"]) == "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4"
    assert cid_of([]) == "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"


@pytest.mark.parametrize(
    "size",
    [
        0,
        1,
        CHUNK_SIZE - 1,
        CHUNK_SIZE,
        CHUNK_SIZE + 1,
        2 * CHUNK_SIZE,
        LINKS_PER_NODE * CHUNK_SIZE,
        LINKS_PER_NODE * CHUNK_SIZE + 1,
    ],
)
def test_cid_equals_the_nodes_at_boundaries(node_cid, size):
    content = random.Random(size).randbytes(size)
    assert cid_of([content]) == node_cid(content)


@settings(deadline=None, max_examples=40)
@given(size=st.integers(0, 5 * CHUNK_SIZE), seed=st.integers(0, 2**32))
def test_cid_equals_the_nodes_for_any_size(node_cid, size, seed):
    content = random.Random(seed).randbytes(size)
    assert cid_of([content]) == node_cid(content)


@settings(deadline=None, max_examples=30)
@given(pieces=st.lists(st.integers(0, CHUNK_SIZE + 2), max_size=6))
def test_cid_does_not_depend_on_how_the_bytes_are_cut(pieces):
    content = random.Random(1).randbytes(sum(pieces))
    builder, position = CidBuilder(), 0
    for piece in pieces:
        builder.update(content[position : position + piece])
        position += piece
    assert builder.finish() == cid_of([content])


def test_binary_form_is_36_bytes_with_the_sha256_of_a_single_block():
    import hashlib

    assert cid_bytes(cid_of([b"x"])) == b"\x01\x55\x12\x20" + hashlib.sha256(b"x").digest()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o",  # version 0
        "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei",  # cut short
        "BAFKREIFJJCIE6LYPI6NY7AMXNFFTAGCLBUXNDQONFIPMB64F2KM2DEVEI4",  # not the canonical base
    ],
)
def test_text_that_is_no_canonical_cid_is_refused(text):
    with pytest.raises(CidInvalid):
        cid_bytes(text)
