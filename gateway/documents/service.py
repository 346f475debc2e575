"""Stores, commits, opens and verifies documents of this seat, and passes grants between seats.

Content is never written to this seat's disk and never logged. What is opened was checked: CID and content against the
commitment, which is the ledger's own record once the document is committed to a loan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.documents import Cid, DocumentCommitment, DocumentId, Grant, Salts, StoredDocument, share
from chain.ledger import calls
from gateway.authorisation.objects import seen
from gateway.authorisation.sight import Sight
from gateway.changes import Plan, link, loan_link
from gateway.database import now
from gateway.documents.schemas import Copy, Document, GrantBundle, Kind, Verification
from gateway.documents.tables import DocumentGrant, KeptDocument
from gateway.errors import DocumentUnreadable, NotFound, RequestInvalid
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.projection import hex_of
from gateway.outbox.tables import OutboxTransaction
from gateway.seat import Seat


def plan_storing(seat: Seat, content: bytes, name: str, media_type: str, kind: Kind) -> Plan:
    """Encrypts and stores the document for all readers; sends nothing to the ledger."""
    kept = seat.documents().put(content, seat.readers())
    document_id = hex_of(kept.document_id)
    row = _kept(kept, name, media_type, kind)
    shown = _show(row, sorted(grant.reader for grant in kept.grants))
    return Plan(link("document", document_id, "documents"), record=_keep(kept, name, media_type, kind), body=shown)


def plan_committing_upload(
    seat: Seat, loan: str, expected_length: int, content: bytes, name: str, media_type: str, kind: Kind
) -> Plan:
    """Stores the document and commits it to the loan."""
    seat.outbox.allow(("DocumentCommitments", "commit"))
    kept = seat.documents().put(content, seat.readers())
    call = _commit(loan, expected_length, kept.commitment, kind)
    return Plan(loan_link(loan), [call], record=_keep(kept, name, media_type, kind))


def plan_committing_kept(seat: Seat, sight: Sight, loan: str, expected_length: int, document_id: str) -> Plan:
    """Commits a document that this seat stored before. Raises NotFound."""
    seat.outbox.allow(("DocumentCommitments", "commit"))
    with seat.database.read() as session:
        if not seen(session, sight, "document", document_id):
            raise NotFound(resource="document", id=document_id)
        row = _row(session, document_id)
    return Plan(loan_link(loan), [_commit(loan, expected_length, _commitment(row), row.kind)])


def get(seat: Seat, document_id: str) -> Document:
    """What this seat keeps of it. Raises NotFound."""
    with seat.database.read() as session:
        row = _row(session, document_id)
        return _show(row, [grant.reader for grant in _grants(session, document_id)])


def content(seat: Seat, document_id: str) -> tuple[bytes, str, str]:
    """Verified plaintext, name, media type. Raises NotFound, DocumentUnreadable, and what is wrong with the bytes."""
    with seat.database.read() as session:
        row = _row(session, document_id)
        grant = session.get(DocumentGrant, (document_id, seat.reader_name))
        on_ledger = _on_ledger(session, document_id)
    if grant is None:
        raise DocumentUnreadable(id=document_id, seat=seat.settings.seat)
    commitment = _commitment(row) if on_ledger is None else on_ledger[0]
    plaintext = seat.documents().open(
        Cid(row.cid),
        Grant(DocumentId(raw(document_id)), grant.reader, grant.wrapped_key),
        seat.reading_key,
        commitment,
        Salts(row.cid_salt, row.content_salt),
    )
    return plaintext, row.name, row.media_type


def verify(seat: Seat, document_id: str) -> Verification:
    """Checks every stored copy, the commitment and, with a grant, the content. Raises what is wrong."""
    content(seat, document_id)
    with seat.database.read() as session:
        row = _row(session, document_id)
        on_ledger = _on_ledger(session, document_id)
    copies = seat.documents().verify_pins(Cid(row.cid))
    return Verification(
        document_id=document_id,
        verified=True,
        committed=on_ledger is not None,
        loan=None if on_ledger is None else on_ledger[1],
        copies=[Copy(node=copy.node, size=copy.size) for copy in copies],
    )


def bundle(seat: Seat, document_id: str, reader: str) -> GrantBundle:
    """What `reader` needs to open the document; a grant is made if there is none yet. Raises NotFound."""
    with seat.database.read() as session:
        row = _row(session, document_id)
        grant = session.get(DocumentGrant, (document_id, reader))
        own = session.get(DocumentGrant, (document_id, seat.reader_name))
    if grant is not None:
        wrapped = grant.wrapped_key
    else:
        key = seat.readers().get(reader)
        if key is None:
            raise NotFound(resource="reader", id=reader)
        if own is None:
            raise DocumentUnreadable(id=document_id, seat=seat.settings.seat)
        mine = Grant(DocumentId(raw(document_id)), own.reader, own.wrapped_key)
        wrapped = share(mine, seat.reading_key, reader, key).wrapped_key
    return GrantBundle(
        document_id=row.id,
        reader=reader,
        wrapped_key=hex_of(wrapped),
        cid=row.cid,
        salt=hex_of(row.cid_salt + row.content_salt),
        content_hash=row.content_hash,
        cid_commitment=row.cid_commitment,
        size=row.size,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        media_type=row.media_type,
    )


def plan_accepting(seat: Seat, given: GrantBundle) -> Plan:
    """Keeps a grant that another seat made for this one, after opening the document with it once."""
    if given.reader != seat.reader_name:
        raise RequestInvalid(reason=f"reader: this seat reads as '{seat.reader_name}'")
    salt = raw(given.salt)
    commitment = DocumentCommitment(
        DocumentId(raw(given.document_id)), raw(given.cid_commitment), raw(given.content_hash), given.size
    )
    with seat.database.read() as session:
        on_ledger = _on_ledger(session, given.document_id)
    seat.documents().open(
        Cid(given.cid),
        Grant(commitment.document_id, given.reader, raw(given.wrapped_key)),
        seat.reading_key,
        commitment if on_ledger is None else on_ledger[0],
        Salts(salt[:16], salt[16:]),
    )

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        session.merge(
            KeptDocument(
                id=given.document_id, cid=given.cid, cid_salt=salt[:16], content_salt=salt[16:],
                cid_commitment=given.cid_commitment, content_hash=given.content_hash, size=given.size, kind=given.kind,
                name=given.name, media_type=given.media_type, created_at=now(),
            )
        )  # fmt: skip
        wrapped = raw(given.wrapped_key)
        session.merge(DocumentGrant(document=given.document_id, reader=given.reader, wrapped_key=wrapped))

    return Plan(link("document", given.document_id, "documents"), record=record)


def _keep(
    kept: StoredDocument, name: str, media_type: str, kind: Kind
) -> Callable[[Session, Sequence[OutboxTransaction]], None]:
    document_id = hex_of(kept.document_id)

    def record(session: Session, _: Sequence[OutboxTransaction]) -> None:
        session.add(_kept(kept, name, media_type, kind))
        for grant in kept.grants:
            session.add(DocumentGrant(document=document_id, reader=grant.reader, wrapped_key=grant.wrapped_key))

    return record


def _kept(kept: StoredDocument, name: str, media_type: str, kind: Kind) -> KeptDocument:
    return KeptDocument(
        id=hex_of(kept.document_id), cid=str(kept.cid), cid_salt=kept.salts.cid, content_salt=kept.salts.content,
        cid_commitment=hex_of(kept.commitment.cid_commitment), content_hash=hex_of(kept.commitment.content_hash),
        size=kept.commitment.size, kind=kind, name=name, media_type=media_type, created_at=now(),
    )  # fmt: skip


def _commit(loan: str, expected_length: int, commitment: DocumentCommitment, kind: str) -> calls.Call:
    return calls.commit_document(
        raw(loan),
        expected_length,
        commitment.document_id,
        commitment.cid_commitment,
        commitment.content_hash,
        commitment.size,
        calls.DocumentKind[kind],
    )


def _row(session: Session, document_id: str) -> KeptDocument:
    row = session.get(KeptDocument, document_id)
    if row is None:
        raise NotFound(resource="document", id=document_id)
    return row


def _grants(session: Session, document_id: str) -> Sequence[DocumentGrant]:
    query = select(DocumentGrant).where(DocumentGrant.document == document_id).order_by(DocumentGrant.reader)
    return session.scalars(query).all()


def _commitment(row: KeptDocument) -> DocumentCommitment:
    return DocumentCommitment(DocumentId(raw(row.id)), raw(row.cid_commitment), raw(row.content_hash), row.size)


def _on_ledger(session: Session, document_id: str) -> tuple[DocumentCommitment, str] | None:
    found = index.document(session, document_id)
    if found is None:
        return None
    identifier = DocumentId(raw(document_id))
    commitment = DocumentCommitment(identifier, raw(found.cid_commitment), raw(found.content_hash), found.size)
    return commitment, found.loan


def _show(row: KeptDocument, readers: list[str]) -> Document:
    return Document(
        document_id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        cid=row.cid,
        salt=hex_of(row.cid_salt + row.content_salt),
        text_hash=row.content_hash,
        cid_commitment=row.cid_commitment,
        readers=readers,
    )


def fingerprint(content_bytes: bytes) -> bytes:
    """SHA-256 of an upload, part of what makes a request the same."""
    return hashlib.sha256(content_bytes).digest()
