"""Opening balances on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.examples import examples
from gateway.fields import Address, Length, Signature
from gateway.loans.terms_schemas import CustomRowRequest, Day, Strict
from gateway.money import PositiveMoney

_ZERO = {"amount": "0.00", "currency": "CNY"}
_OPENING = {
    "outstanding": {"amount": "1000.00", "currency": "CNY"}, "last_value_date": "2026-01-02",
    "rows": [{"due": "2026-02-02", "principal": {"amount": "1000.00", "currency": "CNY"},
              "interest": {"amount": "5.00", "currency": "CNY"}, "fee": _ZERO}],
    "positions": [{"lender": "0x" + "11" * 20, "units": {"amount": "1000.00", "currency": "CNY"}}],
}  # fmt: skip


class PositionRequest(Strict):
    """What one lender holds when the loan enters."""

    lender: Address
    units: PositiveMoney
    lender_class: Annotated[int, Field(ge=0, le=3)] = 0


class OpeningTerms(Strict):
    """The loan as the old book leaves it: rows that remain, and who is owed how much of the outstanding principal."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_OPENING))

    outstanding: PositiveMoney
    last_value_date: Day
    rows: Annotated[list[CustomRowRequest], Field(min_length=1, max_length=360)]
    positions: Annotated[list[PositionRequest], Field(min_length=1, max_length=100)]


class OpeningRequest(OpeningTerms):
    """The opening, signed by the borrower and, in the order of the positions, by every lender."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            _OPENING
            | {
                "expected_history_length": 1,
                "borrower_signature": "0x" + "cd" * 65,
                "lender_signatures": ["0x" + "ce" * 65],
            }
        ),
    )

    expected_history_length: Length
    borrower_signature: Signature
    lender_signatures: Annotated[list[Signature], Field(min_length=1, max_length=100)]
