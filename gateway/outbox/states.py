"""How stored transactions change their state: each step for many at once, and the only place where one is taken.

All within the caller's transaction. A step is taken only from the states that it leaves, so that a repeated one does
nothing. Knows no node and no key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, bindparam, insert, or_, update
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from gateway.audit.outcomes import record_failures
from gateway.database import now
from gateway.events import transactions as events
from gateway.node import Receipt
from gateway.outbox.tables import Attempt, OutboxTransaction, Status
from gateway.problems import error_params

_rows = OutboxTransaction.__table__
_attempts = Attempt.__table__
_SEQ: BindParameter[int] = bindparam("b_seq")


@dataclass(frozen=True)
class SignedCall:
    """A raw transaction to store, for the transaction `seq`. id: of that one, as the API shows it."""

    seq: int
    id: str
    nonce: int
    hash: str
    raw: str
    gas: int
    fees: dict[str, int]


@dataclass(frozen=True)
class Mined:
    """Where a transaction was mined; `error`: why it was reverted."""

    seq: int
    receipt: Receipt
    error: LedgerError | None


@dataclass(frozen=True)
class Failure:
    """A transaction that ends with a reason. keeps_nonce: a block holds its nonce."""

    seq: int
    id: str
    error: LedgerError


def stored_error(error: LedgerError) -> dict[str, Any]:
    """An error as the outbox keeps it."""
    return {
        "code": error.code,
        "status": error.status,
        "en": error.message("en"),
        "zh": error.message("zh"),
        "params": error_params(error),
    }


def _status_is(*statuses: Status) -> ColumnElement[bool]:
    """One of these; a list of values can't be bound for many rows at once."""
    return or_(*(_rows.c.status == status.value for status in statuses))


_SIGN = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ, _status_is(Status.QUEUED, Status.SIGNED, Status.SENT))
    .values(
        status=Status.SIGNED.value, nonce=bindparam("b_nonce"), hash=bindparam("b_hash"), waiting_for=None,
        updated_at=bindparam("b_at"),
    )
)  # fmt: skip
_REPLACE = update(Attempt).where(_attempts.c.transaction == _SEQ).values(replaced=True)
_SEND = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ, _rows.c.status == Status.SIGNED.value)
    .values(status=Status.SENT.value, waiting_for=None, updated_at=bindparam("b_at"))
)
_MINE = (
    update(OutboxTransaction)
    .where(
        _rows.c.seq == _SEQ, _status_is(Status.SIGNED, Status.SENT, Status.MINED)
    )
    .values(
        status=Status.MINED.value, hash=bindparam("b_hash"), block=bindparam("b_block"), waiting_for=None,
        block_hash=bindparam("b_block_hash"), gas_used=bindparam("b_gas"), reverted=bindparam("b_reverted"),
        error=bindparam("b_error"), updated_at=bindparam("b_at"),
    )
)  # fmt: skip
_UNMINE = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ)
    .values(
        status=Status.SENT.value, block=None, block_hash=None, gas_used=None, reverted=False, error=None,
        waiting_for=None, updated_at=bindparam("b_at"),
    )
)  # fmt: skip
_END = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ, _rows.c.status == Status.MINED.value)
    .values(status=bindparam("b_status"), waiting_for=None, updated_at=bindparam("b_at"))
)
_FAIL = (
    update(OutboxTransaction)
    .where(
        _rows.c.seq == _SEQ, _status_is(Status.QUEUED, Status.SIGNED, Status.SENT)
    )
    .values(
        status=Status.FAILED.value, error=bindparam("b_error"), nonce=None, waiting_for=None,
        updated_at=bindparam("b_at"),
    )
)  # fmt: skip
_WAIT = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ, _status_is(Status.QUEUED, Status.SIGNED))
    .values(waiting_for=bindparam("b_reason"), updated_at=bindparam("b_at"))
)
_REQUEUE = (
    update(OutboxTransaction)
    .where(_rows.c.seq == _SEQ, _status_is(Status.SIGNED, Status.SENT))
    .values(status=Status.QUEUED.value, nonce=None, hash=None, waiting_for=None, updated_at=bindparam("b_at"))
)


