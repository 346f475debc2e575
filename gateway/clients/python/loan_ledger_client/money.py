"""Amounts as exact decimals: two decimals on the wire, `Decimal` in code, binary floating point refused."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, PlainSerializer

if TYPE_CHECKING:
    from loan_ledger_client.models import PositiveMoney

_CENT = Decimal("0.01")


def _exact(value: object) -> Decimal:
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise ValueError("an amount is a Decimal, a string or an int; never a float")
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"{value!r} is no number") from None
    if not found.is_finite():
        raise ValueError(f"{value!r} is no amount")
    return found


def _cents(value: object) -> Decimal:
    found = _exact(value)
    exponent = found.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2 and found != found.quantize(_CENT):
        raise ValueError(f"{value!r} has more than two decimals")
    return found.quantize(_CENT)


def _amount_text(value: Decimal) -> str:
    return f"{value:.2f}"


def _number_text(value: Decimal) -> str:
    return f"{value:f}"


Amount = Annotated[Decimal, BeforeValidator(_cents), PlainSerializer(_amount_text, return_type=str)]
"""An amount of money, exact to the cent."""
Number = Annotated[Decimal, BeforeValidator(_exact), PlainSerializer(_number_text, return_type=str)]
"""A rate or a share, exact."""


def money(amount: str | int | Decimal, currency: str) -> PositiveMoney:
    """An amount above zero and its currency: `money("5000.00", "CNY")`."""
    from loan_ledger_client.models import PositiveMoney  # noqa: PLC0415 - the models' amounts are declared here

    return PositiveMoney(amount=_cents(amount), currency=currency)


def cny(amount: str | int | Decimal) -> PositiveMoney:
    """Yuan."""
    return money(amount, "CNY")
