"""Documents in and out: encrypt, store at two IPFS nodes, prove the copies, read back, verify, decrypt.

Promises: `put` returns only after every node keeps the whole ciphertext and its bytes were read back from each
node's own disk and hash to the CID computed here; `open` returns only bytes that match the commitment. Every
failure is a typed error naming the document, CID or node. Plaintext never touches the disk. Keeps no state: what
`put` returns is the caller's to store (grants and salts in the gateway's database, the commitment on the chain).
Blocks; call it from a worker thread.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from chain.documents.cid import Cid, CidBuilder, cid_bytes
from chain.documents.commitment import DocumentCommitment, Salts, cid_commitment, content_hash
from chain.documents.errors import (
    CidMismatch,
    DocumentTooLarge,
    GrantMismatch,
    NodeRefused,
    NodesNotConnected,
    NodeUnreachable,
    NoReaders,
    NotPinned,
    StoredBytesCorrupt,
    TooFewNodes,
)
from chain.documents.hpke import Grant, grant, unwrap
from chain.documents.rpc import IpfsEndpoint, IpfsNode
from chain.documents.stream import DocumentId, decrypt, encrypt, encrypted_size, new_data_key, new_document_id

COPIES: Final = 2
MAX_SIZE: Final = 256 * 1024 * 1024
"""Bytes of the largest document; one is held in memory whole when it is opened."""

_MAX_ENCRYPTED: Final = encrypted_size(MAX_SIZE)
_PIECE: Final = 1024 * 1024


@dataclass(frozen=True)
class StoredDocument:
    """All that the caller must keep of a stored document. Only `commitment` may go on the chain."""

    document_id: DocumentId
    cid: Cid
    salts: Salts
    commitment: DocumentCommitment
    grants: tuple[Grant, ...]


@dataclass(frozen=True)
class PinnedCopy:
    """A copy that was found pinned and whole: the node's API URL and the bytes of ciphertext it holds."""

    node: str
    size: int


