"""What became of accepted changes that failed after all: the decision that the node or the contract took later.

Success needs no record of its own: it is on the chain, under the hash that was signed.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.audit.records import GATEWAY, Record
from gateway.audit.service import append
from gateway.outbox.tables import OutboxTransaction, Status

_ROW = OutboxTransaction.__table__.c
ACTION = "send"


def record_failures(session: Session, seqs: Sequence[int]) -> None:
    """Records those of the transactions that have failed, each with its reason's code."""
    if not seqs:
        return
    query = select(_ROW.id, _ROW.tenant, _ROW.contract, _ROW.function, _ROW.hash, _ROW.error)
    rows = session.execute(query.where(_ROW.seq.in_(seqs), _ROW.status == Status.FAILED.value).order_by(_ROW.seq))
    for row in rows:
        details = {"call": f"{row.contract}.{row.function}", "hash": row.hash or ""}
        decision = f"failed:{row.error['code'] if row.error else 'unknown'}"
        append(session, Record(GATEWAY, row.tenant, ACTION, f"transaction:{row.id}", decision, details, (row.id,)))
