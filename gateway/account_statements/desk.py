"""The bank's desk: the thread that posts what account statements say and instructs payouts, each exactly once.

It works from what is stored, so it takes up after a crash where it was: an entry without a transaction gets one in the
same commit that notes it, one whose transaction ended gets its outcome. Statements are posted in order, one at a time:
first payouts and deposits, then, when those are mined, all loan receipts together. An entry that the ledger refuses
goes to suspense with the ledger's reason and holds up no other. What hinders all work is kept as `problem`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger import calls
from chain.ledger.calls import Call
from chain.ledger.schedule import build_rows
from chain.ledger.terms import Terms
from gateway.account_statements import receipts, repository
from gateway.account_statements.entries import bank_entry, to_suspense
from gateway.account_statements.tables import Posting, StatementEntryRow, StatementRow
from gateway.database import now
from gateway.fields import raw
from gateway.indexer import repository as index
from gateway.outbox import repository as outbox
from gateway.outbox.tables import OutboxTransaction, Status
from gateway.parties import repository as parties
from gateway.payout_instructions import desk as instructions
from gateway.payout_instructions import repository as payouts
from gateway.seat import Seat

log = structlog.get_logger()

MAX_TRIES = 20
_RETRIED = frozenset({"contract.HistoryMoved", "outbox.predecessor_failed"})


class Desk:
    """Posts statements and instructs payouts for the bank's seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.problem: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="bank-desk", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its current step."""
        self._stop.set()
        self._seat.outbox.notify()
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stop.is_set():
            version = self._seat.outbox.version
            try:
                while self.step() and not self._stop.is_set():
                    self.problem = None
                self.problem = None
            except LedgerError as error:
                self.problem = error.message()
                log.warning("desk waits", code=error.code, reason=str(error))
                self._stop.wait(1.0)
            except Exception as error:
                self.problem = f"unforeseen {type(error).__name__}, see the log"
                log.exception("desk step failed")
                self._stop.wait(1.0)
            self._seat.outbox.wait_beyond(version, 2.0)

    def step(self) -> bool:
        """Does all that can be done now. True if something was done."""
        moved = instructions.step(self._seat)
        with self._seat.database.read() as session:
            statement = repository.first_unfinished(session)
        if statement is None:
            return moved
        return self._post(statement) or moved

    def _post(self, statement: StatementRow) -> bool:
        seat = self._seat
        # Asked before the transaction begins: nobody who writes shall wait for the node.
        with seat.database.read() as session:
            unsent = [row.entry for row in repository.entries(session, statement.number) if _is_new(row)]
        used = {entry for entry in unsent if seat.node.ledger.entry_used(statement.number, entry)}
        with seat.database.write() as session:
            rows = repository.entries(session, statement.number)
            for row in rows:
                if _is_new(row) and row.entry in used:
                    row.posting = Posting.POSTED
            moved = self._take_outcomes(session, rows)
            waiting = [row for row in rows if row.posting == Posting.SENT]
            pending = [row for row in rows if row.posting == Posting.PENDING]
            first = [row for row in pending if row.meaning != "LoanReceipt"]
            if first:
                for row in first:
                    self._send_first(session, row, rows, statement.principal)
                moved = True
            elif pending and not waiting:
                receipts.send(seat, session, pending, statement.principal)
                moved = True
            elif not pending and not waiting:
                found = repository.get(session, statement.number)
                assert found is not None, "a statement is never deleted"
                found.status, found.posted_at = "posted", now()
                moved = True
        if moved:
            seat.outbox.notify()
        return moved

    def _take_outcomes(self, session: Session, rows: Sequence[StatementEntryRow]) -> bool:
        """Gives entries whose transaction has ended their outcome. True if any had."""
        moved = False
        transactions = {
            t.seq: t for t in outbox.many(session, [r.transaction for r in rows if r.transaction is not None])
        }
        for row in rows:
            if row.posting != Posting.SENT or row.transaction is None:
                continue
            transaction = transactions[row.transaction]
            if transaction.status == Status.FAILED:
                shared = sum(1 for other in rows if other.transaction == row.transaction) > 1
                self._failed(row, transaction, shared)
                moved = True
            elif _succeeded(transaction, self._seat.heights.indexed):
                offset = transaction.function in ("returnPayout", "returned")
                row.posting = Posting.OFFSET if offset else Posting.POSTED
                moved = True
        session.flush()
        return moved

    def _failed(self, row: StatementEntryRow, transaction: OutboxTransaction, shared: bool) -> None:
        assert transaction.error is not None, "a failed transaction has its reason"
        code = str(transaction.error["code"])
        row.tries += 1
        if row.meaning == "LoanReceipt" and shared:
            # One bad receipt spoils its batch on chain: send each alone, so that only the bad one stays back.
            row.posting, row.transaction, row.alone = Posting.PENDING, None, True
        elif code in _RETRIED and row.tries < MAX_TRIES:
            row.posting, row.transaction = Posting.PENDING, None
        else:
            to_suspense(row, code, str(transaction.error["en"]))

    def _send_first(
        self, session: Session, row: StatementEntryRow, rows: Sequence[StatementEntryRow], principal: str
    ) -> None:
        if row.posting != Posting.PENDING:
            return  # settled together with its counterpart
        if row.meaning == "ReceiptReversed":
            self._reverse(session, row)
        elif row.meaning == "PayoutReturned":
            self._return_payout(session, row, rows, principal)
        elif row.meaning == "Deposit":
            self._credit(session, row, principal)
        elif not any(_returns(other, row) and other.posting == Posting.PENDING for other in rows):
            self._settle(session, row, principal)

    def _credit(self, session: Session, row: StatementEntryRow, principal: str) -> None:
        party = parties.by_subject(session, row.target or "")
        assert party is not None, "a deposit was classified by its party"
        self._send(session, calls.credit(party.address, row.amount, bank_entry(row)), principal, row)

    def _settle(self, session: Session, row: StatementEntryRow, principal: str) -> None:
        """A payout was booked: burn its tokens; a loan becomes active and its schedule is registered."""
        target = row.target or ""
        if target.startswith(payouts.WITHDRAWAL):
            identifier = raw(target.removeprefix(payouts.WITHDRAWAL))
            self._send(session, calls.settle_withdrawal(identifier, bank_entry(row)), principal, row)
            return
        loan = index.loan(session, target)
        if loan is None or loan.state != "Disbursing":
            to_suspense(row, "payout_not_open", "the loan is not being disbursed")
            return
        terms = Terms.from_json(loan.terms)
        call = calls.settle(
            terms, raw(target), loan.length, row.value_date, bank_entry(row), build_rows(terms, row.value_date)
        )
        self._send(session, call, principal, row)

    def _return_payout(
        self, session: Session, row: StatementEntryRow, rows: Sequence[StatementEntryRow], principal: str
    ) -> None:
        """A payout came back. Together with its own debit nothing was paid: the payout is returned on the ledger."""
        debit = next((other for other in rows if _returns(row, other) and other.posting == Posting.PENDING), None)
        if debit is None:
            to_suspense(row, "payout_already_settled", "the payout was settled before it came back")
            return
        reason = receipts.reason_hash(f"payout {row.end_to_end_id} returned")
        target = row.target or ""
        if target.startswith(payouts.WITHDRAWAL):
            call = calls.return_withdrawal(raw(target.removeprefix(payouts.WITHDRAWAL)), reason)
        else:
            loan = index.loan(session, target)
            if loan is None or loan.state != "Disbursing":
                to_suspense(row, "payout_not_open", "the loan is not being disbursed")
                return
            call = calls.return_payout(raw(target), loan.length, reason)
        self._send(session, call, principal, row, debit)

    def _reverse(self, session: Session, row: StatementEntryRow) -> None:
        """Money in suspense went back to its originator; a posted credit taken back is left open, as a shortfall."""
        for original in repository.by_servicer_reference(session, row.target or ""):
            if original.posting == Posting.SUSPENSE and original.credit and original.amount == row.amount:
                original.posting = row.posting = Posting.CLEARED
                return
        to_suspense(row, "receipt_reversed", f"the bank took back the posted credit {row.target}")

    def _send(self, session: Session, call: Call, principal: str, *rows: StatementEntryRow) -> None:
        transaction = self._seat.outbox.enqueue(session, call, principal)
        for row in rows:
            row.transaction, row.posting = transaction.seq, Posting.SENT


def _is_new(row: StatementEntryRow) -> bool:
    """Still to be sent, and posted by its own bank entry on the ledger."""
    return row.posting == Posting.PENDING and row.meaning in ("Deposit", "LoanReceipt", "PayoutSettled")


def _succeeded(transaction: OutboxTransaction, indexed: int) -> bool:
    mined = transaction.status in (Status.MINED, Status.FINAL) and not transaction.reverted
    return mined and transaction.block is not None and transaction.block <= indexed


def _returns(returned: StatementEntryRow, payout: StatementEntryRow) -> bool:
    return (
        returned.meaning == "PayoutReturned"
        and payout.meaning == "PayoutSettled"
        and returned.end_to_end_id == payout.end_to_end_id
    )
