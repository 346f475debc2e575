"""/v1/account-statements and /v1/suspense."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Response

from chain.bank.errors import (
    BalanceMismatch,
    EntryAlreadyPosted,
    ForeignAccount,
    MalformedXml,
    SequenceGap,
    SequenceRepeated,
    WrongCurrency,
)
from gateway.access import Principal, SeatDep
from gateway.account_statements import service, suspense
from gateway.account_statements.schemas import (
    AccountStatement,
    Suspense,
    SuspenseMatchRequest,
    SuspenseReturnRequest,
)
from gateway.changes import ChangeDep
from gateway.errors import (
    KeyInProgress,
    KeyMissing,
    KeyNotAllowed,
    KeyReused,
    NotFound,
    NotInSuspense,
    RouteNotHere,
    SeatNotAllowed,
)
from gateway.pages import Cursor, Limit, Page
from gateway.problems import responses
from gateway.repayments.errors import RepaymentsUnderWay
from gateway.transactions.schemas import Accepted

router = APIRouter(tags=["bank"])


@router.post(
    "/account-statements",
    status_code=202,
    response_model=Accepted,
    responses=responses(
        KeyMissing, KeyReused, KeyInProgress, RouteNotHere, SeatNotAllowed, MalformedXml, BalanceMismatch,
        ForeignAccount, WrongCurrency, SequenceGap, SequenceRepeated, EntryAlreadyPosted,
        RepaymentsUnderWay,
    ),
)  # fmt: skip
def post_account_statement(
    seat: SeatDep,
    change: ChangeDep,
    principal: Principal,
    body: Annotated[bytes, Body(media_type="application/xml", description="ISO 20022 camt.053.")],
) -> Response:
    """Bank: take in an account statement (camt.053), whole or not at all, and post every booked entry once.

    `Prefer: wait=N` waits until all its transactions are final. The same file again changes nothing.
    """
    return change.carry_out(None, lambda: service.plan_posting(seat, body, principal), body)


@router.get("/account-statements", responses=responses(RouteNotHere))
def list_account_statements(
    seat: SeatDep, _: Principal, limit: Limit = 50, cursor: Cursor = None
) -> Page[AccountStatement]:
    """Newest first."""
    return service.list_page(seat, cursor, limit)


@router.get("/account-statements/{number}", responses=responses(NotFound, RouteNotHere))
def get_account_statement(
    seat: SeatDep, _: Principal, number: Annotated[int, Path(ge=0, lt=2**32)]
) -> AccountStatement:
    """One statement with its entries and their transactions."""
    return service.get(seat, number)


_Statement = Annotated[int, Path(ge=0, lt=2**32)]
_Entry = Annotated[int, Path(ge=1, lt=2**16)]
_PROPOSE = responses(KeyMissing, KeyReused, KeyInProgress, RouteNotHere, KeyNotAllowed, NotFound, NotInSuspense)


@router.post("/suspense/{statement}/{entry}/match", status_code=202, response_model=Accepted, responses=_PROPOSE)
def match_suspense(
    seat: SeatDep,
    change: ChangeDep,
    principal: Principal,
    statement: _Statement,
    entry: _Entry,
    body: SuspenseMatchRequest,
) -> Response:
    """Bank: propose whose money a credit in suspense is; a second person approves."""
    return change.carry_out(body, lambda: suspense.plan_match(seat, statement, entry, body, principal))


@router.post("/suspense/{statement}/{entry}/return", status_code=202, response_model=Accepted, responses=_PROPOSE)
def return_suspense(
    seat: SeatDep,
    change: ChangeDep,
    principal: Principal,
    statement: _Statement,
    entry: _Entry,
    body: SuspenseReturnRequest,
) -> Response:
    """Bank: propose that a credit in suspense went back by a booked debit; a second person approves."""
    return change.carry_out(body, lambda: suspense.plan_return(seat, statement, entry, body, principal))


@router.get("/suspense", responses=responses(RouteNotHere))
def get_suspense(seat: SeatDep, _: Principal) -> Suspense:
    """Booked money that belongs to nobody yet."""
    return service.suspense(seat)
