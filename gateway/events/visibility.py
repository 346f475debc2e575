"""Which events an actor sees: those of its tenant, of the loans that it sees, and what everybody may know."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from gateway.authorisation import sight as see
from gateway.authorisation import tenants
from gateway.authorisation.sight import OfParty, OfPlatform, OfTenant, Sight, Whole
from gateway.events.service import EVERYONE
from gateway.events.tables import EventRow
from gateway.indexer.tables import IndexedLoan
from gateway.outbox.tables import OutboxTransaction


def visible(sight: Sight) -> ColumnElement[bool]:
    """Which rows of the event log are seen."""
    everyones = EventRow.tenant == EVERYONE
    match sight:
        case Whole():
            return true()
        case OfPlatform():
            return or_(EventRow.loan.is_(None), ~EventRow.loan.in_(_other_platforms(sight)))
        case OfTenant(tenant):
            return or_(everyones, EventRow.tenant == tenant, EventRow.loan.in_(tenants.ids(tenant, "loan")))
        case OfParty():
            own = EventRow.loan.in_(select(IndexedLoan.id).where(see.loans(sight)))
            return or_(everyones, _sent_by(sight.actor), and_(own, ~EventRow.type.startswith("transaction.")))


def _other_platforms(sight: OfPlatform) -> Select[str]:
    return select(IndexedLoan.id).where(~see.loans(sight))


def _sent_by(actor: str) -> ColumnElement[bool]:
    sent = select("transactions/" + OutboxTransaction.id).where(OutboxTransaction.principal == actor)
    return EventRow.subject.in_(sent)
