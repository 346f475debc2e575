"""/v1/exposures: the ledger's own registers, read from the seat's node."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chain.ledger.consortium import Member
from chain.ledger.errors import NodeUnreachable
from chain.ledger.roles import Role
from gateway.access import Fresh, SeatDep, SightDep
from gateway.authorisation import sight as see
from gateway.authorisation.sight import OfParty, OfPlatform, OfTenant
from gateway.errors import NotFound
from gateway.examples import examples
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.tables import IndexedLoan
from gateway.money import Money, money
from gateway.problems import responses
from gateway.seat import Seat

router = APIRouter(tags=["exposures"])
_CNY = {"amount": "4175.42", "currency": "CNY"}


class PlatformExposure(BaseModel):
    """Principal called and not yet repaid of all loans of a platform, and its risk reserve."""

    platform: str
    member: int
    outstanding: Money
    loans: int
    reserve: Money | None = Field(description="Null for another organisation than the seat's, whose it is not.")


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
def get_exposures(seat: SeatDep, sight: SightDep) -> Exposures:
    """What platforms have lent and not got back: all, or of the loans that the caller may see."""
    ledger, total, platforms = seat.node.ledger, 0, []
    if isinstance(sight, OfTenant | OfParty):
        with seat.database.read() as session:
            rows = index.owing(session, see.loans(sight))
        return Exposures(
            total=money(sum(row.outstanding for row in rows), seat.currency),
            platforms=[
                PlatformExposure(
                    platform=member.name, member=member.number, outstanding=owed, loans=loans, reserve=None
                )
                for member, owed, loans in _by_platform(seat, rows)
            ],
        )
    for member in seat.consortium.members:
        if member.role is not Role.PLATFORM or (isinstance(sight, OfPlatform) and member.root != sight.root):
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
def get_subject_exposures(seat: SeatDep, sight: SightDep, party: str) -> SubjectExposures:
    """What one borrower owes, by subject or address; at the platform, or in the loans, that the caller may see."""
    with seat.database.read() as session:
        subject = index.subject_of(session, party)
        if subject is None:
            raise NotFound(resource="party", id=party)
        if isinstance(sight, OfTenant):
            stood = index.addresses_of(session, subject)
            rows = [row for row in index.owing(session, see.loans(sight)) if row.borrower in stood]
            return SubjectExposures(
                items=[
                    SubjectExposure(subject=subject, platform=member.name, outstanding=owed, loans=loans)
                    for member, owed, loans in _by_platform(seat, rows)
                ]
            )
    items = []
    for member in seat.consortium.members:
        if member.role is not Role.PLATFORM or (isinstance(sight, OfPlatform) and member.root != sight.root):
            continue
        found = seat.node.ledger.exposure(raw(subject), member.number)
        if found.loans:
            outstanding = money(found.outstanding, seat.currency)
            items.append(
                SubjectExposure(subject=subject, platform=member.name, outstanding=outstanding, loans=found.loans)
            )
    return SubjectExposures(items=items)


def _by_platform(seat: Seat, loans: Sequence[IndexedLoan]) -> list[tuple[Member, Money, int]]:
    """Each platform's loans among these: what is owed, and how many they are."""
    found = []
    for member in seat.consortium.members:
        own = [loan.outstanding for loan in loans if loan.platform == member.root]
        if own:
            found.append((member, money(sum(own), seat.currency), len(own)))
    return found
