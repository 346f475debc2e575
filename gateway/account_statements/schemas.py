"""Account statements on the wire."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.examples import examples
from gateway.fields import Hash
from gateway.money import Money
from gateway.transactions.schemas import Transaction

Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]
_CNY = {"amount": "845.41", "currency": "CNY"}


class StatementEntry(BaseModel):
    """One entry and what became of it."""

    model_config = ConfigDict(json_schema_extra=examples({
        "statement": 7, "entry": 1, "servicer_reference": "SIM20260206000012", "booked": True, "amount": _CNY,
        "direction": "credit", "kind": "credit", "value_date": "2026-02-06", "counterparty_name": "Zhang San",
        "counterparty_account": "6222020200112233445", "meaning": "LoanReceipt", "target": "0x" + "ab" * 32,
        "posting": "posted", "reason": None, "detail": None, "transaction": "7d0c6a4f3d3b4a0cb2a4a8cb3a2f1e55",
        "proposal": None,
    }))  # fmt: skip

    statement: int
    entry: int
    servicer_reference: str = Field(description="The bank's own reference.")
    booked: bool
    amount: Money
    direction: Literal["credit", "debit"]
    kind: str
    value_date: date
    counterparty_name: str | None
    counterparty_account: str | None
    meaning: str = Field(
        description="Deposit, LoanReceipt, PayoutSettled, PayoutReturned, ReceiptReversed, Suspense, NotBooked."
    )
    target: str | None = Field(description="The loan, subject or withdrawal it is for.")
    posting: Literal["pending", "sent", "proposed", "unplaced", "posted", "suspense", "cleared", "offset", "skipped"]
    reason: str | None = Field(description="Why it is in suspense: a stable code.")
    detail: str | None
    transaction: str | None
    proposal: str | None = Field(default=None, description="What waits for a second person, or was decided by one.")


class AccountStatement(BaseModel):
    """An account statement; `posted` once every entry has come to an end."""

    number: int = Field(description="The bank's electronic sequence number.")
    statement_id: str
    date: date
    opening: Money
    closing: Money
    file_hash: str = Field(description="SHA-256 of the file, attested at the day-end.")
    status: Literal["posting", "posted"]
    created_at: str
    posted_at: str | None
    counts: dict[str, int] = Field(description="Entries by posting.")
    entries: list[StatementEntry] | None = Field(default=None, description="Only for a single statement.")
    transactions: list[Transaction] | None = Field(default=None, description="Only for a single statement.")


class SuspenseMatchRequest(BaseModel):
    """Whose money a suspended credit is: a loan's, or a party's own (by reference or address)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples(
            {"loan": "0x" + "ab" * 32, "reason": "the borrower mistyped the reference"},
            {"party": "P01", "reason": "the lender wrote no reference"},
        ),
    )

    loan: Hash | None = None
    party: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.loan is None) == (self.party is None):
            raise ValueError("either loan or party")
        return self


class SuspenseReturnRequest(BaseModel):
    """The booked debit by which a suspended credit went back to its originator."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra=examples({"debit_statement": 9, "debit_entry": 2, "reason": "nobody claimed it"}),
    )

    debit_statement: Annotated[int, Field(ge=0, lt=2**32)]
    debit_entry: Annotated[int, Field(ge=1, lt=2**16)]
    reason: Reason


class Suspense(BaseModel):
    """Booked money that belongs to nobody yet, and debits that nothing explains."""

    balance: Money
    items: list[StatementEntry]
