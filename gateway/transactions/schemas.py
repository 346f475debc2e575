"""A transaction and the answer to every change, on the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chain.errors import Language
from gateway.examples import examples
from gateway.outbox.tables import Attempt, OutboxTransaction

StatusText = Literal["queued", "signed", "sent", "mined", "final", "failed", "replaced"]


_TRANSACTION = {
    "id": "7d0c6a4f3d3b4a0cb2a4a8cb3a2f1e55",
    "status": "final",
    "contract": "LoanEscrow",
    "function": "subscribe",
    "loan": "0x" + "ab" * 32,
    "sender": "0x" + "44" * 20,
    "hash": "0x" + "cd" * 32,
    "nonce": 7,
    "block": 1042,
    "gas_used": 143201,
    "created_at": "2026-01-05T02:00:00.000000+00:00",
    "updated_at": "2026-01-05T02:00:03.000000+00:00",
    "waiting_for": None,
    "error": None,
    "attempts": None,
}


class TransactionError(BaseModel):
    """Why a transaction failed; the codes of GET /v1/errors."""

    code: str
    message: str
    params: dict[str, str]


class AttemptResource(BaseModel):
    """A signed form of the transaction; more than one only after a higher price or a nonce taken by another."""

    hash: str
    nonce: int
    status: Literal["current", "replaced"]


class Transaction(BaseModel):
    """One call that this seat sends to the ledger exactly once."""

    model_config = ConfigDict(json_schema_extra=examples(_TRANSACTION))

    id: str
    status: StatusText = Field(description="`final`: confirmed by the engine's rule. `failed`: it had no effect.")
    contract: str
    function: str
    loan: str | None
    sender: str = Field(description="The seat's key that signs it.")
    hash: str | None
    nonce: int | None
    block: int | None
    gas_used: int | None
    created_at: str
    updated_at: str
    waiting_for: str | None = Field(
        description="Why it isn't sent yet: what its simulation says until earlier ones are mined."
    )
    error: TransactionError | None
    attempts: list[AttemptResource] | None = None


class ResourceLink(BaseModel):
    """What a change is about."""

    type: str
    id: str
    href: str


class Accepted(BaseModel):
    """The answer to a change: stored for good, and these transactions will carry it out."""

    model_config = ConfigDict(
        json_schema_extra=examples(
            {
                "resource": {"type": "loan", "id": "0x" + "ab" * 32, "href": "/v1/loans/0x" + "ab" * 32},
                "transactions": [_TRANSACTION],
            }
        )
    )

    resource: ResourceLink
    transactions: list[Transaction]


def show(row: OutboxTransaction, language: Language = "en", attempts: list[Attempt] | None = None) -> Transaction:
    """A stored transaction on the wire."""
    return Transaction(
        id=row.id,
        status=row.status,  # type: ignore[arg-type]
        contract=row.contract,
        function=row.function,
        loan=row.loan,
        sender=row.sender,
        hash=row.hash,
        nonce=row.nonce,
        block=row.block,
        gas_used=row.gas_used,
        created_at=row.created_at,
        updated_at=row.updated_at,
        waiting_for=row.waiting_for,
        error=None if row.error is None else show_error(row.error, language),
        attempts=None
        if attempts is None
        else [
            AttemptResource(hash=a.hash, nonce=a.nonce, status="replaced" if a.replaced else "current")
            for a in attempts
        ],
    )


def show_error(error: dict[str, Any], language: Language) -> TransactionError:
    """A stored error in `language`."""
    return TransactionError(code=error["code"], message=error[language], params=error["params"])
