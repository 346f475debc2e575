"""Encryption of one document as a stream: AES-256-GCM in chunks of 64 KiB, after the STREAM construction.

Promises: whoever lacks the key learns nothing but the length; any change, truncation, extension or reordering of
the ciphertext, and any use under another document id, is refused. Plaintext that `decrypt` yields is authentic
chunk by chunk, but the document is whole only when the iteration ends without an error. A key must be used for one
document only. Does not hide the length and does not commit to the key: the salted content hash on the chain does
the latter.

Form: header (15 bytes) = `LLEDOC` | version 0x01 | log2 of the chunk size 0x10 | nonce prefix (7 random bytes);
then the chunks, each with its 16-byte tag. Chunk i has nonce = prefix | i (4 bytes, big-endian) | last (0x01 for
the last chunk, else 0x00) and associated data = header | document id (32 bytes). Only an empty document has an
empty last chunk. Source: Hoang, Reyhanitabar, Rogaway, Vizar, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance", CRYPTO 2015, section 7 (STREAM).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from typing import Final, NewType

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chain.documents.errors import CiphertextAltered, CiphertextInvalid, DocumentTooLarge

DocumentId = NewType("DocumentId", bytes)
"""32 random bytes that name a document on the chain."""

DataKey = NewType("DataKey", bytes)
"""The 32 random bytes that one document is encrypted under."""

CHUNK_SIZE: Final = 64 * 1024
TAG_SIZE: Final = 16
PREFIX_SIZE: Final = 7
MAGIC: Final = b"LLEDOC\x01\x10"
HEADER_SIZE: Final = len(MAGIC) + PREFIX_SIZE
MAX_CHUNKS: Final = 2**32

_SEALED_CHUNK: Final = CHUNK_SIZE + TAG_SIZE


def new_document_id() -> DocumentId:
    """A fresh id. Random, so that it says nothing of the document."""
    return DocumentId(secrets.token_bytes(32))


def new_data_key() -> DataKey:
    """A fresh key, for one document."""
    return DataKey(AESGCM.generate_key(256))


def encrypted_size(plaintext_size: int) -> int:
    """Bytes of the stored form of a document of `plaintext_size` bytes."""
    chunks = max(1, -(-plaintext_size // CHUNK_SIZE))
    return HEADER_SIZE + plaintext_size + chunks * TAG_SIZE


def encrypt(key: DataKey, document_id: DocumentId, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The stored form of the document whose bytes are the pieces: the header, then each sealed chunk."""
    header = MAGIC + secrets.token_bytes(PREFIX_SIZE)
    yield header
    cipher = AESGCM(key)
    for index, (chunk, last) in enumerate(_chunks(pieces, CHUNK_SIZE)):
        if index >= MAX_CHUNKS:
            raise DocumentTooLarge(limit=MAX_CHUNKS * CHUNK_SIZE)
        yield cipher.encrypt(_nonce(header, index, last), chunk, header + document_id)


def decrypt(key: DataKey, document_id: DocumentId, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The document's bytes, from the pieces of its stored form. All must be thrown away if an error ends the iteration.

    Raises CiphertextInvalid if it is not the stored form of a document, CiphertextAltered with the chunk that fails.
    """
    name = document_id.hex()
    source = iter(pieces)
    start = bytearray()
    for piece in source:
        start += piece
        if len(start) >= HEADER_SIZE:
            break
    header = bytes(start[:HEADER_SIZE])
    if len(header) < HEADER_SIZE:
        raise CiphertextInvalid(document=name, reason=f"it has {len(header)} bytes, fewer than its header")
    if not header.startswith(MAGIC):
        raise CiphertextInvalid(document=name, reason="its header is not that of version 1")
    cipher = AESGCM(key)
    for index, (sealed, last) in enumerate(_chunks(_after(start, source), _SEALED_CHUNK)):
        if index >= MAX_CHUNKS:
            raise DocumentTooLarge(limit=MAX_CHUNKS * CHUNK_SIZE)
        # An empty last chunk after others would be a second form of the same document.
        if len(sealed) < TAG_SIZE or (index > 0 and len(sealed) == TAG_SIZE):
            raise CiphertextAltered(document=name, chunk=index)
        try:
            chunk = cipher.decrypt(_nonce(header, index, last), sealed, header + document_id)
        except InvalidTag as error:
            raise CiphertextAltered(document=name, chunk=index) from error
        yield chunk


def _nonce(header: bytes, index: int, last: bool) -> bytes:
    return header[-PREFIX_SIZE:] + index.to_bytes(4, "big") + bytes([last])


def _after(start: bytearray, source: Iterator[bytes]) -> Iterator[bytes]:
    yield bytes(start[HEADER_SIZE:])
    yield from source


def _chunks(pieces: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """Chunks of `size` bytes, each with whether it is the last; the last is shorter if need be, or empty if alone."""
    pending = bytearray()
    for piece in pieces:
        pending += piece
        while len(pending) > size:
            yield bytes(pending[:size]), False
            del pending[:size]
    yield bytes(pending), True
