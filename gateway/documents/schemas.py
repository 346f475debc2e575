"""Documents on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Hash

Kind = Literal["CONTRACT_TEXT", "IDENTITY_EVIDENCE", "PAYMENT_EVIDENCE", "OTHER"]
_EXAMPLE = {
    "document_id": "0x" + "0d" * 32, "kind": "CONTRACT_TEXT", "name": "L01.pdf", "media_type": "application/pdf",
    "size": 23817, "cid": "bafybeib" + "a" * 51, "salt": "0x" + "01" * 32, "text_hash": "0x" + "02" * 32,
    "cid_commitment": "0x" + "03" * 32, "readers": ["bank", "platform", "regulator"],
}  # fmt: skip


class Document(BaseModel):
    """A document that this seat keeps. For a contract text, salt, text_hash and cid_commitment go into the terms."""

    model_config = ConfigDict(json_schema_extra=examples(_EXAMPLE))

    document_id: str
    kind: Kind
    name: str
    media_type: str
    size: int = Field(description="Of the plaintext, bytes.")
    cid: str
    salt: str = Field(description="32 random bytes of the commitments: CID salt, content salt.")
    text_hash: str = Field(description="Salted hash of the plaintext.")
    cid_commitment: str = Field(description="Salted commitment to the CID of the ciphertext.")
    readers: list[str] = Field(description="Who holds a grant.")


class Copy(BaseModel):
    """A node's whole, pinned copy."""

    node: str
    size: int


class Verification(BaseModel):
    """The document, checked from the ledger's commitment down to every stored byte."""

    model_config = ConfigDict(json_schema_extra=examples({
        "document_id": "0x" + "0d" * 32, "verified": True, "committed": True, "loan": "0x" + "ab" * 32,
        "copies": [{"node": "http://127.0.0.1:5001", "size": 23849}],
    }))  # fmt: skip

    document_id: str
    verified: Literal[True]
    committed: bool = Field(description="Whether the commitment was checked against the ledger's own record.")
    loan: str | None
    copies: list[Copy]


class GrantBundle(BaseModel):
    """All that one reader needs to open a document; the wrapped key opens only with that reader's private key."""

    model_config = ConfigDict(extra="forbid")

    document_id: Hash
    reader: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    wrapped_key: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-f]{160}$")]
    cid: Annotated[str, StringConstraints(pattern=r"^b[a-z2-7]{20,99}$")]
    salt: Hash
    content_hash: Hash
    cid_commitment: Hash
    size: Annotated[int, Field(ge=0, le=2**40)]
    kind: Kind
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    media_type: Annotated[str, StringConstraints(min_length=1, max_length=100)]
