"""The events an ACTUS contract produces, and their JSON form with every digit kept as text."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Event(NamedTuple):
    """One event: its payoff and the contract's state right after it.

    Amounts are exact decimals in the contract's currency, seen from the creator of the record: received is positive.
    The rate is per year, as a ratio. `date` is the event's ISO moment.
    """

    date: str
    kind: str
    payoff: Decimal
    currency: str
    notional_principal: Decimal
    nominal_interest_rate: Decimal
    accrued_interest: Decimal


def decimal_text(value: Decimal) -> str:
    """All digits in plain notation, without trailing zeros or a negative zero."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def as_json(event: Event) -> dict[str, str]:
    """The event as the ACTUS test files name its fields."""
    return {
        "eventDate": event.date,
        "eventType": event.kind,
        "payoff": decimal_text(event.payoff),
        "currency": event.currency,
        "notionalPrincipal": decimal_text(event.notional_principal),
        "nominalInterestRate": decimal_text(event.nominal_interest_rate),
        "accruedInterest": decimal_text(event.accrued_interest),
    }
