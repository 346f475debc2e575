"""What this seat keeps of documents: where they are, the salts behind their commitments, and grants."""

from __future__ import annotations

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Table


class KeptDocument(Table):
    """A document that this seat stored or was granted. Destroying its grants makes it unreadable here."""

    __tablename__ = "documents"

    id: Mapped[str] = mapped_column(String(66), primary_key=True)
    cid: Mapped[str] = mapped_column(String(100))
    cid_salt: Mapped[bytes] = mapped_column(LargeBinary)
    content_salt: Mapped[bytes] = mapped_column(LargeBinary)
    cid_commitment: Mapped[str] = mapped_column(String(66))
    content_hash: Mapped[str] = mapped_column(String(66))
    size: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[str] = mapped_column(String(32))


class DocumentGrant(Table):
    """A reader's right to read a document: the data key wrapped for it."""

    __tablename__ = "document_grants"

    document: Mapped[str] = mapped_column(String(66), primary_key=True)
    reader: Mapped[str] = mapped_column(String(100), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