class DocumentStore:
    """The documents of a swarm. The first node takes what is put; all nodes keep it. timeout: seconds for one call."""

    def __init__(self, nodes: Sequence[IpfsEndpoint], *, timeout: float = 60.0) -> None:
        if not nodes:
            raise TooFewNodes(needed=1, given=0)
        self._nodes = tuple(IpfsNode(endpoint, timeout) for endpoint in nodes)

    def put(self, source: Path | bytes, readers: Mapping[str, X25519PublicKey]) -> StoredDocument:
        """Stores a document for its readers, by name, at all nodes.

        Each call makes a new document: new id, key and CID. A put that fails may leave ciphertext behind that
        nobody can read. Raises NoReaders, TooFewNodes, DocumentTooLarge, and what the nodes do wrong.
        """
        if not readers:
            raise NoReaders()
        self._require_connected()
        document_id, key, salts = new_document_id(), new_data_key(), Salts.random()
        plain = _PlainReader(source)
        with tempfile.TemporaryFile() as ciphertext:
            cid = _spool(encrypt(key, document_id, plain), ciphertext)
            first = self._nodes[0]
            answered = first.add(_from_start(ciphertext))
        if answered != cid:
            raise CidMismatch(node=first.name, answered=answered, expected=cid)
        for node in self._nodes[1:]:
            node.pin(cid)
        self.verify_pins(cid)
        commitment = DocumentCommitment(
            document_id, cid_commitment(cid, salts), content_hash(plain.sha256.digest(), salts), plain.size
        )
        grants = tuple(grant(key, document_id, reader, public_key) for reader, public_key in readers.items())
        return StoredDocument(document_id, cid, salts, commitment, grants)

    def open(
        self,
        cid: Cid,
        given: Grant,
        private_key: X25519PrivateKey,
        commitment: DocumentCommitment,
        salts: Salts,
    ) -> bytes:
        """The document's content, proved against its commitment on the chain.

        Checks in this order: the CID against the commitment, the grant, the bytes of the node against the CID,
        every chunk's authentication, size and content against the commitment. A node that does not answer is passed
        over for the next; damage is not, so that it is seen.
        """
        if given.document_id != commitment.document_id:
            raise GrantMismatch(granted=given.document_id.hex(), document=commitment.document_id.hex())
        commitment.check_cid(cid, salts)
        key = unwrap(given, private_key)
        ciphertext = self._fetch(cid)
        plaintext = b"".join(decrypt(key, commitment.document_id, [ciphertext]))
        commitment.check_content(plaintext, salts)
        return plaintext

    def verify_pins(self, cid: Cid) -> tuple[PinnedCopy, ...]:
        """Proves that each node keeps the file: its pin is recorded, and its own disk gives bytes that hash to the CID.

        Raises NotPinned, StoredBytesCorrupt, or what the node said.
        """
        cid_bytes(cid)
        copies = []
        for node in self._nodes:
            if not node.is_pinned(cid):
                raise NotPinned(node=node.name, cid=cid)
            copies.append(PinnedCopy(node.name, _check_cid(node, cid, node.read_local(cid, _MAX_ENCRYPTED))))
        return tuple(copies)

    def repair(self, cid: Cid) -> tuple[PinnedCopy, ...]:
        """Pins the file again at every node, each fetching from the others what it lacks, and proves the copies."""
        self._require_connected()
        for node in self._nodes:
            node.pin(cid)
        return self.verify_pins(cid)

    def destroy(self, cid: Cid) -> None:
        """Removes the ciphertext from all nodes' disks; twice is no error. Grants are the caller's to delete."""
        cid_bytes(cid)
        for node in self._nodes:
            node.unpin(cid)
        for node in self._nodes:
            node.collect_garbage()

    def _fetch(self, cid: Cid) -> bytes:
        *others, last = self._nodes
        for node in others:
            try:
                return _read_checked(node, cid)
            except NodeUnreachable:
                continue
        return _read_checked(last, cid)

    def _require_connected(self) -> None:
        """Connects every further node to the first, and makes sure that they are different nodes."""
        first, *others = self._nodes
        first_id = first.peer_id()
        ids = {first_id} | {node.peer_id() for node in others}
        if len(ids) < COPIES or len(ids) < len(self._nodes):
            raise TooFewNodes(needed=max(COPIES, len(self._nodes)), given=len(ids))
        for node in others:
            if first_id not in node.connected_peers():
                _connect(node, first)


class _PlainReader:
    """Iterates over a document's bytes once and knows their hash and number afterwards."""

    def __init__(self, source: Path | bytes) -> None:
        self._source = source
        self.sha256 = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in _pieces(self._source):
            self.size += len(piece)
            if self.size > MAX_SIZE:
                raise DocumentTooLarge(limit=MAX_SIZE)
            self.sha256.update(piece)
            yield piece


def _pieces(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        yield from _from_start(file)


def _from_start(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE):
        yield piece


def _spool(pieces: Iterable[bytes], file: BinaryIO) -> Cid:
    builder = CidBuilder()
    for piece in pieces:
        builder.update(piece)
        file.write(piece)
    return builder.finish()


def _read_checked(node: IpfsNode, cid: Cid) -> bytes:
    pieces: list[bytes] = []
    _check_cid(node, cid, _keep(node.read(cid, _MAX_ENCRYPTED), pieces))
    return b"".join(pieces)


def _keep(pieces: Iterator[bytes], kept: list[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        kept.append(piece)
        yield piece


def _check_cid(node: IpfsNode, cid: Cid, pieces: Iterator[bytes]) -> int:
    """The number of bytes, if they hash to the CID. Raises StoredBytesCorrupt."""
    builder = CidBuilder()
    for piece in pieces:
        builder.update(piece)
    size = builder.size
    actual = builder.finish()
    if actual != cid:
        raise StoredBytesCorrupt(node=node.name, cid=cid, reason=f"its {size} bytes hash to {actual}")
    return size


def _connect(node: IpfsNode, other: IpfsNode) -> None:
    reason = "it has no address"
    for address in other.addresses():
        try:
            node.connect(address)
            return
        except NodeRefused as error:
            reason = str(error.params["reason"])
    raise NodesNotConnected(node=node.name, other=other.name, reason=reason)
