"""Grants: a document's data key, wrapped for one reader with HPKE.

Promises: only the reader's X25519 private key opens a grant, and only as a grant of that document to that reader
name. Grants are kept off the chain and off IPFS; deleting every grant of a document, or the private keys that open
them, makes the document unreadable for good, wherever copies of its ciphertext remain. Does not store grants and
does not authenticate who made one: the content hash on the chain proves what was opened.

HPKE (RFC 9180) in base mode, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; wrapped key = encapsulated key
(32 bytes) | sealed data key (48 bytes). What binds it is HPKE's info, which enters the key schedule:
`loan-ledger/document/grant/v1` | document id (32 bytes) | length of the reader name in UTF-8 (2 bytes, big-endian)
| name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from chain.documents.errors import GrantInvalid
from chain.documents.stream import DataKey, DocumentId

GRANT_TAG: Final = b"loan-ledger/document/grant/v1"
WRAPPED_SIZE: Final = 80

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True)
class Grant:
    """One reader's right to read one document.

    reader: the name the grant was made for, at most 65535 bytes of UTF-8. wrapped_key: 80 bytes; with the reader's
    private key they open the document, so they are personal to the reader.
    """

    document_id: DocumentId
    reader: str
    wrapped_key: bytes


def grant(data_key: DataKey, document_id: DocumentId, reader: str, public_key: X25519PublicKey) -> Grant:
    """The data key, wrapped for `reader`. Different each time."""
    wrapped = _SUITE.encrypt(data_key, public_key, info=_info(document_id, reader))
    return Grant(document_id, reader, wrapped)


def unwrap(given: Grant, private_key: X25519PrivateKey) -> DataKey:
    """The data key in a grant. Raises GrantInvalid if the private key is another's or anything was altered."""
    try:
        return DataKey(_SUITE.decrypt(given.wrapped_key, private_key, info=_info(given.document_id, given.reader)))
    except (InvalidTag, ValueError) as error:
        raise GrantInvalid(reader=given.reader, document=given.document_id.hex()) from error


def share(given: Grant, private_key: X25519PrivateKey, reader: str, public_key: X25519PublicKey) -> Grant:
    """A grant of the same document to a further reader, made by one who can read it. Raises GrantInvalid."""
    return grant(unwrap(given, private_key), given.document_id, reader, public_key)


def _info(document_id: DocumentId, reader: str) -> bytes:
    name = reader.encode()
    return GRANT_TAG + document_id + len(name).to_bytes(2, "big") + name
