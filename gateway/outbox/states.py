"""How a stored transaction changes its state, and how an error is kept with it."""

from __future__ import annotations

from typing import Any

from chain.errors import LedgerError
from gateway.database import now
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.problems import error_params


def stored_error(error: LedgerError) -> dict[str, Any]:
    """An error as the outbox keeps it."""
    return {
        "code": error.code,
        "status": error.status,
        "en": error.message("en"),
        "zh": error.message("zh"),
        "params": error_params(error),
    }


def set_status(row: OutboxTransaction, status: Status) -> None:
    """Moves the transaction on; it waits for nothing now."""
    row.status, row.updated_at, row.waiting_for = status, now(), None


def set_failed(row: OutboxTransaction, error: LedgerError) -> None:
    """Ends the transaction with its reason."""
    row.error = stored_error(error)
    set_status(row, Status.FAILED)


def unmine(row: OutboxTransaction) -> None:
    """Back to `sent`: the transaction is in no block."""
    row.block, row.block_hash, row.gas_used, row.reverted, row.error = None, None, None, False, None
    set_status(row, Status.SENT)
