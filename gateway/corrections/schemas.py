"""Reversals and insertions on the wire."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.account_statements.schemas import Reason
from gateway.examples import examples
from gateway.loans.terms_schemas import Strict

StatementNumber = Annotated[int, Field(ge=0, lt=2**32, description="Number of the account statement.")]
EntryNumber = Annotated[int, Field(ge=1, lt=2**16, description="The entry's place in it, from 1.")]


class EntryPlace(Strict):
    """A booked entry of an account statement."""

    statement: StatementNumber
    entry: EntryNumber


class ReversalRequest(Strict):
    """A payment to be taken back, and the booked debit by which its money left."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            {"seq": 9, "debit": {"statement": 12, "entry": 3}, "reason": "the payer's bank called it back"}
        ),
    )

    seq: Annotated[int, Field(ge=1, lt=2**32, description="The payment's entry in the loan's history.")]
    debit: EntryPlace
    reason: Reason


class InsertionRequest(Strict):
    """Booked credits of earlier value dates, to be put in before payments that are posted already."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra=examples({"entries": [{"statement": 12, "entry": 3}]})
    )

    entries: Annotated[list[EntryPlace], Field(min_length=1, max_length=20)]
