"""Compares the tokens on the ledger with what the bank attested last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from chain.ledger import calls
from chain.ledger.days import day_of
from chain.ledger.roles import Role
from gateway.approvals.actions import Operation, builds
from gateway.approvals.service import plan_proposal
from gateway.changes import Plan
from gateway.custody.schemas import Attestation, Custody, MintCapRequest
from gateway.indexer import repository as index
from gateway.money import money
from gateway.orders import minor_of
from gateway.seat import Seat

MINT_CAP = "mint_cap"


def plan_mint_cap(seat: Seat, request: MintCapRequest, principal: str) -> Plan:
    """Proposes another limit on deposits; a second person at the bank approves."""
    seat.require(Role.BANK)
    cap = minor_of(seat, "cap", request.cap)
    return plan_proposal(seat, MINT_CAP, {"cap": cap, "reason": request.reason}, principal)


@builds(MINT_CAP)
def mint_cap(seat: Seat, _: Session, request: Mapping[str, Any]) -> Operation:
    """Limits deposits anew."""
    shown = money(int(request["cap"]), seat.currency)
    readable = {
        "operation": "limit deposits between day-ends anew",
        "cap": f"{shown.amount} {shown.currency}",
        "reason": str(request["reason"]),
    }
    return Operation(calls.set_mint_cap(int(request["cap"])), readable)


def custody(seat: Seat) -> Custody:
    """The figures as this seat's own node and index have them."""
    with seat.database.read() as session:
        event = index.last_event(session, "Attested")
    ledger, currency = seat.node.ledger, seat.currency
    tokens, shortfall = ledger.supply(), ledger.shortfall()
    if event is None:
        zero = money(0, currency)
        return Custody(
            tokens=money(tokens, currency),
            suspense=zero,
            bank=zero,
            shortfall=money(shortfall, currency),
            reconciled=tokens == 0,
            attestation=None,
        )
    figures = {name: int(event.values[name]) for name in ("booked", "supply", "suspense", "bankItems", "shortfall")}
    explained = tokens + figures["suspense"] + figures["bankItems"] - shortfall
    return Custody(
        tokens=money(tokens, currency),
        suspense=money(figures["suspense"], currency),
        bank=money(figures["booked"], currency),
        shortfall=money(shortfall, currency),
        reconciled=figures["booked"] == explained,
        attestation=Attestation(
            through=day_of(int(event.values["through"])),
            statement_hash=event.values["statementHash"],
            booked=money(figures["booked"], currency),
            supply=money(figures["supply"], currency),
            suspense=money(figures["suspense"], currency),
            bank_items=money(figures["bankItems"], currency),
            shortfall=money(figures["shortfall"], currency),
        ),
    )
