"""What the pages show, gathered from the same views as the API, so that both always say the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from chain.documents.commitment import Salts, content_hash
from gateway.authorisation import sight as see
from gateway.authorisation.sight import Sight
from gateway.custody.schemas import Custody
from gateway.custody.service import custody
from gateway.documents.tables import KeptDocument
from gateway.errors import NotFound
from gateway.indexer import repository as index
from gateway.loans import views
from gateway.loans.payload_values import readable
from gateway.loans.schemas import DocumentOnLoan, HistoryEntryResource, Loan, Position, Schedule
from gateway.look.blocks import LatestBlock, latest_blocks
from gateway.node import Heights
from gateway.pages import Page
from gateway.seat import Seat

_NEWEST = 8
_PAGE = 50
_HISTORY = 200


@dataclass(frozen=True)
class Overview:
    """The ledger at a glance."""

    business_date: date
    heights: Heights
    blocks: list[LatestBlock]
    custody: Custody
    loans: list[Loan]


@dataclass(frozen=True)
class DocumentView:
    """A committed document, and whether this seat knows the salts to check a file against it."""

    committed: DocumentOnLoan
    name: str | None


@dataclass(frozen=True)
class EntryView:
    """A history entry with its payload in readable form."""

    entry: HistoryEntryResource
    values: dict[str, Any]


@dataclass(frozen=True)
class LoanView:
    """Everything about one loan."""

    loan: Loan
    terms: list[tuple[str, Any]]
    schedule: Schedule | None
    history: list[EntryView]
    more_history: bool
    positions: list[Position]
    documents: list[DocumentView]


@dataclass(frozen=True)
class FileCheck:
    """What a file turned out to be. `document`: the one it is; None if it is none of them.

    `unknown`: how many of the loan's documents this seat can't compare, because it was not given their salts.
    """

    name: str
    size: int
    sha256: str
    document: DocumentView | None
    compared: int
    unknown: int


def overview(seat: Seat, sight: Sight) -> Overview:
    """With the newest loans of those that are seen. Raises NodeUnreachable."""
    with seat.database.read() as session:
        newest = [row.id for row in index.newest_loans(session, _NEWEST, see.loans(sight))]
    return Overview(
        business_date=seat.node.ledger.business_date(),
        heights=seat.heights,
        blocks=latest_blocks(seat),
        custody=custody(seat),
        loans=[views.get_loan(seat, loan_id) for loan_id in newest],
    )


def loans(seat: Seat, sight: Sight, state: str | None, cursor: str | None) -> Page[Loan]:
    """One page of the loans that are seen."""
    return views.list_loans(seat, sight, cursor, _PAGE, state)


def loan(seat: Seat, loan_id: str) -> LoanView:
    """Raises NotFound and LoanUnreadable."""
    found = views.get_loan(seat, loan_id)
    history = views.history(seat, loan_id, None, _HISTORY)
    with seat.database.read() as session:
        recorded = {row.seq: index.history_entry(row) for row in index.entries(session, loan_id, limit=_HISTORY)}
    return LoanView(
        loan=found,
        terms=list(_flat(found.terms.model_dump())),
        schedule=_schedule(seat, found),
        history=[EntryView(item, readable(recorded[item.seq], seat.currency)) for item in history.items],
        more_history=history.next_cursor is not None,
        positions=views.positions(seat, loan_id).items,
        documents=_documents(seat, loan_id),
    )


def check_file(seat: Seat, loan_id: str, name: str, content: bytes) -> FileCheck:
    """Compares the file with every document of the loan whose salts this seat knows."""
    digest = hashlib.sha256(content).digest()
    documents = _documents(seat, loan_id)
    match: DocumentView | None = None
    compared = 0
    with seat.database.read() as session:
        for document in documents:
            kept = session.get(KeptDocument, document.committed.document_id)
            if kept is None:
                continue
            compared += 1
            salts = Salts(kept.cid_salt, kept.content_salt)
            same_size = document.committed.size == len(content)
            # Against the ledger's hash, never the seat's own copy of it.
            if same_size and "0x" + content_hash(digest, salts).hex() == document.committed.content_hash:
                match = document
    return FileCheck(
        name=name,
        size=len(content),
        sha256=digest.hex(),
        document=match,
        compared=compared,
        unknown=len(documents) - compared,
    )


def _documents(seat: Seat, loan_id: str) -> list[DocumentView]:
    committed = views.documents(seat, loan_id).items
    with seat.database.read() as session:
        kept = {item.document_id: session.get(KeptDocument, item.document_id) for item in committed}
    return [
        DocumentView(item, None if row is None else row.name) for item in committed for row in (kept[item.document_id],)
    ]


def _schedule(seat: Seat, found: Loan) -> Schedule | None:
    try:
        return views.schedule(seat, found.id)
    except NotFound:
        return None  # nothing is paid out yet, so there is no table


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested terms as (label, value) in their order; amounts stay whole."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, dict) and set(value) != {"amount", "currency"}:
            found += _flat(value, name + "_")
        else:
            found.append((prefix + name, value))
    return found
