"""Compares the tokens on the ledger with what the bank attested last."""

from __future__ import annotations

from chain.ledger.days import day_of
from gateway.custody.schemas import Attestation, Custody
from gateway.indexer import repository as index
from gateway.money import money
from gateway.seat import Seat


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
