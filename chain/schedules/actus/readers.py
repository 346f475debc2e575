"""Readers of single ACTUS term values: text or number in, typed value out, ValueError with the reason otherwise.

Numbers may be text with blanks around them, integers, decimals, or floats (read by their shortest decimal form, which
is how they were written). Nothing is guessed: not-a-number, infinities and absurd sizes are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from chain.schedules.dates import Cycle, Moment, parse_cycle, parse_moment, parse_period_days

T = TypeVar("T")
Reader = Callable[[object], object]

ABSENT = ("", "null", "NULL", "None")
MAX_DIGITS = 40
"""Longest number accepted, in characters; arithmetic keeps ten digits more than that."""

_MAX_EXPONENT = 30


class Unsupported(Exception):
    """The value is well formed, but names something that is not computed."""


def shown(value: object) -> str:
    """A value as an error may quote it: short, whatever was given."""
    written = str(value)
    return written if len(written) <= MAX_DIGITS else written[:MAX_DIGITS] + "..."


def text(value: object) -> str:
    """A text, without the blanks around it."""
    if not isinstance(value, str):
        raise ValueError("it must be text")
    return value.strip()


def code(value: object) -> str:
    """A currency code: one to twelve letters or digits."""
    name = text(value)
    if not (name.isascii() and name.isalnum() and len(name) <= 12):
        raise ValueError("it must be a currency code such as CNY")
    return name


def number(value: object) -> Decimal:
    """An exact decimal."""
    if isinstance(value, str):
        written = value.strip()
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        written = repr(value) if isinstance(value, float) else str(value)
    else:
        raise ValueError("it must be a number")
    try:
        result = Decimal(written)
    except InvalidOperation:
        raise ValueError("it must be a number") from None
    if len(written) > MAX_DIGITS or not result.is_finite() or "_" in written or abs(result.adjusted()) > _MAX_EXPONENT:
        raise ValueError(f"it must be a plain number of at most {MAX_DIGITS} characters")
    return result


def not_negative(value: object) -> Decimal:
    """A decimal of at least zero."""
    result = number(value)
    if result < 0:
        raise ValueError("it must not be negative")
    return result


def positive(value: object) -> Decimal:
    """A decimal above zero."""
    result = number(value)
    if result <= 0:
        raise ValueError("it must be above zero")
    return result


def moment(value: object) -> Moment:
    """An ISO date, at its start or at 23:59:59."""
    if not isinstance(value, str):
        raise ValueError("it must be an ISO date in text")
    return parse_moment(value)


def cycle(value: object) -> Cycle:
    """A cycle such as P1ML0."""
    return parse_cycle(text(value))


def days(value: object) -> int:
    """A period of days such as P2D."""
    return parse_period_days(text(value))


def one_of(choices: Mapping[str, T]) -> Callable[[object], T]:
    """A reader of a name out of `choices`; any other name is unsupported."""

    def read(value: object) -> T:
        name = text(value)
        try:
            return choices[name]
        except KeyError:
            raise Unsupported from None

    return read


def scaling_effect(value: object) -> tuple[bool, bool]:
    """Whether interest and notional are scaled, of a three-letter effect such as INO or I00.

    The third letter (M, the maximum deferred interest) acts on nothing here: these contract types defer none.
    """
    name = text(value)
    if len(name) != 3 or name[0] not in "IO0" or name[1] not in "NO0" or name[2] not in "MO0":
        raise Unsupported
    return name[0] == "I", name[1] == "N"
