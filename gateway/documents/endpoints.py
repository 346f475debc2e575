"""/v1/documents and POST /v1/loans/{id}/documents."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Path, Response, UploadFile

from chain.documents.errors import CidMismatch, ContentMismatch, NotPinned, StoredBytesCorrupt
from gateway.access import Fresh, Principal, SeatDep, SightDep
from gateway.authorisation.sight import OfParty
from gateway.changes import ChangeDep
from gateway.documents import service
from gateway.documents.schemas import Document, GrantBundle, Kind, Verification
from gateway.errors import (
    DocumentUnreadable,
    KeyInProgress,
    KeyMissing,
    KeyReused,
    NotFound,
    RequestInvalid,
    RequestTooLarge,
    SeatNotAllowed,
)
from gateway.fields import Hash
from gateway.problems import responses
from gateway.seat import Seat
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["documents"])
DocumentIdPath = Annotated[Hash, Path(description="The document's id.")]
_CHANGE = responses(KeyMissing, KeyReused, KeyInProgress, SeatNotAllowed, RequestTooLarge)
_BYTES = responses(NotFound, DocumentUnreadable, CidMismatch, ContentMismatch, StoredBytesCorrupt, NotPinned)
_NAME = 200


@router.post("/documents", status_code=201, response_model=Document, responses=_CHANGE)
def store_document(
    seat: SeatDep,
    change: ChangeDep,
    file: Annotated[UploadFile, File(description="The document.")],
    kind: Annotated[Kind, Form()] = "CONTRACT_TEXT",
) -> Response:
    """Encrypt a document and keep it at both IPFS nodes, before any loan: its salt and hashes go into the terms."""
    content, name, media_type = _upload(seat, file)
    parts = (name.encode(), media_type.encode(), kind.encode(), service.fingerprint(content))
    return change.carry_out(None, lambda: service.plan_storing(seat, content, name, media_type, kind), *parts)


@router.post("/loans/{loan_id}/documents", status_code=202, response_model=Accepted, responses=_CHANGE)
def commit_document(
    seat: SeatDep,
    sight: SightDep,
    change: ChangeDep,
    loan_id: Annotated[Hash, Path()],
    expected_history_length: Annotated[int, Form(ge=0, lt=2**32)],
    kind: Annotated[Kind, Form()] = "OTHER",
    file: Annotated[UploadFile | None, File(description="A new document; or name one stored before.")] = None,
    document_id: Annotated[Hash | None, Form(description="A document stored before.")] = None,
) -> Response:
    """Commit a document to the loan's history: a new one, or one stored before."""
    if (file is None) == (document_id is None):
        raise RequestInvalid(reason="give either file or document_id")
    length = str(expected_history_length).encode()
    if document_id is not None:
        known = document_id
        return change.carry_out(
            None,
            lambda: service.plan_committing_kept(seat, sight, loan_id, expected_history_length, known),
            length,
            known.encode(),
        )
    assert file is not None, "one of both is given"
    content, name, media_type = _upload(seat, file)
    return change.carry_out(
        None,
        lambda: service.plan_committing_upload(seat, loan_id, expected_history_length, content, name, media_type, kind),
        length,
        name.encode(),
        kind.encode(),
        service.fingerprint(content),
    )


@router.get("/documents/{document_id}", responses=responses(NotFound), dependencies=[Fresh])
def get_document(seat: SeatDep, _: Principal, document_id: DocumentIdPath) -> Document:
    """What this seat keeps of a document."""
    return service.get(seat, document_id)


@router.get(
    "/documents/{document_id}/content",
    responses={**_BYTES, 200: {"content": {"application/octet-stream": {}}, "description": "The plaintext."}},
    response_class=Response,
    dependencies=[Fresh],
)
def get_document_content(seat: SeatDep, _: Principal, document_id: DocumentIdPath) -> Response:
    """The document, fetched, verified against the ledger's commitment and decrypted."""
    content, name, media_type = service.content(seat, document_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media_type, headers=headers)


@router.get("/documents/{document_id}/verification", responses=_BYTES, dependencies=[Fresh])
def verify_document(seat: SeatDep, _: Principal, document_id: DocumentIdPath) -> Verification:
    """Check every stored copy and the content against the ledger's commitment; a problem names what is off."""
    return service.verify(seat, document_id)


@router.get("/documents/{document_id}/grants/{reader}", responses=responses(NotFound, DocumentUnreadable))
def get_document_grant(
    seat: SeatDep, sight: SightDep, document_id: DocumentIdPath, reader: Annotated[str, Path(max_length=100)]
) -> GrantBundle:
    """All that another reader needs to open the document; pass it to that reader's seat. A party gets its own."""
    if isinstance(sight, OfParty) and reader not in sight.addresses:
        raise NotFound(resource="reader", id=reader)
    return service.bundle(seat, document_id, reader)


@router.post("/documents:accept-grant", status_code=202, response_model=Accepted, responses=_CHANGE)
def accept_document_grant(seat: SeatDep, change: ChangeDep, body: GrantBundle) -> Response:
    """Keep a grant that another seat made for this one."""
    return change.carry_out(body, lambda: service.plan_accepting(seat, body))


def _upload(seat: Seat, file: UploadFile) -> tuple[bytes, str, str]:
    limit = seat.settings.max_upload_bytes
    content = file.file.read(limit + 1)
    if len(content) > limit:
        raise RequestTooLarge(limit=limit)
    name = (file.filename or "document").rsplit("/", 1)[-1].rsplit("\\", 1)[-1][:_NAME] or "document"
    media_type = (file.content_type or "application/octet-stream")[:100]
    return content, name, media_type
