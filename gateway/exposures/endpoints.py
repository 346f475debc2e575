"""/v1/exposures: the ledger's own registers, read from the seat's node."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from chain.ledger.errors import NodeUnreachable
from chain.ledger.roles import Role
from gateway.access import Fresh, Principal, SeatDep
from gateway.errors import NotFound
from gateway.examples import examples
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.money import Money, money
from gateway.problems import responses

router = APIRouter(tags=["exposures"])
_CNY = {"amount": "4175.42", "currency": "CNY"}


class PlatformExposure(BaseModel):
    """Principal called and not yet repaid of all loans of a platform, and its risk reserve."""

    platform: str
    member: int
    outstanding: Money
    loans: int
    reserve: Money


class Exposures(BaseModel):
    """By platform, and in total."""

    model_config = ConfigDict(json_schema_extra=examples({
        "total": _CNY, "platforms": [{"platform": "platform", "member": 1, "outstanding": _CNY, "loans": 7,
                                      "reserve": {"amount": "0.01", "currency": "CNY"}}],
    }))  # fmt: skip

    total: Money
    platforms: list[PlatformExposure]


class SubjectExposure(BaseModel):
    """A borrowing subject's principal called and not yet repaid, at each platform where it ever borrowed."""

    subject: str
    platform: str
    outstanding: Money
    loans: int


class SubjectExposures(BaseModel):
    """By platform."""

    items: list[SubjectExposure]


@router.get("/exposures", responses=responses(NodeUnreachable), dependencies=[Fresh])
def get_exposures(seat: SeatDep, _: Principal) -> Exposures:
    """What all platforms have lent and not got back."""
    ledger, total, platforms = seat.node.ledger, 0, []
    for member in seat.consortium.members:
        if member.role is not Role.PLATFORM:
            continue
        found = ledger.platform_exposure(member.number)
        total += found.outstanding
        platforms.append(
            PlatformExposure(
                platform=member.name,
                member=member.number,
                outstanding=money(found.outstanding, seat.currency),
                loans=found.loans,
                reserve=money(ledger.reserve(member.number), seat.currency),
            )
        )
    return Exposures(total=money(total, seat.currency), platforms=platforms)


@router.get("/exposures/{party}", responses=responses(NotFound, NodeUnreachable), dependencies=[Fresh])
def get_subject_exposures(seat: SeatDep, _: Principal, party: str) -> SubjectExposures:
    """What one borrower owes, by subject or address."""
    with seat.database.read() as session:
        subject = index.subject_of(session, party)
    if subject is None:
        raise NotFound(resource="party", id=party)
    items = []
    for member in seat.consortium.members:
        if member.role is not Role.PLATFORM:
            continue
        found = seat.node.ledger.exposure(raw(subject), member.number)
        if found.loans:
            outstanding = money(found.outstanding, seat.currency)
            items.append(
                SubjectExposure(subject=subject, platform=member.name, outstanding=outstanding, loans=found.loans)
            )
    return SubjectExposures(items=items)
