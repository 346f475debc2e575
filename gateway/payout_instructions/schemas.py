"""Payment orders on the wire."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.examples import examples
from gateway.money import Money
from gateway.transactions.schemas import TransactionError


class PayoutInstructionRequest(BaseModel):
    """An order of all that is reserved. requested_date: the business date if left out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=examples({}, {"requested_date": "2026-01-06"}))

    requested_date: date | None = None


class InstructedPayout(BaseModel):
    """One payout of an order."""

    end_to_end_id: str
    loan: str | None
    withdrawal: str | None
    payee: str
    amount: Money
    state: Literal["pending", "sent", "proposed", "instructed", "failed"]
    proposal: str | None = Field(default=None, description="What waits for a second person, or was decided by one.")
    error: TransactionError | None


class PayoutInstruction(BaseModel):
    """A payment order. Its file may be downloaded once every payout is `instructed` on the ledger."""

    model_config = ConfigDict(json_schema_extra=examples({
        "id": "PO-20260106-1f2e3d4c5b6a", "status": "instructed", "requested_date": "2026-01-06",
        "file_hash": "0x" + "0a" * 32,
        "total": {"amount": "5000.00", "currency": "CNY"}, "created_at": "2026-01-06T02:00:00.000000+00:00",
        "payouts": [{"end_to_end_id": "RF12P0123456789012345", "loan": "0x" + "ab" * 32, "withdrawal": None,
                     "payee": "0x" + "11" * 20, "amount": {"amount": "5000.00", "currency": "CNY"},
                     "state": "instructed", "error": None}],
    }))  # fmt: skip

    id: str
    status: Literal["instructing", "instructed", "failed"]
    requested_date: date
    file_hash: str = Field(description="SHA-256 of the file: the instruction hash on the ledger.")
    total: Money
    created_at: str
    payouts: list[InstructedPayout]
