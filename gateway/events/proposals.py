"""Events of operations that need a second person, from the rows themselves: proposals are made in many places."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, event, inspect, select
from sqlalchemy.orm import Mapper, object_session

from gateway.approvals.tables import ProposalRow
from gateway.authorisation.tenants import TenantObject
from gateway.events.service import SEAT, publish


def _made(_: Mapper[Any], connection: Connection, row: ProposalRow) -> None:
    _publish(connection, row, "proposal.created", {})


def _changed(_: Mapper[Any], connection: Connection, row: ProposalRow) -> None:
    if not inspect(row).attrs.status.history.has_changes() or row.status == "proposed":
        return
    if row.status == "approved":
        _publish(connection, row, "proposal.approved", {"approver": row.approver})
    else:
        _publish(connection, row, "proposal.cancelled", {})


def _publish(connection: Connection, row: ProposalRow, name: str, more: dict[str, Any]) -> None:
    session = object_session(row)
    assert session is not None, "rows are written by sessions"
    owner = select(TenantObject.tenant).where(TenantObject.kind == "proposal", TenantObject.id == row.id)
    data = {"id": row.id, "kind": row.kind, "proposer": row.proposer, **more}
    publish(session, name, f"proposals/{row.id}", data, connection.scalar(owner) or SEAT, loan=row.loan)


event.listen(ProposalRow, "after_insert", _made)
event.listen(ProposalRow, "after_update", _changed)
