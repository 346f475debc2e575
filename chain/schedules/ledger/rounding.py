"""Rounding of integer ratios to whole minor units. The only place of the ledger layer where a fraction is given up."""

from __future__ import annotations

from enum import Enum
from fractions import Fraction

NANO = 1_000_000_000
"""Rates are integers in 1e-9 per year: 43_500_000 is 4.35 %."""


class Rounding(Enum):
    """How a fraction of a minor unit is decided. The terms say which; half-even unless they say otherwise."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    DOWN = "down"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """`numerator / denominator` as a whole number. Halves go to the even neighbour, or away from zero (HALF_UP); DOWN
    goes towards zero. The denominator must be positive."""
    if numerator < 0:
        return -divide(-numerator, denominator, rounding)
    quotient, rest = divmod(numerator, denominator)
    if rounding is Rounding.DOWN:
        return quotient
    doubled = 2 * rest
    if doubled > denominator:
        return quotient + 1
    if doubled == denominator:
        return quotient + 1 if rounding is Rounding.HALF_UP else quotient + (quotient & 1)
    return quotient


def round_fraction(value: Fraction, rounding: Rounding) -> int:
    """`value` as a whole number, by `rounding`."""
    return divide(value.numerator, value.denominator, rounding)


def to_multiple(amount: int, multiple: int, rounding: Rounding) -> int:
    """The multiple of `multiple` minor units next to `amount`."""
    return divide(amount, multiple, rounding) * multiple
