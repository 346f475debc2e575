"""GET /v1/transactions: what this seat sends and what became of it."""

from __future__ import annotations

from fastapi import APIRouter

from gateway.access import LanguageDep, SeatDep, SightDep
from gateway.errors import NotFound
from gateway.outbox import repository as outbox
from gateway.pages import Cursor, Limit, Page, number_cursor, page
from gateway.problems import responses
from gateway.transactions import repository
from gateway.transactions.schemas import StatusText, Transaction, show

router = APIRouter(tags=["transactions"])


@router.get("/transactions", responses=responses())
def list_transactions(
    seat: SeatDep,
    sight: SightDep,
    language: LanguageDep,
    limit: Limit = 50,
    cursor: Cursor = None,
    status: StatusText | None = None,
    loan: str | None = None,
) -> Page[Transaction]:
    """Newest first."""
    with seat.database.read() as session:
        rows = repository.newest_first(
            session, sight, before=number_cursor(cursor), limit=limit + 1, status=status, loan=loan
        )
    return page(rows, limit, lambda row: show(row, language), lambda row: row.seq)


@router.get("/transactions/{transaction_id}", responses=responses(NotFound))
def get_transaction(seat: SeatDep, sight: SightDep, language: LanguageDep, transaction_id: str) -> Transaction:
    """One transaction with everything that was signed for it."""
    with seat.database.read() as session:
        row = repository.by_id(session, sight, transaction_id)
        if row is None:
            raise NotFound(resource="transaction", id=transaction_id)
        return show(row, language, list(outbox.attempts(session, row.seq)))
