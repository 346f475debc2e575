"""Amounts on the wire: decimal strings with exactly two decimals, always beside their currency.

Converts to and from integer minor units through `chain.bank.amounts`. No binary floating point anywhere.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from chain.bank.amounts import minor_from_text, text_from_minor
from gateway.examples import examples

_MAX_MINOR = 2**112 - 1


def _positive(text: str) -> str:
    if minor_from_text(text) == 0:
        raise ValueError("must be above zero")
    return text


AmountText = Annotated[
    str,
    StringConstraints(pattern=r"^(0|[1-9][0-9]{0,15})\.[0-9]{2}$"),
    Field(description="Decimal string with exactly two decimals.", examples=["5000.00"]),
]
PositiveAmountText = Annotated[AmountText, AfterValidator(_positive)]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217 code.", examples=["CNY"])
]


class Money(BaseModel):
    """An amount and its currency."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"amount": "5000.00", "currency": "CNY"})
    )

    amount: Annotated[str, Field(pattern=r"^-?(0|[1-9][0-9]{0,37})\.[0-9]{2}$", examples=["5000.00"])]
    currency: Currency


class PositiveMoney(BaseModel):
    """An amount above zero and its currency."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"amount": "5000.00", "currency": "CNY"})
    )

    amount: PositiveAmountText
    currency: Currency

    @property
    def minor(self) -> int:
        """The amount in minor units."""
        return minor_from_text(self.amount)


class NonNegativeMoney(BaseModel):
    """An amount and its currency, zero allowed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"amount": "0.00", "currency": "CNY"})
    )

    amount: AmountText
    currency: Currency

    @property
    def minor(self) -> int:
        """The amount in minor units."""
        return minor_from_text(self.amount)


def money(minor: int, currency: str) -> Money:
    """`minor` units as they stand on the wire."""
    return Money(amount=text_from_minor(minor), currency=currency)
