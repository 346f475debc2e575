"""What the chain holds of a document: hashes that reveal nothing and fit nothing else.

Promises: who knows the salts can check CID, content and size; who doesn't cannot even test a guess, because each
hash carries a random salt of 128 bits. Salts are given to readers with their grants. Pure: no files, no network.

Preimages, all of fixed length:
- CID commitment = SHA-256(`loan-ledger/document/cid/v1` | CID salt (16 bytes) | CID in its binary form (36 bytes)).
- content hash = SHA-256(`loan-ledger/document/content/v1` | content salt (16 bytes) | SHA-256 of the plaintext (32
  bytes)).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from chain.documents.cid import Cid, cid_bytes
from chain.documents.errors import CidCommitmentMismatch, ContentMismatch, SizeMismatch
from chain.documents.stream import DocumentId

CID_TAG: Final = b"loan-ledger/document/cid/v1"
CONTENT_TAG: Final = b"loan-ledger/document/content/v1"
SALT_SIZE: Final = 16


@dataclass(frozen=True)
class Salts:
    """The two salts of a document's commitment, 16 random bytes each. Readers get them; the chain never does."""

    cid: bytes
    content: bytes

    @classmethod
    def random(cls) -> Salts:
        return cls(secrets.token_bytes(SALT_SIZE), secrets.token_bytes(SALT_SIZE))


@dataclass(frozen=True)
class DocumentCommitment:
    """A document as the chain knows it. All hashes are 32 bytes; size is that of the plaintext, in bytes."""

    document_id: DocumentId
    cid_commitment: bytes
    content_hash: bytes
    size: int

    def check_cid(self, cid: Cid, salts: Salts) -> None:
        """Raises CidCommitmentMismatch unless the document was committed with this CID."""
        if cid_commitment(cid, salts) != self.cid_commitment:
            raise CidCommitmentMismatch(cid=cid, document=self.document_id.hex())

    def check_content(self, plaintext: bytes, salts: Salts) -> None:
        """Raises SizeMismatch or ContentMismatch unless the document was committed with this content."""
        if len(plaintext) != self.size:
            raise SizeMismatch(document=self.document_id.hex(), actual=len(plaintext), expected=self.size)
        if content_hash(hashlib.sha256(plaintext).digest(), salts) != self.content_hash:
            raise ContentMismatch(document=self.document_id.hex())


def cid_commitment(cid: Cid, salts: Salts) -> bytes:
    """32 bytes that commit to a CID."""
    return hashlib.sha256(CID_TAG + salts.cid + cid_bytes(cid)).digest()


def content_hash(plaintext_sha256: bytes, salts: Salts) -> bytes:
    """32 bytes that commit to a plaintext, given its SHA-256."""
    return hashlib.sha256(CONTENT_TAG + salts.content + plaintext_sha256).digest()
