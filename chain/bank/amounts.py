"""Amounts of bank files as integer minor units, and back to text.

All currencies handled here have two decimals. Reading is by the digits of the text, never through a binary float. Does
not round: an amount that isn't a whole number of minor units is refused by whoever reads it.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NewType

Minor = NewType("Minor", int)
"""Money in minor units (1/100 of the currency unit)."""

DECIMALS = 2
_PLAIN = re.compile(r"(?P<sign>[+-]?)(?P<units>[0-9]{1,16})(?:\.(?P<fraction>[0-9]*))?", re.ASCII)


class AmountText(ValueError):
    """The text is no amount in minor units; `reason` is 'malformed', 'negative' or 'too precise'."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def minor_from_text(text: str) -> Minor:
    """Minor units of a decimal string such as '123456.79'. Raises AmountText if malformed, negative or too precise."""
    found = _PLAIN.fullmatch(text)
    if found is None:
        raise AmountText("malformed")
    if found["sign"] == "-":
        raise AmountText("negative")
    fraction = found["fraction"] or ""
    if len(fraction) > DECIMALS:
        raise AmountText("too precise")
    return Minor(int(found["units"]) * 10**DECIMALS + int(fraction.ljust(DECIMALS, "0")))


def text_from_minor(amount: int) -> str:
    """The decimal string with exactly two decimals, '-' in front if below zero."""
    sign = "-" if amount < 0 else ""
    units, fraction = divmod(abs(amount), 10**DECIMALS)
    return f"{sign}{units}.{fraction:0{DECIMALS}d}"


def decimal_from_minor(amount: int) -> Decimal:
    """The same as a Decimal with two decimals."""
    return Decimal(text_from_minor(amount))
