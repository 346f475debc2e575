"""What every route needs of a request: the running seat, who asks, and how fresh the index must be."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chain.errors import Language
from gateway.auth.service import principal_of
from gateway.errors import IndexBehind, TokenMissing
from gateway.problems import language_of
from gateway.seat import Seat

_INDEX_WAIT = 15.0
_bearer = HTTPBearer(auto_error=False, description="A token of `python -m gateway token`.")


def get_seat(request: Request) -> Seat:
    """The seat that this process serves."""
    seat: Seat = request.app.state.seat
    return seat


SeatDep = Annotated[Seat, Depends(get_seat)]


def get_principal(seat: SeatDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> str:
    """Who asks. Raises TokenMissing or TokenUnknown."""
    if credentials is None:
        raise TokenMissing()
    with seat.database.read() as session:
        return principal_of(session, credentials.credentials)


Principal = Annotated[str, Depends(get_principal)]


def fresh_index(
    seat: SeatDep,
    ledger_min_block: Annotated[
        int | None, Header(ge=0, le=2**53, description="Answer from an index that has this block, or 503 after 15 s.")
    ] = None,
) -> None:
    """Waits until the index has the block that the caller has seen elsewhere. Raises IndexBehind."""
    if ledger_min_block is not None and not seat.heights.wait_indexed(ledger_min_block, _INDEX_WAIT):
        raise IndexBehind(indexed=seat.heights.indexed, wanted=ledger_min_block)


Fresh = Depends(fresh_index)


def get_language(request: Request) -> Language:
    """The language that the caller reads."""
    return language_of(request)


LanguageDep = Annotated[Language, Depends(get_language)]
