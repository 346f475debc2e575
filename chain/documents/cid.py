"""The CID that an IPFS node gives a file, computed here, so that no node's word is taken for it.

Promises the same CID as `ipfs add --cid-version=1 --raw-leaves` with the default chunker: leaves of 256 KiB as raw
blocks, balanced tree of at most 174 links a node, UnixFS nodes as dag-pb, SHA-256, base32. Works on a stream and
keeps one chunk and at most 174 links per level of the tree in memory. Knows no folders and does not speak to nodes.
Sources: UnixFS and dag-pb specifications of IPFS (specs.ipfs.tech/unixfs, ipld.io/specs/codecs/dag-pb).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, NewType

from multiformats import CID, multihash, varint

from chain.documents.errors import CidInvalid

Cid = NewType("Cid", str)
"""A CID in its canonical text: version 1, base32."""

CHUNK_SIZE: Final = 256 * 1024
LINKS_PER_NODE: Final = 174

_UNIXFS_FILE: Final = 2


@dataclass(frozen=True)
class _Link:
    """What a parent records of a child: its CID, the bytes of blocks under it, the bytes of the file under it."""

    cid: bytes
    block_bytes: int
    file_bytes: int


class CidBuilder:
    """Takes a file's bytes in pieces of any size and gives its CID."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._levels: list[list[_Link]] = [[]]
        self.size = 0

    def update(self, data: bytes) -> None:
        """The next bytes of the file."""
        self.size += len(data)
        self._pending += data
        # A full chunk waits until more follows, so that finish() always has the last one.
        while len(self._pending) > CHUNK_SIZE:
            self._add_leaf(bytes(self._pending[:CHUNK_SIZE]))
            del self._pending[:CHUNK_SIZE]

    def finish(self) -> Cid:
        """The CID of all bytes given. The builder is used up."""
        if self._pending or self.size == 0:
            self._add_leaf(bytes(self._pending))
            self._pending.clear()
        level = 0
        while level + 1 < len(self._levels) or len(self._levels[level]) > 1:
            if self._levels[level]:
                self._close_node(level)
            level += 1
        return Cid(CID.decode(self._levels[level][0].cid).encode("base32"))

    def _add_leaf(self, chunk: bytes) -> None:
        self._add(0, _Link(_block_cid("raw", chunk), len(chunk), len(chunk)))

    def _add(self, level: int, link: _Link) -> None:
        if level == len(self._levels):
            self._levels.append([])
        # A node that is full is closed when the next link comes, not before: the last one may be the root.
        if len(self._levels[level]) == LINKS_PER_NODE:
            self._close_node(level)
        self._levels[level].append(link)

    def _close_node(self, level: int) -> None:
        links = self._levels[level]
        self._levels[level] = []
        file_bytes = sum(link.file_bytes for link in links)
        block = b"".join(_pb_link(link) for link in links) + _length_delimited(1, _unixfs(file_bytes, links))
        total = len(block) + sum(link.block_bytes for link in links)
        self._add(level + 1, _Link(_block_cid("dag-pb", block), total, file_bytes))


def cid_of(pieces: Iterable[bytes]) -> Cid:
    """The CID of a file whose bytes are the pieces, one after the other."""
    builder = CidBuilder()
    for piece in pieces:
        builder.update(piece)
    return builder.finish()


def cid_bytes(cid: Cid) -> bytes:
    """The 36 bytes of a CID. Raises CidInvalid if the text is not the canonical form of a version 1 SHA-256 CID."""
    try:
        decoded = CID.decode(cid)
        canonical = decoded.encode("base32")
    except (ValueError, KeyError) as error:
        raise CidInvalid(cid=cid, reason=str(error)) from error
    if decoded.version != 1 or decoded.hashfun.name != "sha2-256" or canonical != cid:
        raise CidInvalid(cid=cid, reason="it is of another version, hash or base")
    return bytes(decoded)


def _block_cid(codec: Literal["raw", "dag-pb"], block: bytes) -> bytes:
    return bytes(CID("base32", 1, codec, multihash.digest(block, "sha2-256")))


def _unixfs(file_bytes: int, links: list[_Link]) -> bytes:
    sizes = b"".join(_number(4, link.file_bytes) for link in links)
    return _number(1, _UNIXFS_FILE) + _number(3, file_bytes) + sizes


def _pb_link(link: _Link) -> bytes:
    body = _length_delimited(1, link.cid) + _length_delimited(2, b"") + _number(3, link.block_bytes)
    return _length_delimited(2, body)


def _number(field: int, value: int) -> bytes:
    """A protobuf field of wire type 0."""
    return varint.encode(field << 3) + varint.encode(value)


def _length_delimited(field: int, value: bytes) -> bytes:
    """A protobuf field of wire type 2."""
    return varint.encode(field << 3 | 2) + varint.encode(len(value)) + value


# The library fills its tables at first use and fails if two threads come first at once, so this module uses it first.
cid_bytes(cid_of([b""]))
