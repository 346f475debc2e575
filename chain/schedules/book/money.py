"""Amounts of the book: decimal text to integer minor units and back, and the rounding that the terms name."""

from __future__ import annotations

import decimal
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from chain.schedules.errors import TermInvalid


class BookRounding(Enum):
    """Rounding modes by the names that cases use."""

    HALF_EVEN = "HALF_EVEN"
    HALF_UP = "HALF_UP"
    HALF_DOWN = "HALF_DOWN"
    UP = "UP"
    DOWN = "DOWN"
    CEILING = "CEILING"
    FLOOR = "FLOOR"

    @property
    def mode(self) -> str:
        """The mode of the decimal module."""
        return f"ROUND_{self.value}"


@dataclass(frozen=True, slots=True)
class Money:
    """A currency with `decimals` decimal places and the rounding of the terms."""

    decimals: int
    rounding: BookRounding

    def rounded(self, amount: Decimal) -> int:
        """An amount in currency units as minor units, rounded once."""
        return int(amount.scaleb(self.decimals).to_integral_value(self.rounding.mode))

    def minor(self, amount: Decimal) -> int:
        """An amount in currency units as minor units; TermInvalid where it has more decimals than the currency."""
        scaled = amount.scaleb(self.decimals)
        if scaled != scaled.to_integral_value():
            raise TermInvalid(term="amount", reason=f"{amount} has more than {self.decimals} decimals")
        return int(scaled)

    def units(self, minor: int) -> Decimal:
        """Minor units in currency units."""
        return Decimal(minor).scaleb(-self.decimals)

    def multiple(self, minor: int, multiple: int | None) -> int:
        """The multiple next to `minor`. Source: Fineract, Money.roundToMultiplesOf."""
        if multiple is None:
            return minor
        return int((Decimal(minor) / multiple).to_integral_value(self.rounding.mode)) * multiple

    def share(self, minor: int, parts: int) -> int:
        """One of `parts` equal parts, rounded to minor units. Source: Fineract, Money.dividedBy."""
        return int((Decimal(minor) / parts).to_integral_value(self.rounding.mode))

    def context(self, precision: int) -> decimal.Context:
        """Arithmetic with `precision` significant digits and the rounding of the terms."""
        return decimal.Context(
            prec=precision, rounding=self.rounding.mode, traps=[decimal.DivisionByZero, decimal.InvalidOperation]
        )
