"""What became of entries whose transaction or proposal has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy.orm import Session

from gateway.account_statements import early_orders
from gateway.account_statements.entries import propose, to_suspense
from gateway.account_statements.large_bookings import LARGE_BOOKING, MEANINGS, NEEDS_SECOND_KEY
from gateway.account_statements.tables import Posting, StatementEntryRow
from gateway.approvals import repository as proposals
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction, Status

MAX_TRIES = 20
_RETRIED = frozenset({"contract.HistoryMoved", "outbox.predecessor_failed"})
_OFFSETS = ("returnPayout", "returned")


def take(session: Session, rows: Sequence[StatementEntryRow], indexed: int, principal: str) -> bool:
    """Gives entries whose transaction is indexed, or failed, their outcome. True if any had one.

    principal: proposes what turns out to need a second person.
    """
    moved = False
    for row in rows:
        if row.posting == Posting.PROPOSED and _decided(session, row):
            moved = True
    sent = [row for row in rows if row.posting == Posting.SENT and row.transaction is not None]
    transactions = {t.seq: t for t in outbox.many(session, [row.transaction for row in sent if row.transaction])}
    batches = Counter(row.transaction for row in sent)
    for row in sent:
        transaction = transactions[row.transaction or 0]
        if transaction.status == Status.FAILED:
            _failed(session, row, transaction, batches[row.transaction] > 1, principal)
            moved = True
        elif _succeeded(transaction, indexed):
            _succeed(session, row, transaction)
            moved = True
    session.flush()
    return moved


def _decided(session: Session, row: StatementEntryRow) -> bool:
    """Whether a second person has decided on the entry's proposal; then its transaction is followed like any other."""
    proposal = proposals.by_id(session, row.proposal or "")
    assert proposal is not None, "a proposal is never deleted"
    if proposal.status == "approved":
        row.posting, row.transaction = Posting.SENT, proposal.operation
        return True
    if proposal.status == "withdrawn":
        if row.posting == Posting.PROPOSED:
            to_suspense(row, "proposal_withdrawn", f"the proposal {proposal.id} was withdrawn")
        return True
    return False


def _failed(
    session: Session, row: StatementEntryRow, transaction: OutboxTransaction, shared: bool, principal: str
) -> None:
    assert transaction.error is not None, "a failed transaction has its reason"
    code = str(transaction.error["code"])
    row.tries += 1
    order = early_orders.carried_out_by(session, row.statement, row.entry)
    if order is not None and order.status == "open":
        order.statement = order.entry = None
        if code not in _RETRIED:
            order.status = "refused"  # then the receipt is posted as an ordinary one
            row.posting, row.transaction = Posting.PENDING, None
            return
    if row.proposal is not None:
        # What was approved does not fit any more: looked at anew, and proposed again if it still needs to be.
        row.posting, row.transaction, row.proposal = Posting.PENDING, None, None
        if row.tries >= MAX_TRIES:
            to_suspense(row, code, str(transaction.error["en"]))
    elif row.meaning == "LoanReceipt" and shared:
        # One bad receipt spoils its batch on chain: sent again in halves, until only the bad one stays back.
        row.posting, row.transaction, row.split = Posting.PENDING, None, row.split + 1
    elif code == NEEDS_SECOND_KEY and row.meaning in MEANINGS:
        loan = row.target if row.meaning == "LoanReceipt" else None
        propose(session, LARGE_BOOKING, {"statement": row.statement, "entry": row.entry}, loan, principal, [row])
    elif row.tries < MAX_TRIES and (code in _RETRIED or row.suspending):
        row.posting, row.transaction = Posting.UNPLACED if row.suspending else Posting.PENDING, None
    else:
        to_suspense(row, code, str(transaction.error["en"]))


def _succeed(session: Session, row: StatementEntryRow, transaction: OutboxTransaction) -> None:
    if row.suspending:
        row.posting, row.suspending = Posting.SUSPENSE, False
        return
    offset = transaction.function in _OFFSETS
    row.posting = Posting.OFFSET if offset else Posting.POSTED
    if transaction.function == "returnSuspense":
        row.posting = Posting.CLEARED
    order = early_orders.carried_out_by(session, row.statement, row.entry)
    if order is not None:
        order.status = "used"


def _succeeded(transaction: OutboxTransaction, indexed: int) -> bool:
    mined = transaction.status in (Status.MINED, Status.FINAL) and not transaction.reverted
    return mined and transaction.block is not None and transaction.block <= indexed
