"""Account statements on the wire."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.money import Money
from gateway.transactions.schemas import Transaction

_CNY = {"amount": "845.41", "currency": "CNY"}


class StatementEntry(BaseModel):
    """One entry and what became of it."""

    model_config = ConfigDict(json_schema_extra=examples({
        "statement": 7, "entry": 1, "servicer_reference": "SIM20260206000012", "booked": True, "amount": _CNY,
        "direction": "credit", "kind": "credit", "value_date": "2026-02-06", "counterparty_name": "Zhang San",
        "counterparty_account": "6222020200112233445", "meaning": "LoanReceipt", "target": "0x" + "ab" * 32,
        "posting": "posted", "reason": None, "detail": None, "transaction": "7d0c6a4f3d3b4a0cb2a4a8cb3a2f1e55",
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
    posting: Literal["pending", "sent", "posted", "suspense", "cleared", "offset", "skipped"]
    reason: str | None = Field(description="Why it is in suspense: a stable code.")
    detail: str | None
    transaction: str | None


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


class Suspense(BaseModel):
    """Booked money that belongs to nobody yet, and debits that nothing explains."""

    balance: Money
    items: list[StatementEntry]
