"""Whether a second person has approved exactly one call, byte for byte: on the ledger, or at this seat.

On the ledger: an approval in `Approvals` that may still be used, by another key of a member whose role suffices. At the
seat: a proposal that one person made and another approved as it was shown, for this very action. The signer asks here
itself; what a route or a desk has checked before does not count.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from chain.ledger.calls import Call
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import action_of
from chain.ledger.errors import ContractError
from chain.ledger.roles import Role, second_key_of
from gateway.approvals.tables import ProposalRow
from gateway.indexer.hexes import hex_of
from gateway.indexer.tables import IndexedEvent
from gateway.signing.stored_amounts import business_date

_EVENTS = ("Approved", "ApprovalUsed", "ApprovalWithdrawn")


def require_approval(
    session: Session, consortium: Consortium, role: Role, sender: str, call: Call, target: str, data: bytes
) -> None:
    """Raises the contracts' own ApprovalMissing unless somebody else approved this call for `sender`."""
    action = hex_of(action_of(target, data))
    needed = second_key_of(call.contract, call.function)
    roles = frozenset({role}) if needed is None else needed.roles
    members = {member.number for member in consortium.members if member.role in roles}
    if not (_at_the_seat(session, action) or _on_the_ledger(session, action, sender, members)):
        raise ContractError("ApprovalMissing", {"action": action})


def _at_the_seat(session: Session, action: str) -> bool:
    query = select(ProposalRow).where(ProposalRow.action == action, ProposalRow.status == "approved")
    return any(row.approver is not None and row.approver != row.proposer for row in session.scalars(query))


def _on_the_ledger(session: Session, action: str, sender: str, members: set[int]) -> bool:
    query = select(IndexedEvent).where(IndexedEvent.event.in_(_EVENTS), IndexedEvent.key == action)
    standing: dict[str, int] = {}  # key that approved -> last business date
    for event in session.scalars(query.order_by(IndexedEvent.position)):
        by = str(event.values["by"])
        if event.event != "Approved":
            standing.pop(by, None)
        elif int(event.values["member"]) in members and by.lower() != sender.lower():
            standing[by] = int(event.values["validThrough"])
    if not standing:
        return False
    today = business_date(session)
    revoked = {
        str(event.values["key"])
        for event in session.scalars(select(IndexedEvent).where(IndexedEvent.event == "KeyRevoked"))
    }
    return any(by not in revoked and (today == "start" or int(today) <= last) for by, last in standing.items())
