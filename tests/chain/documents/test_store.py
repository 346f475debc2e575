"""Documents through two real IPFS nodes: stored twice, proved, readable by grant only, and damage is named."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from chain.documents import DocumentStore, IpfsEndpoint, Salts
from chain.documents import store as store_module
from chain.documents.cid import cid_of
from chain.documents.errors import (
    CidCommitmentMismatch,
    CidMismatch,
    CiphertextAltered,
    CiphertextInvalid,
    ContentMismatch,
    DocumentTooLarge,
    GrantInvalid,
    GrantMismatch,
    NodeRefused,
    NodesNotConnected,
    NodeUnreachable,
    NoReaders,
    NotPinned,
    SizeMismatch,
    StoredBytesCorrupt,
    TooFewNodes,
)
from chain.documents.hpke import unwrap
from chain.documents.stream import encrypt, encrypted_size, new_document_id

CONTRACT = random.Random(3).randbytes(700_000)
BANK, PLATFORM, STRANGER = (X25519PrivateKey.generate() for _ in range(3))
READERS = {"bank": BANK.public_key(), "platform": PLATFORM.public_key()}


@pytest.fixture
def store(pair):
    return DocumentStore([node.endpoint for node in pair], timeout=10)


def _open(store, stored, key=BANK, **changes):
    of = {
        "cid": stored.cid,
        "given": stored.grants[0],
        "commitment": stored.commitment,
        "salts": stored.salts,
    } | changes
    return store.open(of["cid"], of["given"], key, of["commitment"], of["salts"])


def test_document_is_stored_at_both_nodes_and_opens_for_each_reader(store, pair):
    stored = store.put(CONTRACT, READERS)
    assert stored.commitment.size == len(CONTRACT)
    assert [copy.size for copy in store.verify_pins(stored.cid)] == [encrypted_size(len(CONTRACT))] * 2
    assert _open(store, stored) == CONTRACT
    assert _open(store, stored, PLATFORM, given=stored.grants[1]) == CONTRACT
    for node in pair:
        assert _open(DocumentStore([node.endpoint]), stored) == CONTRACT
        assert not any(CONTRACT[1000:1064] in file.read_bytes() for file in node.block_files())


@pytest.mark.parametrize("size", [0, 1, 5_000_000])
def test_document_from_a_file_of_any_size_comes_back(store, tmp_path, size):
    path = tmp_path / "contract.pdf"
    path.write_bytes(random.Random(size).randbytes(size))
    assert _open(store, store.put(path, READERS)) == path.read_bytes()


def test_same_document_put_twice_shares_nothing(store):
    one, two = store.put(CONTRACT, READERS), store.put(CONTRACT, READERS)
    assert one.cid != two.cid
    assert one.document_id != two.document_id
    assert one.commitment.content_hash != two.commitment.content_hash


def test_first_node_down_is_passed_over_when_reading(store, pair):
    stored = store.put(CONTRACT, READERS)
    pair[0].kill()
    assert _open(store, stored) == CONTRACT
    with pytest.raises(NodeUnreachable, match=pair[0].runtime.api_url):
        store.verify_pins(stored.cid)
    pair[1].kill()
    with pytest.raises(NodeUnreachable, match=pair[1].runtime.api_url):
        _open(store, stored)


def test_put_works_right_after_kill_9_and_restart_of_either_node(store, pair):
    stored = []
    for node in pair:
        node.kill()
        node.start()
        stored.append(store.put(CONTRACT, READERS))
    for document in stored:
        assert len(store.verify_pins(document.cid)) == 2


@pytest.mark.parametrize("which", [0, 1])
def test_one_byte_changed_in_a_stored_block_names_the_block_document_and_node(store, pair, damage, which):
    stored = store.put(CONTRACT, READERS)
    victim = sorted(pair[which].block_files(), key=lambda file: file.stat().st_size)[-1]
    leaf = cid_of([victim.read_bytes()])
    damage(victim)
    with pytest.raises(StoredBytesCorrupt) as caught:
        store.verify_pins(stored.cid)
    for name in (leaf, stored.cid, pair[which].runtime.api_url):
        assert name in str(caught.value)
    reading = DocumentStore([pair[which].endpoint])
    with pytest.raises(StoredBytesCorrupt, match=leaf):
        _open(reading, stored)
    victim.unlink()
    store.repair(stored.cid)
    assert _open(reading, stored) == CONTRACT


def test_document_unpinned_at_one_node_is_noticed(store, pair):
    stored = store.put(CONTRACT, READERS)
    pair[1].client().unpin(stored.cid)
    with pytest.raises(NotPinned, match=pair[1].runtime.api_url):
        store.verify_pins(stored.cid)


def test_reader_without_a_grant_opens_nothing(store):
    stored = store.put(CONTRACT, READERS)
    with pytest.raises(GrantInvalid, match="bank"):
        _open(store, stored, STRANGER)
    with pytest.raises(GrantInvalid, match="platform"):
        _open(store, stored, BANK, given=stored.grants[1])


def test_destroyed_grants_make_the_document_unreadable_though_its_bytes_remain(store, pair):
    stored = store.put(CONTRACT, {"bank": BANK.public_key()})
    grant = stored.grants[0]
    destroyed = replace(grant, wrapped_key=bytes(len(grant.wrapped_key)))
    with pytest.raises(GrantInvalid):
        _open(store, stored, given=destroyed)
    # Nothing that remains, the salts and the reader's key included, contains the data key.
    data_key = unwrap(grant, BANK)
    assert not any(data_key in file.read_bytes() for node in pair for file in node.repo.rglob("*") if file.is_file())


def test_destroyed_ciphertext_is_gone_from_both_disks(store, pair):
    kept, gone = store.put(CONTRACT, READERS), store.put(b"to be destroyed", READERS)
    store.destroy(gone.cid)
    store.destroy(gone.cid)
    for node in pair:
        assert not node.block_file(gone.cid).exists()
    with pytest.raises(NotPinned):
        store.verify_pins(gone.cid)
    assert _open(store, kept) == CONTRACT


def test_commitment_that_does_not_fit_is_refused_by_what_is_wrong(store):
    stored, other = store.put(CONTRACT, READERS), store.put(b"other", READERS)
    for wrong, changes in (
        (CidCommitmentMismatch, {"cid": other.cid}),
        (CidCommitmentMismatch, {"salts": Salts.random()}),
        (GrantMismatch, {"commitment": other.commitment}),
        (ContentMismatch, {"commitment": replace(stored.commitment, content_hash=bytes(32))}),
        (ContentMismatch, {"salts": replace(stored.salts, content=bytes(16))}),
        (SizeMismatch, {"commitment": replace(stored.commitment, size=len(CONTRACT) - 1)}),
    ):
        with pytest.raises(wrong, match=stored.document_id.hex()):
            _open(store, stored, **changes)


def _committed(store, pair, ciphertext):
    """A document whose committed ciphertext is this, as a dishonest platform could commit it."""
    real = store.put(CONTRACT, READERS)
    key = unwrap(real.grants[0], BANK)
    forged = ciphertext(key, real.document_id)
    cid = cid_of([forged])
    assert pair[0].add(forged) == cid
    commitment = replace(real.commitment, cid_commitment=store_module.cid_commitment(cid, real.salts))
    return replace(real, cid=cid, commitment=commitment)


def test_truncated_ciphertext_is_refused_even_if_it_was_committed(store, pair):
    cut = _committed(store, pair, lambda key, name: b"".join(encrypt(key, name, [CONTRACT]))[:-100_000])
    with pytest.raises(CiphertextAltered, match=cut.document_id.hex()):
        _open(store, cut)
    plain = _committed(store, pair, lambda key, name: CONTRACT)
    with pytest.raises(CiphertextInvalid, match=plain.document_id.hex()):
        _open(store, plain)


def test_other_content_under_the_same_key_is_refused_by_the_content_hash(store, pair):
    swapped = _committed(store, pair, lambda key, name: b"".join(encrypt(key, name, [CONTRACT[::-1]])))
    with pytest.raises(ContentMismatch, match=swapped.document_id.hex()):
        _open(store, swapped)


def test_ciphertext_of_another_document_is_refused(store, pair):
    moved = _committed(store, pair, lambda key, name: b"".join(encrypt(key, new_document_id(), [CONTRACT])))
    with pytest.raises(CiphertextAltered):
        _open(store, moved)


def test_document_needs_readers_and_two_different_nodes(store, pair):
    with pytest.raises(NoReaders):
        store.put(CONTRACT, {})
    with pytest.raises(TooFewNodes):
        DocumentStore([])
    with pytest.raises(TooFewNodes):
        DocumentStore([pair[0].endpoint]).put(CONTRACT, READERS)
    with pytest.raises(TooFewNodes):
        DocumentStore([pair[0].endpoint, pair[0].endpoint]).put(CONTRACT, READERS)


def test_document_above_the_limit_is_refused(store, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_SIZE", 1000)
    with pytest.raises(DocumentTooLarge, match="1000"):
        store.put(bytes(1001), READERS)


def test_wrong_token_is_refused_by_the_node_and_not_shown(store, pair):
    endpoint = replace(pair[1].endpoint, token="f" * 64)
    with pytest.raises(NodeRefused, match="Bearer") as caught:
        DocumentStore([pair[0].endpoint, endpoint]).put(CONTRACT, READERS)
    assert "f" * 64 not in str(caught.value) + repr(endpoint)


def test_node_of_another_swarm_is_named(pair, swarm):
    stranger = swarm.stranger()
    with pytest.raises(NodesNotConnected, match=stranger.runtime.api_url):
        DocumentStore([pair[0].endpoint, stranger.endpoint], timeout=10).put(CONTRACT, READERS)


def test_node_that_lies_about_the_cid_is_caught(pair):
    """A node in front of the real one that stores everything, and answers every add with another file's CID."""
    real = pair[0]
    other = cid_of([b"something else"])

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/api/v0/add"):
                while (line := self.rfile.readline().strip()) not in (b"0", b""):
                    self.rfile.read(int(line, 16) + 2)
                answer = b'{"Name":"x","Hash":"%s","Size":"1"}' % other.encode()
            else:
                answer = real.post(self.path.removeprefix("/api/v0/"), headers=None, body=body or None).content
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Liar)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        liar = IpfsEndpoint(f"http://127.0.0.1:{server.server_address[1]}", "none")
        with pytest.raises(CidMismatch, match=other):
            DocumentStore([liar, pair[1].endpoint], timeout=10).put(CONTRACT, READERS)
    finally:
        server.shutdown()
        server.server_close()


def test_environment_proxy_and_netrc_never_see_the_token(store, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("default login a password b\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _open(store, store.put(b"kept at home", READERS)) == b"kept at home"


def test_documents_put_from_several_threads_at_once_all_come_back(store):
    contents = [random.Random(i).randbytes(100_000 + i) for i in range(12)]
    with ThreadPoolExecutor(6) as threads:
        stored = list(threads.map(lambda content: store.put(content, READERS), contents))
        assert list(threads.map(lambda document: _open(store, document), stored)) == contents
