"""/v1/portfolios: a lender's positions in all loans, from this seat's index, checked to be all against the register."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from chain.ledger.errors import NodeUnreachable
from gateway.access import Fresh, SeatDep, SightDep
from gateway.authorisation import sight as see
from gateway.authorisation.sight import OfParty, Whole
from gateway.errors import NotFound
from gateway.examples import examples
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.indexer.hexes import hex_of
from gateway.loans.earnings import claimable, denominator, numerator
from gateway.money import Money, money
from gateway.problems import responses

router = APIRouter(tags=["positions"])
_CNY = {"amount": "1000.00", "currency": "CNY"}


class Holding(BaseModel):
    """A lender's position in one loan."""

    loan: str
    number: str
    state: str
    lender_class: int
    units: Money
    claimed: Money
    claimable: Money
    owed: Money = Field(description="Earned less claimed, rounded down; below zero after a reversal.")


class Portfolio(BaseModel):
    """All positions that a subject ever held."""

    model_config = ConfigDict(json_schema_extra=examples({
        "subject": "0x" + "0a" * 32, "lender": "0x" + "11" * 20, "units": _CNY, "claimed": _CNY, "claimable": _CNY,
        "balance": _CNY, "complete": True,
        "holdings": [{"loan": "0x" + "ab" * 32, "number": "L01", "state": "Active", "lender_class": 0, "units": _CNY,
                      "claimed": _CNY, "claimable": _CNY, "owed": _CNY}],
    }))  # fmt: skip

    subject: str
    lender: str = Field(description="The address that stands for the subject now.")
    units: Money = Field(description="In loans that are not yet closed.")
    claimed: Money
    claimable: Money
    balance: Money = Field(description="Custody tokens.")
    complete: bool = Field(
        description="Whether the ledger's register names exactly these loans; for who may not see all loans, whether "
        "it names each of these."
    )
    holdings: list[Holding]


@router.get("/portfolios/{party}", responses=responses(NotFound, NodeUnreachable), dependencies=[Fresh])
def get_portfolio(seat: SeatDep, sight: SightDep, party: str) -> Portfolio:
    """One lender's positions, by subject or address; those in loans that the caller may see."""
    with seat.database.read() as session:
        subject = index.subject_of(session, party)
        account = None if subject is None else index.account_of(session, subject)
        if subject is None or account is None:
            raise NotFound(resource="party", id=party)
        rows = index.positions_of(session, subject, see.loans(sight))
    currency = seat.currency
    holdings = [
        Holding(
            loan=loan.id,
            number=loan.number,
            state=loan.state,
            lender_class=position.lender_class,
            units=money(position.units, currency),
            claimed=money(position.claimed, currency),
            claimable=money(claimable(loan, position), currency),
            owed=money(numerator(loan, position) // denominator(loan) if loan.weighted else 0, currency),
        )
        for loan, position in rows
    ]
    ledger = seat.node.ledger
    named, shown = {hex_of(loan) for loan in ledger.positions(raw(subject))}, {loan.id for loan, _ in rows}
    whole = isinstance(sight, Whole | OfParty)
    ended = ("Closed", "Cancelled", "Expired")
    return Portfolio(
        subject=subject,
        lender=account,
        units=money(sum(p.units for loan, p in rows if loan.state not in ended), currency),
        claimed=money(sum(p.claimed for _, p in rows), currency),
        claimable=money(sum(claimable(loan, p) for loan, p in rows), currency),
        balance=money(ledger.balance_of(account), currency),
        complete=named == shown if whole else shown <= named,
        holdings=holdings,
    )