def _run(session: Session, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(statement, rows)


def note_signed(session: Session, signed: Sequence[SignedCall]) -> None:
    """-> signed: stores the raw transactions, before any of them is sent."""
    moment = now()
    _run(
        session,
        insert(Attempt),
        [
            {
                "hash": one.hash, "transaction": one.seq, "nonce": one.nonce, "raw": one.raw, "gas": one.gas,
                "fees": one.fees, "created_at": moment, "replaced": False,
            }
            for one in signed
        ],
    )  # fmt: skip
    _run(
        session,
        _SIGN,
        [{"b_seq": one.seq, "b_nonce": one.nonce, "b_hash": one.hash, "b_at": moment} for one in signed],
    )


def note_replaced(session: Session, seqs: Sequence[int]) -> None:
    """The attempts so far are not the newest any more; each of them may still be mined."""
    events.replaced(session, seqs)
    _run(session, _REPLACE, [{"b_seq": seq} for seq in seqs])


def note_sent(session: Session, seqs: Sequence[int]) -> None:
    """signed -> sent."""
    moment = now()
    _run(session, _SEND, [{"b_seq": seq, "b_at": moment} for seq in seqs])


def note_mined(session: Session, mined: Sequence[Mined]) -> None:
    """signed, sent -> mined; or mined in another block than before."""
    moment = now()
    rows = [
        {
            "b_seq": one.seq, "b_hash": one.receipt.hash, "b_block": one.receipt.block,
            "b_block_hash": one.receipt.block_hash, "b_gas": one.receipt.gas_used,
            "b_reverted": not one.receipt.succeeded,
            "b_error": None if one.error is None else stored_error(one.error), "b_at": moment,
        }
        for one in mined
    ]  # fmt: skip
    seqs = [one.seq for one in mined]
    events.taken_back(session, seqs)
    _run(session, _MINE, rows)
    events.moved(session, seqs)


def note_unmined(session: Session, seqs: Sequence[int]) -> None:
    """-> sent: the transaction is in no block."""
    moment = now()
    events.taken_back(session, seqs)
    _run(session, _UNMINE, [{"b_seq": seq, "b_at": moment} for seq in seqs])


def note_final(session: Session, seqs: Sequence[int]) -> None:
    """mined -> final."""
    _end(session, seqs, Status.FINAL)


def note_reverted(session: Session, seqs: Sequence[int]) -> None:
    """mined -> failed: the contract refused it in its block, which is confirmed; why was kept when it was mined."""
    _end(session, seqs, Status.FAILED)
    record_failures(session, seqs)


def _end(session: Session, seqs: Sequence[int], status: Status) -> None:
    moment = now()
    _run(session, _END, [{"b_seq": seq, "b_status": status.value, "b_at": moment} for seq in seqs])
    events.moved(session, seqs)


def note_failed(session: Session, failures: Sequence[Failure]) -> None:
    """queued, signed, sent -> failed, without a nonce: nothing of it can be mined any more."""
    moment = now()
    rows = [{"b_seq": one.seq, "b_error": stored_error(one.error), "b_at": moment} for one in failures]
    _run(session, _FAIL, rows)
    events.moved(session, [one.seq for one in failures])
    record_failures(session, [one.seq for one in failures])


def note_waiting(session: Session, reasons: Sequence[tuple[int, str]]) -> None:
    """Keeps what a transaction waits for, as people read it."""
    moment = now()
    _run(session, _WAIT, [{"b_seq": seq, "b_reason": reason[:400], "b_at": moment} for seq, reason in reasons])


def note_requeued(session: Session, seqs: Sequence[int]) -> None:
    """signed, sent -> queued: a confirmed block holds another transaction with its nonce."""
    note_replaced(session, seqs)
    moment = now()
    _run(session, _REQUEUE, [{"b_seq": seq, "b_at": moment} for seq in seqs])
