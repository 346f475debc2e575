"""What becomes of repayments whose transaction has ended: posted, or found out which one of many spoiled the rest.

A transaction with many repayments fails as a whole. Then each loan's repayments are tried alone on the node: those that
the ledger refuses end with its reason, or wait for a second person, and the others are sent again together. If each is
taken alone and only all together are not (the key's limit, the block's size), they are sent again in halves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.errors import NodeRefused, NodeUnreachable
from gateway.approvals import repository as proposals
from gateway.approvals.tables import ProposalRow
from gateway.database import now
from gateway.node import Trial
from gateway.outbox import repository as outbox
from gateway.outbox.states import stored_error
from gateway.outbox.tables import OutboxTransaction
from gateway.repayments import repository
from gateway.repayments.errors import RepaymentWithdrawn
from gateway.repayments.receipts import by_loan, collecting, send
from gateway.repayments.service import LARGE_REPAYMENT
from gateway.repayments.tables import RepaymentRow, RepaymentStatus
from gateway.seat import Seat

NEEDS_SECOND_KEY = "contract.ApprovalMissing"
_GAS = 10_000_000  # of a trial: more than the largest chunk of one loan takes
_AGAIN = frozenset({"outbox.predecessor_failed"})


@dataclass(frozen=True)
class _Verdict:
    """Which loans of a failed transaction the ledger refuses when they are tried alone, with its reason."""

    refused: Mapping[str, LedgerError]


def step(seat: Seat) -> bool:
    """Gives what has ended its outcome. True if something changed."""
    with seat.database.read() as session:
        ended, waiting = repository.has_ended(session), bool(repository.proposed(session))
        failed = repository.failed(session) if ended else []
        verdicts = {seq: _judge(seat, rows) for seq, rows in _by_transaction(failed).items() if len(rows) > 1}
    if not ended and not waiting:
        return False
    with seat.database.write() as session:
        moved = repository.note_posted(session) > 0
        for seq, rows in _by_transaction(repository.failed(session)).items():
            transaction = outbox.get(session, seq)
            assert transaction is not None, "a transaction is never deleted"
            if len(rows) == 1 or seq in verdicts:
                _failed(seat, session, transaction, rows, verdicts.get(seq))
                moved = True
        for row in repository.proposed(session):
            moved = _decided(session, row) or moved
    if moved:
        seat.outbox.notify()
    return moved


def _by_transaction(rows: Sequence[RepaymentRow]) -> dict[int, list[RepaymentRow]]:
    found: dict[int, list[RepaymentRow]] = {}
    for row in rows:
        assert row.transaction is not None, "what was sent has a transaction"
        found.setdefault(row.transaction, []).append(row)
    return found


def _judge(seat: Seat, rows: Sequence[RepaymentRow]) -> _Verdict:
    """Tries each loan's repayments alone on the node's latest state."""
    sender = seat.policy.key_for("LoanEscrow", "collect").address
    target = seat.contracts.address("LoanEscrow")
    groups = by_loan(rows)
    trials = [Trial(sender, target, "0x" + seat.contracts.encode(collecting(group)).hex(), _GAS) for group in groups]
    refused: dict[str, LedgerError] = {}
    for group, answer in zip(groups, seat.node.tried(trials), strict=True):
        if isinstance(answer, NodeUnreachable | NodeRefused):
            raise answer
        if isinstance(answer, LedgerError):
            refused[group[0].loan] = answer
    return _Verdict(refused)


def _failed(
    seat: Seat,
    session: Session,
    transaction: OutboxTransaction,
    rows: Sequence[RepaymentRow],
    verdict: _Verdict | None,
) -> None:
    assert transaction.error is not None, "a failed transaction has its reason"
    if transaction.error["code"] in _AGAIN:
        send(seat, session, rows)
    elif verdict is None:
        _end(session, rows[0], dict(transaction.error))
    elif not verdict.refused:
        for row in rows:
            row.split += 1
        send(seat, session, rows, size=max(1, len(rows) // 2))
    else:
        good = [row for row in rows if row.loan not in verdict.refused]
        if good:
            send(seat, session, good)
        for group in by_loan(row for row in rows if row.loan in verdict.refused):
            if len(group) == 1:
                _end(session, group[0], stored_error(verdict.refused[group[0].loan]))
            else:  # its first ones may still be taken
                send(seat, session, group, size=max(1, len(group) // 2))


def _end(session: Session, row: RepaymentRow, error: dict[str, object]) -> None:
    """The ledger's last word on one repayment; what needs a second key is proposed instead, once."""
    if error["code"] == NEEDS_SECOND_KEY and row.proposal is None:
        identifier = uuid4().hex
        session.add(
            ProposalRow(
                id=identifier, kind=LARGE_REPAYMENT, request={"repayment": row.id}, loan=row.loan, status="proposed",
                proposer=row.principal, created_at=now(),
            )
        )  # fmt: skip
        row.status, row.proposal, row.transaction = RepaymentStatus.PROPOSED, identifier, None
        return
    row.status, row.error = RepaymentStatus.FAILED, error


def _decided(session: Session, row: RepaymentRow) -> bool:
    """Whether a second person has decided; what was approved is followed like any other."""
    proposal = proposals.by_id(session, row.proposal or "")
    assert proposal is not None, "a proposal is never deleted"
    if proposal.status == "approved":
        row.status, row.transaction = RepaymentStatus.SENT, proposal.operation
        return True
    if proposal.status == "withdrawn":
        row.status, row.error = RepaymentStatus.FAILED, stored_error(RepaymentWithdrawn(id=proposal.id))
        return True
    return False
