"""Payouts above the limit of the seat, or of the key that instructs them: a second person approves each first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from chain.bank.amounts import text_from_minor
from chain.ledger import calls
from chain.ledger.calls import Call
from gateway.approvals import repository as proposals
from gateway.approvals.actions import Operation, builds
from gateway.approvals.tables import ProposalRow
from gateway.database import now
from gateway.errors import NotFound, ProposalDecided
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.outbox.states import stored_error
from gateway.payout_instructions import repository
from gateway.payout_instructions.tables import InstructionItemRow, InstructionRow, ItemState
from gateway.seat import Seat

LARGE_PAYOUT = "large_payout"
NEEDS_SECOND_KEY = "contract.ApprovalMissing"


@builds(LARGE_PAYOUT)
def large_payout(seat: Seat, session: Session, request: Mapping[str, Any]) -> Operation:
    """Instructs one payout of an order. request: order (its seq) and number."""
    item = session.get(InstructionItemRow, (request["order"], request["number"]))
    order = session.get(InstructionRow, request["order"])
    if item is None or order is None:
        raise NotFound(resource="payout", id=f"{request['order']}-{request['number']}")
    readable = {
        "operation": "instruct a payout above the booking key's limit",
        "order": f"{order.id}, payout {item.number}",
        "payee": item.payee,
        "amount": f"{text_from_minor(item.amount)} {seat.currency}",
        "for": item.target,
    }
    return Operation(call_of(session, item, raw(order.file_hash)), readable)


def call_of(session: Session, item: InstructionItemRow, instruction_hash: bytes) -> Call:
    """The call that notes the payout as instructed."""
    if item.target.startswith(repository.WITHDRAWAL):
        return calls.instruct_withdrawal(raw(item.target.removeprefix(repository.WITHDRAWAL)), instruction_hash)
    loan = index.loan(session, item.target)
    assert loan is not None, "an ordered loan is indexed"
    return calls.instruct(raw(item.target), loan.length, instruction_hash)


def needs_another_person(seat: Seat, item: InstructionItemRow) -> bool:
    """Whether the payout is above the seat's own limit. One that has to be sent anew has to be approved anew."""
    limit = seat.settings.four_eyes_above
    return limit is not None and item.amount > limit


def propose(session: Session, item: InstructionItemRow, principal: str) -> None:
    """Has the payout wait for a second person."""
    item.proposal = uuid4().hex
    session.add(
        ProposalRow(
            id=item.proposal, kind=LARGE_PAYOUT, request={"order": item.instruction, "number": item.number},
            loan=None if item.target.startswith(repository.WITHDRAWAL) else item.target, status="proposed",
            proposer=principal, created_at=now(),
        )
    )  # fmt: skip
    item.state = ItemState.PROPOSED


def take_decision(session: Session, item: InstructionItemRow) -> bool:
    """Follows what the second person decided. False while nobody did."""
    proposal = proposals.by_id(session, item.proposal or "")
    assert proposal is not None, "a proposal is never deleted"
    if proposal.status == "approved":
        item.state, item.transaction = ItemState.SENT, proposal.operation
        return True
    if proposal.status == "withdrawn":
        item.state = ItemState.FAILED
        item.error = stored_error(ProposalDecided(id=proposal.id, status=proposal.status))
        return True
    return False
