"""Who sees what, as conditions inside queries: what is not seen is not read.

A sight is made once for a request. `Whole` is the seat's own organisation and needs no condition; the others say which
loans, transactions, documents, proposals and withdrawals are theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import Session

from gateway.approvals.tables import ProposalRow
from gateway.auth.actors import SEAT_TENANT, Actor
from gateway.authorisation import tenants
from gateway.documents.tables import DocumentGrant, KeptDocument
from gateway.indexer.tables import IndexedEvent, IndexedLoan, IndexedPosition
from gateway.outbox.tables import OF_TENANTS, OutboxTransaction
from gateway.payments.tables import MandateRow


@dataclass(frozen=True)
class Whole:
    """All that the seat sees."""


@dataclass(frozen=True)
class OfPlatform:
    """A platform's own people: all of the seat's but loans of other platforms. root: the platform's address."""

    root: str


@dataclass(frozen=True)
class OfTenant:
    """What actors of one tenant made at this seat, and facts of the ledger that belong to nobody."""

    tenant: str


@dataclass(frozen=True)
class OfParty:
    """What concerns one party. addresses: all that stood for its subject; none if its key no longer stands for one."""

    actor: str
    subject: str | None
    addresses: frozenset[str]


Sight: TypeAlias = Whole | OfPlatform | OfTenant | OfParty
WHOLE = Whole()


def sight_of(actor: Actor, platform: str | None, *, reads_all: bool) -> Sight | None:
    """The actor's sight; None for a party, whose addresses have to be looked up, see `party_sight`.

    platform: the root of the platform whose seat this is, None at other seats. reads_all: has `ledger.read_all`.
    """
    if actor.kind == "party":
        return None
    if actor.tenant != SEAT_TENANT:
        return OfTenant(actor.tenant)
    return WHOLE if reads_all or platform is None else OfPlatform(platform)


def party_sight(session: Session, actor: Actor) -> OfParty:
    """The sight of a party: of the subject that its address stands for now, by all addresses that ever did."""
    assert actor.address is not None, "a party has its address"
    subject = _subject_of(session, actor.address)
    if subject is None:
        return OfParty(actor.id, None, frozenset())
    query = select(IndexedEvent).where(IndexedEvent.event == "PartyReplaced", IndexedEvent.key == subject)
    replaced = session.scalars(query.order_by(IndexedEvent.position)).all()
    if replaced and str(replaced[-1].values["account"]) != actor.address:
        return OfParty(actor.id, None, frozenset())  # its key was replaced: whoever holds it now sees nothing
    addresses = {str(event.values[name]) for event in replaced for name in ("former", "account")}
    return OfParty(actor.id, subject, frozenset(addresses | {actor.address}))


def _subject_of(session: Session, address: str) -> str | None:
    registered = select(IndexedEvent).where(IndexedEvent.event == "PartyRegistered", IndexedEvent.key == address)
    event = session.scalar(registered.order_by(IndexedEvent.position.desc()).limit(1))
    if event is None:
        replaced = select(IndexedEvent).where(
            IndexedEvent.event == "PartyReplaced", IndexedEvent.values["account"].as_string() == address
        )
        event = session.scalar(replaced.order_by(IndexedEvent.position.desc()).limit(1))
    return None if event is None else str(event.values["subject"])


# --- conditions


def loans(sight: Sight) -> ColumnElement[bool]:
    """Which rows of the index's loans are seen."""
    match sight:
        case Whole():
            return true()
        case OfPlatform(root):
            return IndexedLoan.platform == root
        case OfTenant(tenant):
            return IndexedLoan.id.in_(tenants.ids(tenant, "loan"))
        case OfParty(_, _, addresses):
            held = select(IndexedPosition.loan).where(IndexedPosition.lender.in_(addresses))
            return or_(IndexedLoan.borrower.in_(addresses), IndexedLoan.id.in_(held))


def transactions(sight: Sight) -> ColumnElement[bool]:
    """Which rows of the outbox are seen."""
    match sight:
        case Whole() | OfPlatform():
            return true()
        case OfTenant(tenant):
            return and_(OutboxTransaction.tenant == tenant, OF_TENANTS)  # both: the index is of such rows only
        case OfParty(actor, _, _):
            return OutboxTransaction.principal == actor


def documents(sight: Sight) -> ColumnElement[bool]:
    """Which kept documents are seen: a party's are those granted to its address."""
    match sight:
        case Whole() | OfPlatform():
            return true()
        case OfTenant(tenant):
            return KeptDocument.id.in_(tenants.ids(tenant, "document"))
        case OfParty(_, _, addresses):
            return KeptDocument.id.in_(select(DocumentGrant.document).where(DocumentGrant.reader.in_(addresses)))


def proposals(sight: Sight) -> ColumnElement[bool]:
    """Which proposals are seen: a tenant's are its own, a party's are those that it made."""
    match sight:
        case Whole() | OfPlatform():
            return true()
        case OfTenant(tenant):
            return ProposalRow.id.in_(tenants.ids(tenant, "proposal"))
        case OfParty(actor, _, _):
            return ProposalRow.proposer == actor


def withdrawals(sight: Sight) -> ColumnElement[bool]:
    """Which WithdrawalMoved events are seen."""
    match sight:
        case Whole() | OfPlatform():
            return true()
        case OfTenant(tenant):
            return IndexedEvent.key.in_(tenants.ids(tenant, "withdrawal"))
        case OfParty(_, _, addresses):
            holder: ColumnElement[str] = IndexedEvent.values["holder"].as_string()
            return holder.in_(addresses)


def mandates(sight: Sight) -> ColumnElement[bool]:
    """Which mandates of a loan that is seen are seen: a party's own only."""
    return MandateRow.payer.in_(sight.addresses) if isinstance(sight, OfParty) else true()


def parties(sight: Sight) -> ColumnElement[bool]:
    """Which PartyRegistered events are seen: a tenant's are the borrowers and lenders of its loans."""
    subject: ColumnElement[str] = IndexedEvent.values["subject"].as_string()
    match sight:
        case Whole() | OfPlatform():
            return true()
        case OfTenant(tenant):
            own = tenants.ids(tenant, "loan")
            held = select(IndexedPosition.subject).where(IndexedPosition.loan.in_(own))
            borrowed = select(IndexedLoan.borrower).where(IndexedLoan.id.in_(own))
            return or_(subject.in_(held), IndexedEvent.key.in_(borrowed))
        case OfParty(_, None, _):
            return false()
        case OfParty(_, own_subject, _):
            return subject == own_subject
