"""What every route needs of a request: the running seat, who asks, what they may see, how fresh the index must be.

Who asks and what they may was decided before the route, by `gateway.authorisation.guard`; here it is only handed over.
"""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import Depends, Header, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from chain.errors import Language
from gateway.auth.actors import Actor
from gateway.authorisation.guard import Access, access
from gateway.authorisation.sight import Sight
from gateway.errors import IndexBehind
from gateway.problems import language_of
from gateway.seat import Seat

_INDEX_WAIT = 15.0
_bearer = HTTPBearer(auto_error=False, description="An access token, or a token of `python -m gateway token`.")


async def get_seat(request: Request) -> Seat:
    """The seat that this process serves."""
    seat: Seat = request.app.state.seat
    return seat


SeatDep = Annotated[Seat, Depends(get_seat)]


async def get_access(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]) -> Access:
    """What was decided about the request."""
    return access(request)


AccessDep = Annotated[Access, Depends(get_access)]


async def get_actor(found: AccessDep) -> Actor:
    """Who asks."""
    return found.actor


ActorDep = Annotated[Actor, Depends(get_actor)]


async def get_principal(found: AccessDep) -> str:
    """Who asks, by id."""
    return found.actor.id


Principal = Annotated[str, Depends(get_principal)]


async def get_sight(found: AccessDep) -> Sight:
    """What they may see."""
    return found.sight


SightDep = Annotated[Sight, Depends(get_sight)]


async def fresh_index(
    seat: SeatDep,
    ledger_min_block: Annotated[
        int | None, Header(ge=0, le=2**53, description="Answer from an index that has this block, or 503 after 15 s.")
    ] = None,
) -> None:
    """Waits until the index has the block that the caller has seen elsewhere. Raises IndexBehind."""
    if ledger_min_block is None:
        return
    if not await anyio.to_thread.run_sync(seat.heights.wait_indexed, ledger_min_block, _INDEX_WAIT):
        raise IndexBehind(indexed=seat.heights.indexed, wanted=ledger_min_block)


Fresh = Depends(fresh_index)


async def get_language(request: Request) -> Language:
    """The language that the caller reads."""
    return language_of(request)


LanguageDep = Annotated[Language, Depends(get_language)]
