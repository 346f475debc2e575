"""Whether the objects that a path names are seen. One query each, the same for what is hidden and for what isn't there.

Asked only for those who don't see everything: the seat's own organisation pays nothing. What a tenant or a platform saw
once it keeps seeing, so a yes is remembered; a party's sight can shrink when its key is replaced, so its is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select
from sqlalchemy.orm import Session

from gateway.approvals.tables import ProposalRow
from gateway.authorisation import sight as see
from gateway.authorisation import tenants
from gateway.authorisation.permissions import OPEN, OWN_ORGANISATION
from gateway.authorisation.sight import OfParty, OfPlatform, OfTenant, Sight, Whole
from gateway.database import Database
from gateway.documents.tables import KeptDocument
from gateway.errors import NotFound
from gateway.indexer.tables import IndexedEvent, IndexedLoan, IndexedPosition
from gateway.outbox.tables import OutboxTransaction
from gateway.payments.tables import MandateRow

_REMEMBERED: Final = 50_000
_UNCHECKED: Final = (OPEN, OWN_ORGANISATION, "tenant")


class Objects:
    """Answers for one seat; safe to use from many threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[tuple[Sight, str, str], None] = {}

    def remembers(self, sight: Sight, kinds: Mapping[str, str], values: Mapping[str, str]) -> bool:
        """Whether all were found to be seen before, so that nothing has to be asked."""
        return all(
            kind in _UNCHECKED or (sight, kind, values[parameter]) in self._seen for parameter, kind in kinds.items()
        )

    def require(self, sight: Sight, kinds: Mapping[str, str], values: Mapping[str, str]) -> None:
        """Raises NotFound for the first of them, in the path's order, that is not seen."""
        with self._database.read() as session:
            require(session, sight, kinds, values)
        if not isinstance(sight, OfParty):
            for parameter, kind in kinds.items():
                if kind not in _UNCHECKED:
                    self._remember(sight, kind, values[parameter])

    def _remember(self, sight: Sight, kind: str, value: str) -> None:
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen[sight, kind, value] = None


def require(session: Session, sight: Sight, kinds: Mapping[str, str], values: Mapping[str, str]) -> None:
    """Raises NotFound for the first of the named objects that is not seen."""
    for parameter, kind in kinds.items():
        if kind not in _UNCHECKED and not seen(session, sight, kind, values[parameter]):
            raise NotFound(resource=kind, id=values[parameter])


def seen(session: Session, sight: Sight, kind: str, identifier: str) -> bool:
    """Whether the object is there and seen."""
    if isinstance(sight, Whole):
        return True
    return _SEEN[kind](session, sight, identifier)


def loans_seen(session: Session, sight: Sight, identifiers: set[str]) -> set[str]:
    """Those of the loans that are seen, in one query; for requests that name many."""
    if isinstance(sight, Whole):
        return identifiers
    query = select(IndexedLoan.id).where(IndexedLoan.id.in_(identifiers), see.loans(sight))
    return set(session.scalars(query))


def _loan(session: Session, sight: Sight, identifier: str) -> bool:
    loan = identifier.lower()
    if isinstance(sight, OfTenant):  # also one that the index doesn't have yet
        return session.scalar(select(tenants.owns(sight.tenant, "loan", loan))) or False
    indexed = exists().where(IndexedLoan.id == loan, see.loans(sight))
    if isinstance(sight, OfPlatform):  # also one that this seat has just sent
        known = exists().where(IndexedLoan.id == loan)
        sent = and_(~known, exists().where(OutboxTransaction.loan == loan))
        return session.scalar(select(or_(indexed, sent))) or False
    return session.scalar(select(indexed)) or False


def _transaction(session: Session, sight: Sight, identifier: str) -> bool:
    return _found(session, select(literal(1)).where(OutboxTransaction.id == identifier, see.transactions(sight)))


def _document(session: Session, sight: Sight, identifier: str) -> bool:
    return _found(session, select(literal(1)).where(KeptDocument.id == identifier.lower(), see.documents(sight)))


def _withdrawal(session: Session, sight: Sight, identifier: str) -> bool:
    if isinstance(sight, OfTenant):  # also one that the index doesn't have yet
        return session.scalar(select(tenants.owns(sight.tenant, "withdrawal", identifier.lower()))) or False
    moved = and_(IndexedEvent.event == "WithdrawalMoved", IndexedEvent.key == identifier.lower())
    return _found(session, select(literal(1)).where(moved, see.withdrawals(sight)))


def _mandate(session: Session, sight: Sight, identifier: str) -> bool:
    return _found(session, select(literal(1)).where(MandateRow.id == identifier.lower(), see.mandates(sight)))


def _proposal(session: Session, sight: Sight, identifier: str) -> bool:
    return _found(session, select(literal(1)).where(ProposalRow.id == identifier, see.proposals(sight)))


def _party(session: Session, sight: Sight, name: str) -> bool:
    match sight:
        case OfParty(_, subject, addresses):
            return name in addresses or name.lower() == subject
        case OfTenant(tenant):
            return session.scalar(select(_among(tenant, name))) or False
        case _:
            return True


def _among(tenant: str, name: str) -> ColumnElement[bool]:
    """Whether an address or a subject is a borrower or lender of the tenant's loans; asks nothing about others."""
    own = tenants.ids(tenant, "loan")
    held = select(IndexedPosition.subject).where(IndexedPosition.loan.in_(own))
    borrowed = select(IndexedLoan.borrower).where(IndexedLoan.id.in_(own))
    subject, values = name.lower(), IndexedEvent.values
    registered = and_(IndexedEvent.event == "PartyRegistered", IndexedEvent.key.in_(borrowed))
    replaced = and_(
        IndexedEvent.event == "PartyReplaced",
        values["account"].as_string() == name,
        or_(IndexedEvent.key.in_(held), values["former"].as_string().in_(borrowed)),
    )
    return or_(
        exists().where(
            IndexedPosition.loan.in_(own), or_(IndexedPosition.subject == subject, IndexedPosition.lender == name)
        ),
        exists().where(IndexedLoan.id.in_(own), IndexedLoan.borrower == name),
        exists().where(registered, values["subject"].as_string() == subject),
        exists().where(replaced),
    )


def _found(session: Session, query: Select[int]) -> bool:
    return session.scalar(query.limit(1)) is not None


_SEEN: Final[Mapping[str, Callable[[Session, Sight, str], bool]]] = {
    "loan": _loan,
    "transaction": _transaction,
    "document": _document,
    "withdrawal": _withdrawal,
    "mandate": _mandate,
    "proposal": _proposal,
    "party": _party,
}
