"""Which tenant an object of this seat belongs to: the one whose actor made it first.

The seat's own organisation has no rows, so its changes cost nothing here. Rows are never changed or deleted: what a
tenant sees it keeps seeing. Never commits.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Index, Select, String, exists, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from gateway.auth.actors import SEAT_TENANT
from gateway.database import Table
from gateway.indexer.tables import IndexedEvent, IndexedLoan
from gateway.outbox.tables import OutboxTransaction


class TenantObject(Table):
    """An object of a tenant other than the seat's own. kind: as `ResourceLink.type` has it; id: as the API shows it."""

    __tablename__ = "tenant_objects"
    __table_args__ = (Index("tenant_objects_by_tenant", "tenant", "kind"),)

    kind: Mapped[str] = mapped_column(String(30), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))


def adopt(session: Session, kind: str, identifier: str, tenant: str) -> None:
    """Notes that the tenant made the object, unless it was there before; call it before the change stores anything."""
    if tenant == SEAT_TENANT or session.get(TenantObject, (kind, identifier)) is not None:
        return
    if not _known(session, kind, identifier):
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        row = insert(TenantObject).values(kind=kind, id=identifier, tenant=tenant)
        session.execute(row.on_conflict_do_nothing())  # another process may have noted it just now


def ids(tenant: str, kind: str) -> Select[str]:
    """The ids of the tenant's objects of a kind, for use inside another query."""
    return select(TenantObject.id).where(TenantObject.tenant == tenant, TenantObject.kind == kind)


def owns(tenant: str, kind: str, identifier: str) -> ColumnElement[bool]:
    """Whether the object is the tenant's, for use inside another query."""
    return exists().where(TenantObject.kind == kind, TenantObject.id == identifier, TenantObject.tenant == tenant)


def _known(session: Session, kind: str, identifier: str) -> bool:
    """Whether somebody else brought it to the ledger or sent it from here before."""
    if kind == "loan":
        indexed = select(IndexedLoan.id).where(IndexedLoan.id == identifier)
        sent = select(OutboxTransaction.seq).where(OutboxTransaction.loan == identifier)
        return session.scalar(indexed) is not None or session.scalar(sent.limit(1)) is not None
    if kind == "withdrawal":
        moved = select(IndexedEvent.position).where(
            IndexedEvent.event == "WithdrawalMoved", IndexedEvent.key == identifier
        )
        return session.scalar(moved.limit(1)) is not None
    return False
