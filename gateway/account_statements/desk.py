"""The bank's desk: the thread that posts what account statements say and instructs payouts, each exactly once.

It works from what is stored, so it takes up after a crash where it was: an entry without a transaction gets one in the
same commit that notes it, one whose transaction ended gets its outcome. Statements are posted in order, one at a time:
first payouts and deposits, then, when those are mined, all loan receipts together. An entry that the ledger refuses
goes to suspense with the ledger's reason and holds up no other; what needs two people is proposed and waited for. What
hinders all work is kept as `problem`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from gateway.account_statements import placing, receipts, repository, suspense
from gateway.account_statements.outcomes import take
from gateway.account_statements.tables import OPEN, Posting, StatementEntryRow, StatementRow
from gateway.database import now
from gateway.events import statements as events
from gateway.payout_instructions import desk as instructions
from gateway.repayments import desk as repayments
from gateway.seat import Seat

log = structlog.get_logger()
_LONGEST_REST = 0.25  # seconds


@dataclass(frozen=True)
class _Asked:
    """What the node was asked before the write begins: nobody who writes shall wait for it."""

    used: frozenset[int]
    today: date


class Desk:
    """Posts statements and instructs payouts for the bank's seat."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self.problem: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """As a duty."""
        return "desk"

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
            version, looked = self._seat.outbox.version, 0.0
            try:
                moved = True
                while moved and not self._stop.is_set():
                    began = time.monotonic()
                    moved = self.step()
                    self.problem, looked = None, time.monotonic() - began
            except LedgerError as error:
                self.problem = error.message()
                log.warning("desk waits", code=error.code, reason=str(error))
                self._stop.wait(1.0)
            except Exception as error:
                self.problem = f"unforeseen {type(error).__name__}, see the log"
                log.exception("desk step failed")
                self._stop.wait(1.0)
            # Hundreds of changes a second may have nothing for it: it looks in vain a fifth of the time at most.
            self._stop.wait(min(4 * looked, _LONGEST_REST))
            self._seat.outbox.wait_beyond(version, 2.0)

    def step(self) -> bool:
        """Does all that can be done now. True if something was done."""
        moved = instructions.step(self._seat)
        moved = repayments.step(self._seat) or moved
        moved = self._follow_suspense() or moved
        with self._seat.database.read() as session:
            statement = repository.first_unfinished(session)
        if statement is None:
            return moved
        return self._post(statement) or moved

    def _follow_suspense(self) -> bool:
        with self._seat.database.read() as session:
            waiting = any(row.proposal is not None for row in repository.in_suspense(session))
        if not waiting:
            return False
        with self._seat.database.write() as session:
            rows = repository.in_suspense(session)
            before = {(row.statement, row.entry): row.posting for row in rows}
            moved = suspense.take_outcomes(session, self._seat.heights.indexed)
            events.outcomes(session, rows, before, self._seat.currency)
        if moved:
            self._seat.outbox.notify()
        return moved

    def _post(self, statement: StatementRow) -> bool:
        seat = self._seat
        asked = self._ask(statement.number)
        with seat.database.write() as session:
            rows = repository.entries(session, statement.number)
            before = {(row.statement, row.entry): row.posting for row in rows}
            for row in rows:
                if _is_new(row) and row.entry in asked.used:
                    row.posting = Posting.SUSPENSE if row.posting == Posting.UNPLACED else Posting.POSTED
            moved = take(session, rows, seat.heights.indexed, statement.principal)
            moved = self._send(session, statement, rows, asked.today) or moved
            events.outcomes(session, rows, before, seat.currency)
            if not any(row.posting in OPEN for row in rows):
                found = repository.get(session, statement.number)
                assert found is not None, "a statement is never deleted"
                found.status, found.posted_at = "posted", now()
                events.posted(session, found.number, found.statement_id, found.date)
                moved = True
        if moved:
            seat.outbox.notify()
        return moved

    def _ask(self, number: int) -> _Asked:
        seat = self._seat
        with seat.database.read() as session:
            rows = repository.entries(session, number)
            unsent = [row.entry for row in rows if _is_new(row)]
            pending = [row for row in rows if row.posting == Posting.PENDING and row.meaning == "LoanReceipt"]
            receipts.warm(seat, session, pending)
            placing.warm(seat, session, rows)
        used = frozenset(entry for entry in unsent if seat.node.ledger.entry_used(number, entry))
        return _Asked(used, seat.node.ledger.business_date())

    def _send(self, session: Session, statement: StatementRow, rows: Sequence[StatementEntryRow], today: date) -> bool:
        """Sends what can go now: payouts, deposits and suspense first, receipts when nothing is on its way."""
        seat, principal = self._seat, statement.principal
        first = [row for row in rows if row.posting == Posting.PENDING and row.meaning != "LoanReceipt"]
        placed = [placing.send(seat, session, row, rows, principal) for row in first]
        unplaced = [row for row in rows if row.posting == Posting.UNPLACED]
        for row in unplaced:
            placing.suspend(seat, session, row, principal)
        if any(placed) or unplaced:
            return True
        pending = [row for row in rows if row.posting == Posting.PENDING and row.meaning == "LoanReceipt"]
        if pending and not any(row.posting == Posting.SENT for row in rows):
            return receipts.send(seat, session, pending, principal, today)
        return False


def _is_new(row: StatementEntryRow) -> bool:
    """Still to be sent, and posted by its own bank entry on the ledger."""
    if row.posting == Posting.UNPLACED:
        return True
    return row.posting == Posting.PENDING and row.meaning in ("Deposit", "LoanReceipt", "PayoutSettled")
