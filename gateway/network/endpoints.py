"""GET /v1/network, /v1/business-date, /v1/reading-key, /v1/errors."""

from __future__ import annotations

from fastapi import APIRouter

from chain.ledger.errors import NodeUnreachable
from gateway.access import Fresh, Principal, SeatDep
from gateway.network import service
from gateway.network.schemas import BusinessDate, Errors, Network, ReadingKey
from gateway.problems import responses

router = APIRouter(tags=["network"])


@router.get("/network", responses=responses(), dependencies=[Fresh])
def get_network(seat: SeatDep, _: Principal) -> Network:
    """Members, contracts, this seat and how far it sees."""
    return service.describe(seat)


@router.get("/business-date", responses=responses(NodeUnreachable), dependencies=[Fresh])
def get_business_date(seat: SeatDep, _: Principal) -> BusinessDate:
    """The ledger's day, read from the seat's node."""
    ledger = seat.node.ledger
    return BusinessDate(business_date=ledger.business_date(), simulated=ledger.simulated())


@router.get("/reading-key", responses=responses())
def get_reading_key(seat: SeatDep, _: Principal) -> ReadingKey:
    """The public key under which this seat reads documents."""
    return ReadingKey(reader=seat.reader_name, public_key=seat.reading_key_hex())


@router.get("/errors", responses=responses())
def list_errors(_: Principal) -> Errors:
    """Every error code with its HTTP status and texts."""
    return Errors(items=list(service.known_errors()))
