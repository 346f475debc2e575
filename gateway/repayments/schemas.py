"""Repayments on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.examples import examples
from gateway.fields import Hash, Length
from gateway.money import Money, PositiveMoney
from gateway.transactions.schemas import TransactionError

MAX_ITEMS = 1_000
StatementNumber = Annotated[
    int, Field(ge=1, lt=2**32, description="The bank's number of the account statement that will hold the entry.")
]
EntryNumber = Annotated[int, Field(ge=1, lt=2**16, description="The entry's number in that account statement.")]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]

_CNY = {"amount": "845.41", "currency": "CNY"}
_REPAYMENT = {
    "loan": "0x" + "ab" * 32,
    "amount": _CNY,
    "value_date": "2026-02-05",
    "statement": 24,
    "entry": 3,
    "servicer_reference": "20260205-000123",
    "expected_history_length": 7,
}
_RESULT = {
    "id": "5b1f0c9e3d7a4c21b0f8e6d5c4b3a291", "batch": "e0c7b5a3f1d94e82a6c4b2d0f8e6a491", "item": 1,
    "loan": "0x" + "ab" * 32, "amount": _CNY, "value_date": "2026-02-05", "statement": 24, "entry": 3,
    "servicer_reference": "20260205-000123", "status": "posted", "transaction": "7d0c6a4f3d3b4a0cb2a4a8cb3a2f1e55",
    "proposal": None, "error": None, "created_at": "2026-02-05T02:00:00.000000+00:00",
}  # fmt: skip


class RepaymentRequest(BaseModel):
    """A booked credit at the custody account that repays a loan, before its account statement is out."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples(_REPAYMENT))

    loan: Hash
    amount: PositiveMoney
    value_date: Annotated[date, Field(description="The day it counts: not before the loan's last, not in the future.")]
    statement: StatementNumber
    entry: EntryNumber
    servicer_reference: Annotated[Reference, Field(description="The bank's own reference; only its hash is recorded.")]
    expected_history_length: Annotated[
        Length | None, Field(description="History length of the loan that the bank has seen; the index's if left out.")
    ] = None


class RepaymentBatchRequest(BaseModel):
    """Many repayments, each with a result of its own; those of one loan count in their order here."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=examples({"items": [_REPAYMENT]}))

    items: Annotated[list[RepaymentRequest], Field(min_length=1, max_length=MAX_ITEMS)]


class Repayment(BaseModel):
    """One repayment and what became of it."""

    model_config = ConfigDict(json_schema_extra=examples(_RESULT))

    id: str
    batch: str = Field(description="The request it came with.")
    item: int = Field(description="Its place in that request, from 1.")
    loan: str
    amount: Money
    value_date: date
    statement: int
    entry: int
    servicer_reference: str
    status: Literal["sent", "proposed", "posted", "failed", "stated"] = Field(
        description="`posted`: final on the ledger. `proposed`: above the key's limit, waits for a second person. "
        "`stated`: its account statement has come; see the entry there."
    )
    transaction: str | None
    proposal: str | None
    error: TransactionError | None
    created_at: str


class RepaymentBatch(BaseModel):
    """The repayments of one request. `finished`: each has come to an end."""

    id: str
    finished: bool
    counts: dict[str, int] = Field(description="Items by status.")
    items: list[Repayment]
