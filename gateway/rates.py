"""Annual rates on the wire: decimal strings, exact to 1e-9 per year."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

RateText = Annotated[
    str,
    StringConstraints(pattern=r"^(0|[1-9][0-9]{0,3})(\.[0-9]{1,9})?$"),
    Field(description="Decimal string, 1 = 100 %, at most nine decimals.", examples=["0.05"]),
]
_NANO = 10**9


def nano_of(text: str) -> int:
    """The rate in 1e-9; exact, because `RateText` has at most nine decimals."""
    return int(Decimal(text) * _NANO)


def rate_text(nano: int) -> str:
    """1e-9 units as a decimal string without superfluous zeros."""
    units, fraction = divmod(nano, _NANO)
    digits = f"{fraction:09d}".rstrip("0")
    return f"{units}.{digits}" if digits else str(units)
