"""Documents of loans: encrypted, kept at two IPFS nodes, committed on the chain, readable by grant only."""

from __future__ import annotations

from chain.documents.cid import Cid
from chain.documents.commitment import DocumentCommitment, Salts
from chain.documents.hpke import Grant, share
from chain.documents.rpc import IpfsEndpoint
from chain.documents.store import DocumentStore, PinnedCopy, StoredDocument
from chain.documents.stream import DocumentId

__all__ = [
    "Cid",
    "DocumentCommitment",
    "DocumentId",
    "DocumentStore",
    "Grant",
    "IpfsEndpoint",
    "PinnedCopy",
    "Salts",
    "StoredDocument",
    "share",
]
