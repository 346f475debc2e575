"""Typed reading of a case's JSON: each reader names the term in its error, so a bad case says what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import TypeVar

from chain.schedules.errors import TermInvalid, TermUnsupported

Terms = Mapping[str, object]
Choice = TypeVar("Choice", bound=Enum)

_DIGITS = 30  # before and after the point: no amount or rate has more, and a hostile exponent costs no memory


def text(terms: Terms, key: str) -> str:
    """A term that must be text."""
    value = terms.get(key)
    if not isinstance(value, str):
        raise TermInvalid(term=key, reason=f"text was expected, not {value!r}")
    return value


def number(terms: Terms, key: str) -> Decimal:
    """A term that must be a decimal number, written as text or as a number."""
    value = terms.get(key)
    if isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool):
        try:
            parsed = Decimal(str(value).strip())
        except InvalidOperation:
            pass
        else:
            if parsed.is_finite() and -_DIGITS <= parsed.adjusted() < _DIGITS:
                return parsed
    raise TermInvalid(term=key, reason=f"a number was expected, not {value!r}")


def integer(terms: Terms, key: str, default: int | None = None) -> int:
    """A term that must be a whole number; `default` where it is absent or null."""
    if terms.get(key) is None and default is not None:
        return default
    value = number(terms, key)
    if value != value.to_integral_value():
        raise TermInvalid(term=key, reason=f"a whole number was expected, not {value}")
    return int(value)


def day(terms: Terms, key: str) -> date:
    """A term that must be a date, YYYY-MM-DD."""
    value = text(terms, key)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise TermInvalid(term=key, reason=f"a date was expected, not {value!r}") from error


def choice(terms: Terms, key: str, kind: type[Choice], aliases: Mapping[str, Choice] | None = None) -> Choice:
    """A term that must be one of the names of `kind`, or one of the `aliases`; TermUnsupported for any other."""
    value = str(terms.get(key)).strip().upper()
    if aliases and value in aliases:
        return aliases[value]
    try:
        return kind(value)
    except ValueError as error:
        raise TermUnsupported(term=key, value=terms.get(key)) from error


def children(terms: Terms, key: str) -> list[Terms]:
    """A term that must be a list of objects."""
    value = terms.get(key)
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise TermInvalid(term=key, reason="a list of objects was expected")
    return value
