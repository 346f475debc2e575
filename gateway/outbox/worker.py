"""The thread that sends: queued -> signed -> sent -> mined -> final or failed, safe to be killed after every step.

What holds at every moment: a transaction is broadcast only after its raw form is stored; a nonce is given out only
with a stored raw transaction that uses it, in order, above all that chain and outbox know; a call whose simulation is
refused gets no nonce. A call waits while an earlier one of its loan is not mined, whichever of the seat's keys sends
it, and one that is refused while earlier ones of the seat are on their way is tried again after them. Runs alone: one
worker per key.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.errors import (
    AlreadyKnown,
    ContractError,
    InsufficientFunds,
    NodeRefused,
    NodeUnreachable,
    NonceTooLow,
    Underpriced,
)
from gateway.database import Database, now
from gateway.errors import Dropped, KeyNotAllowed, PredecessorFailed, SeatNotAllowed, SigningRefused
from gateway.node import Heights, Node, Receipt
from gateway.outbox import repository
from gateway.outbox.reasons import never_fits, revert_reason
from gateway.outbox.service import Outbox
from gateway.outbox.states import set_failed, set_status, stored_error, unmine
from gateway.outbox.tables import Attempt, OutboxTransaction, Status
from gateway.signing.signer import Signer, Unsigned

log = structlog.get_logger()

_Change = Callable[[OutboxTransaction, Session], None]
_GROUP = 64  # transactions signed in one commit


@dataclass(frozen=True)
class Pace:
    """How patient the worker is, in seconds, and the lowest gas price it offers, wei."""

    poll: float
    resend: float
    replace: float
    fee_floor: int


class OutboxWorker:
    """Sends the outbox of one key."""

    def __init__(
        self,
        database: Database,
        node: Node,
        heights: Heights,
        signer: Signer,
        outbox: Outbox,
        chain_id: int,
        pace: Pace,
    ) -> None:
        self._database = database
        self._node = node
        self._heights = heights
        self._signer = signer
        self._outbox = outbox
        self._chain_id = chain_id
        self._pace = pace
        self._wake = outbox.waker()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._height = -1
        self._followed_at = 0.0
        self._refused_at: dict[int, int] = {}  # seq -> height of the last refused simulation
        self._sent_at: dict[int, float] = {}  # seq -> when it was last handed to the node, this process
        self._first_sent: dict[int, float] = {}
        self.problem: str | None = None
        self._refusal: str | None = None
        self._changes: list[tuple[int, _Change, tuple[Status, ...] | None]] = []

    def start(self) -> None:
        """Starts the thread; it takes up whatever an earlier process left."""
        self._thread = threading.Thread(target=self._run, name=f"outbox {self._signer.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its current step."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                busy = self.step()
                self.problem = self._refusal
            except LedgerError as error:
                self.problem = error.message()
                log.warning("outbox waits", code=error.code, reason=str(error))
                busy = True
                self._stop.wait(min(1.0, self._pace.poll * 5))
            except Exception:
                self.problem = "unforeseen error, see the log"
                log.exception("outbox step failed")
                busy = True
                self._stop.wait(1.0)
            self._wake.wait(self._pace.poll if busy else 2.0)
            self._wake.clear()

    def step(self) -> bool:
        """Moves every transaction as far as it goes now. True if some are still on their way."""
        with self._database.read() as session:
            rows = repository.by_status(
                session, Status.QUEUED, Status.SIGNED, Status.SENT, Status.MINED, sender=self._signer.address
            )
        if not rows:
            return False
        self._refusal = None
        try:
            self._advance(rows)
        finally:
            self._store()
        return True

    def _advance(self, rows: Sequence[OutboxTransaction]) -> None:
        height = self._node.height()
        moved = height != self._height or time.monotonic() - self._followed_at > 1.0
        self._height = height
        sent = [row for row in rows if row.status == Status.SENT]
        if moved:
            self._followed_at = time.monotonic()
            sent = self._follow(sent)
        self._settle([row for row in rows if row.status == Status.MINED])
        for row in rows:
            if row.status == Status.SIGNED:
                self._broadcast(row)
        self._resend(sent)
        self._store()
        if any(row.status == Status.QUEUED for row in rows):
            self._send_queued()

    # --- queued -> signed -> sent

    def _send_queued(self) -> None:
        with self._database.read() as session:
            rows = repository.by_status(session, Status.QUEUED, Status.SIGNED, Status.SENT)
            predecessors = repository.many(session, [row.after for row in rows if row.after is not None])
        ended = {row.seq: row for row in predecessors}
        lanes: set[str] = set()
        open_before = False  # an earlier transaction of the seat is not mined yet
        ready: list[tuple[OutboxTransaction, int]] = []
        for row in rows:
            mine = row.sender == self._signer.address and row.status == Status.QUEUED
            if mine and len(ready) < _GROUP and (row.loan is None or row.loan not in lanes):
                gas = self._simulate(row, ended.get(row.after) if row.after else None, open_before)
                if gas is not None:
                    ready.append((row, gas))
            if row.loan is not None:
                lanes.add(row.loan)
            open_before = True
        if ready:
            self._sign(ready)

    def _simulate(self, row: OutboxTransaction, before: OutboxTransaction | None, open_before: bool) -> int | None:
        """Gas to allow, or None if the transaction has to wait or has failed."""
        if before is not None and before.status == Status.FAILED:
            self._fail(row, PredecessorFailed(transaction=before.id))
            return None
        if before is not None and (before.status not in (Status.MINED, Status.FINAL) or before.reverted):
            # Only nonces of one key keep an unmined transaction and the one behind it in order.
            flying = before.status in (Status.SIGNED, Status.SENT) and before.sender == row.sender
            return row.behind_gas if flying else None
        if open_before and self._refused_at.get(row.seq) == self._height:
            return None
        try:
            return self._node.estimate(self._signer.address, row.to, bytes.fromhex(row.data[2:]))
        except (NodeUnreachable, InsufficientFunds):
            raise
        except NodeRefused as refused:
            self._refused_by_node(row, refused)
        except LedgerError as error:
            self._refused_by_contract(row, error, open_before)
        return None

    def _refused_by_node(self, row: OutboxTransaction, refused: NodeRefused) -> None:
        if never_fits(refused):
            self._fail(row, Dropped(reason=refused.params["reason"]))
            return
        self._refusal = refused.message()  # what the node has against this one holds up no other
        self._waits(row, self._refusal)

    def _refused_by_contract(self, row: OutboxTransaction, error: LedgerError, open_before: bool) -> None:
        if open_before:
            self._refused_at[row.seq] = self._height
            self._waits(row, error.message())
        else:
            self._refused_at.pop(row.seq, None)
            self._fail(row, error)

    def _waits(self, row: OutboxTransaction, reason: str) -> None:
        reason = reason[:400]
        if row.waiting_for != reason:
            self._change(row.seq, lambda fresh, _: setattr(fresh, "waiting_for", reason))

    def _sign(self, ready: Sequence[tuple[OutboxTransaction, int]]) -> None:
        gone = self._signer.probe()  # before the write: an HSM that is away may take seconds to say so
        if gone is not None:
            raise gone
        fees = self._node.fees(self._pace.fee_floor)
        limit = self._node.gas_limit()
        counted = self._node.transaction_count(self._signer.address)
        signed: list[OutboxTransaction] = []
        with self._database.write() as session:
            nonce = max(counted, repository.next_free_nonce(session, self._signer.address))
            for row, gas in ready:
                fresh = repository.get(session, row.seq)
                if fresh is None or fresh.status != Status.QUEUED:
                    continue
                try:
                    self._attempt(session, fresh, nonce, min(gas * 13 // 10 + 30_000, limit), fees)
                except (SeatNotAllowed, KeyNotAllowed, SigningRefused, ContractError) as error:
                    set_failed(fresh, error)
                    continue
                nonce += 1
                signed.append(fresh)
        self._outbox.notify()
        for row in signed:
            self._broadcast(row)

    def _attempt(self, session: Session, row: OutboxTransaction, nonce: int, gas: int, fees: dict[str, int]) -> Attempt:
        data = bytes.fromhex(row.data[2:])
        unsigned = Unsigned(self._chain_id, nonce, row.to, data, gas, fees, reference=row.id)
        signed = self._signer.sign(unsigned, session)
        attempt = Attempt(
            hash=signed.hash, transaction=row.seq, nonce=nonce, raw=signed.raw, gas=gas, fees=fees, created_at=now(),
            replaced=False,
        )  # fmt: skip
        session.add(attempt)
        row.nonce, row.hash, row.status, row.waiting_for, row.updated_at = (
            nonce,
            signed.hash,
            Status.SIGNED,
            None,
            now(),
        )
        return attempt

    def _broadcast(self, row: OutboxTransaction) -> None:
        with self._database.read() as session:
            attempt = repository.attempts(session, row.seq)[0]
        try:
            self._node.send(attempt.raw)
        except (AlreadyKnown, NonceTooLow):
            pass  # the node has it, or mined it, or its nonce went elsewhere: the receipt and `_resend` tell which
        except Underpriced:
            self._reprice(row, attempt)
            return
        except NodeRefused as refused:
            # It may have taken the transaction all the same: only what fits in no block is given up.
            if not (never_fits(refused) and self._give_nonce_back(row, refused)):
                self._refusal = refused.message()
            return
        moment = time.monotonic()
        self._sent_at[row.seq] = moment
        self._first_sent.setdefault(row.seq, moment)
        self._change(row.seq, lambda fresh, _: set_status(fresh, Status.SENT), expected=(Status.SIGNED, Status.SENT))

    def _give_nonce_back(self, row: OutboxTransaction, refused: NodeRefused) -> bool:
        """Fails a transaction that the node won't take, if no later nonce is given out; its nonce is then free."""
        given_back = False
        with self._database.write() as session:
            fresh = repository.get(session, row.seq)
            free = repository.next_free_nonce(session, self._signer.address)
            if fresh is not None and fresh.nonce is not None and free == fresh.nonce + 1:
                set_failed(fresh, Dropped(reason=refused.params["reason"]))
                fresh.nonce = None
                given_back = True
        self._outbox.notify()
        return given_back

    def _reprice(self, row: OutboxTransaction, attempt: Attempt) -> None:
        """Signs the same call and nonce again for at least a quarter more; the older attempt may still be mined."""
        fees = self._node.fees(self._pace.fee_floor)
        raised = {name: max(fees.get(name, 0), price * 5 // 4 + 1) for name, price in attempt.fees.items()}
        with self._database.write() as session:
            fresh = repository.get(session, row.seq)
            if fresh is None or fresh.status not in (Status.SIGNED, Status.SENT):
                return
            for older in repository.attempts(session, row.seq):
                older.replaced = True
            self._attempt(session, fresh, attempt.nonce, attempt.gas, raised)
        log.info("outbox raises a price", transaction=row.id, nonce=attempt.nonce)
        self._first_sent[row.seq] = time.monotonic()
        self._outbox.notify()

    # --- sent -> mined -> final | failed

    def _follow(self, rows: Sequence[OutboxTransaction]) -> list[OutboxTransaction]:
        """Notes what is mined; returns the others."""
        left = []
        for row in rows:
            receipt = self._receipt(row)
            if receipt is not None:
                self._mined(row, receipt)
            else:
                left.append(row)
        return left

    def _receipt(self, row: OutboxTransaction) -> Receipt | None:
        with self._database.read() as session:
            hashes = [attempt.hash for attempt in repository.attempts(session, row.seq)]
        for transaction_hash in hashes:
            receipt = self._node.receipt(transaction_hash)
            if receipt is not None:
                return receipt
        return None

    def _mined(self, row: OutboxTransaction, receipt: Receipt) -> None:
        error = None if receipt.succeeded else revert_reason(self._node, self._signer.address, row, receipt)

        def change(fresh: OutboxTransaction, _: Session) -> None:
            fresh.hash, fresh.block, fresh.block_hash = receipt.hash, receipt.block, receipt.block_hash
            fresh.gas_used, fresh.reverted = receipt.gas_used, not receipt.succeeded
            fresh.error = None if error is None else stored_error(error)
            set_status(fresh, Status.MINED)

        self._change(row.seq, change)
        self._sent_at.pop(row.seq, None)
        self._first_sent.pop(row.seq, None)

    def _settle(self, rows: Sequence[OutboxTransaction]) -> None:
        for row in rows:
            if row.block is None or row.block > self._heights.confirmed:
                continue
            receipt = self._receipt(row)
            if receipt is None:  # a reorganisation took it out
                self._change(row.seq, lambda fresh, _: unmine(fresh))
            elif (receipt.block, receipt.block_hash) != (row.block, row.block_hash):
                self._mined(row, receipt)
            elif row.reverted:
                self._change(row.seq, lambda fresh, _: set_status(fresh, Status.FAILED))
            else:
                self._change(row.seq, lambda fresh, _: set_status(fresh, Status.FINAL))

    def _resend(self, rows: Sequence[OutboxTransaction]) -> None:
        moment = time.monotonic()
        for row in rows:
            if moment - self._sent_at.get(row.seq, 0.0) < self._pace.resend:
                continue
            self._sent_at[row.seq] = moment
            receipt = self._receipt(row)
            if receipt is not None:
                self._mined(row, receipt)
                continue
            with self._database.read() as session:
                attempt = repository.attempts(session, row.seq)[0]
            if not self._node.knows(attempt.hash):
                if self._nonce_taken(attempt):
                    # Asked again: one of its own attempts may have been mined since, and then it must not run twice.
                    receipt = self._receipt(row)
                    if receipt is None:
                        self._requeue(row)
                    else:
                        self._mined(row, receipt)
                else:
                    log.info("outbox sends again", transaction=row.id, hash=attempt.hash)
                    self._broadcast(row)
            elif moment - self._first_sent.setdefault(row.seq, moment) > self._pace.replace:
                self._reprice(row, attempt)

    def _nonce_taken(self, attempt: Attempt) -> bool:
        """Whether a confirmed block holds another transaction with the attempt's nonce."""
        confirmed = self._heights.confirmed
        return confirmed > 0 and self._node.transaction_count(self._signer.address, confirmed) > attempt.nonce

    def _requeue(self, row: OutboxTransaction) -> None:
        def change(fresh: OutboxTransaction, session: Session) -> None:
            for attempt in repository.attempts(session, fresh.seq):
                attempt.replaced = True
            fresh.nonce, fresh.hash = None, None
            set_status(fresh, Status.QUEUED)

        log.warning("nonce was used by another transaction of this key", transaction=row.id, nonce=row.nonce)
        self._change(row.seq, change)
        self._first_sent.pop(row.seq, None)

    # --- storing

    def _fail(self, row: OutboxTransaction, error: LedgerError) -> None:
        self._change(row.seq, lambda fresh, _: set_failed(fresh, error))
        log.info("transaction failed", transaction=row.id, code=error.code)

    def _change(
        self,
        seq: int,
        change: _Change,
        expected: tuple[Status, ...] | None = None,
    ) -> None:
        """Notes a change, to be stored with others by `_store`; after a crash it is found out again."""
        self._changes.append((seq, change, expected))

    def _store(self) -> None:
        if not self._changes:
            return
        changes, self._changes = self._changes, []
        with self._database.write() as session:
            for seq, change, expected in changes:
                fresh = repository.get(session, seq)
                if fresh is not None and (expected is None or fresh.status in expected):
                    change(fresh, session)
        self._outbox.notify()
