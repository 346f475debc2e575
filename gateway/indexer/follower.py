"""The thread that follows the chain: reads logs in ranges, checks each history head, undoes what a reorganisation took.

What holds after each commit: the index is exactly what the blocks up to its tip say, and every loan's head is the fold
of its entries. An entry that does not continue its history stops the index for good: such a node can't be trusted.
One that does, but can't be read, is kept raw and marks its loan; all others go on.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

import structlog
from sqlalchemy.orm import Session

from chain.errors import LedgerError
from chain.ledger.addresses import checksum_address
from chain.ledger.errors import NodeRefused
from chain.ledger.history import Entry, HistoryEntry, fold, payload
from chain.ledger.reader import LogRecord, history_entry
from chain.ledger.solidity import Struct
from gateway.database import Database
from gateway.errors import IndexBroken
from gateway.events import ledger as events
from gateway.events.service import publish
from gateway.indexer import projection, repository
from gateway.indexer.going_back import go_back
from gateway.indexer.hexes import hex_of
from gateway.node import BlockHead, Heights, Node
from gateway.outbox import repository as transactions
from gateway.outbox.line import Fence
from gateway.outbox.service import Outbox

log = structlog.get_logger()

Said = tuple[HistoryEntry, Struct]  # a history entry and its payload

RANGE = 1_000  # blocks per commit at most
_LOGS = 4_000  # with more logs than these in a range, the next one is shorter
_BUSY = 1.0  # so many seconds after a change the node is asked as often as the settings say
_REST = 0.25  # seconds between questions afterwards; a change of this seat's own ends a rest


class Follower:
    """Keeps one seat's index at its node's head."""

    def __init__(
        self,
        database: Database,
        node: Node,
        heights: Heights,
        start_block: int,
        members: Mapping[str, str],
        poll: float,
        outbox: Outbox,
        fence: Fence,
    ) -> None:
        self._database = database
        self._node = node
        self._heights = heights
        self._start_block = start_block
        self._members = members
        self._poll = poll
        self._outbox = outbox
        self._currency = node.contracts.consortium.currency
        self._own = frozenset(map(node.contracts.address, node.contracts.consortium.deployments))
        self._range = RANGE
        self._told: str | None = None  # the problem that was published last
        self._fence = fence
        self.problem: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        """As a duty."""
        return "indexer"

    def start(self) -> None:
        """Starts the thread."""
        self._thread = threading.Thread(target=self._run, name="indexer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its current range."""
        self._stop.set()
        self._outbox.changed()
        if self._thread is not None:
            self._thread.join(timeout=20)

    def _run(self) -> None:
        seen, changed_at = self._outbox.version, time.monotonic()
        while not self._stop.is_set():
            pause = self._poll
            try:
                while self.step() and not self._stop.is_set():
                    pass
            except IndexBroken as broken:
                self._fail(broken.message())
                log.critical("index stopped", code=broken.code, reason=str(broken))
                return
            except LedgerError as error:
                self._fail(error.message())
                log.warning("index waits", code=error.code, reason=str(error))
                pause = 1.0
            except Exception:
                self._fail("unforeseen error, see the log")
                log.exception("index step failed")
                pause = 1.0
            if self._outbox.version != seen:
                seen, changed_at = self._outbox.version, time.monotonic()
            if time.monotonic() - changed_at < _BUSY or pause >= _REST:
                self._stop.wait(pause)
            else:
                self._outbox.wait_beyond(seen, _REST)

    def step(self) -> bool:
        """Indexes the next range. False if there was nothing new."""
        with self._database.read() as session:
            tip = repository.tip(session)
        latest, known = self._node.look(None if tip is None else tip.number)
        if tip is not None:
            # The same height may be another block after a reorganisation: asked again while it is unconfirmed.
            settled = self._heights.problem is None and self._heights.confirmed >= latest
            if latest == tip.number == self._heights.latest and settled:
                self._confirm(self._heights.confirmed)
                return False
            if known is None or known.hash != tip.hash:
                self._rewind()
                return True
        first = self._start_block if tip is None else tip.number + 1
        if first > latest:
            self._publish(latest, latest if tip is None else tip.number)
            return False
        last = min(latest, first + self._range - 1)
        try:
            read = self._node.logs(first, last)
        except NodeRefused:
            if last == first:
                raise
            self._range = (last - first + 1) // 2  # nodes bound what they answer at once
            return True
        if read is None:
            return True  # the chain moved under us: read the range again
        records, end = read
        self._range = max(1, self._range // 2) if len(records) > _LOGS else min(RANGE, 2 * self._range)
        openings = {record.tx: opened_positions(self._node, record) for record in records if opens(record)}
        try:
            said = [_said(record) for record in records]  # before the write, which others wait for
            self._take(records, openings, end, said)
        except projection.UNREADABLE:  # once more, each entry on its own
            self._take(records, openings, end)
        self._publish(latest, last)
        return last < latest

    def _take(
        self,
        records: Sequence[LogRecord],
        openings: Mapping[bytes, Sequence[tuple[str, int, int]]],
        end: BlockHead,
        said: Sequence[Said | None] | None = None,
    ) -> None:
        """Stores a range that ends with the block `end`. said: see `index`, for each record; None to find out."""
        with self._database.write() as session:
            self._fence.assert_held(session)
            touched = {hex_of(record.values["loan"]) for record in records if record.event == "Recorded"}
            kept = repository.prefetch(session, sorted(touched))  # referred to until the end, or the session forgets
            for number, record in enumerate(records):
                known = None if said is None else said[number]
                found = index(session, record, self._members, openings.get(record.tx), known)
                if found is None:
                    events.event_recorded(session, record, self._currency, self._own)
                else:
                    events.entry_recorded(session, *found, self._currency)
            repository.flush(session)
            repository.add_block(session, end.number, end.hash)
            del kept

    def _publish(self, latest: int, indexed: int) -> None:
        before = (self._heights.latest, self._heights.confirmed, self._heights.indexed)
        confirmed = min(self._node.confirmed(), indexed)
        if before != (latest, confirmed, indexed) or self._heights.problem is not None:
            self._heights.update(latest, confirmed, indexed)
            self._outbox.changed()
        self._confirm(confirmed)

    def _confirm(self, confirmed: int) -> None:
        """Publishes that events are confirmed, and that the node is followed again; nothing if both are known."""
        with self._database.read() as session:
            block = events.to_confirm(session, confirmed)
        if block is None and self._told is None:
            return
        with self._database.write() as session:
            self._fence.assert_held(session)
            if self._told is not None:
                publish(session, "node.recovered", "node", {"block": self._heights.indexed})
            if block is not None:
                events.confirm(session, block)
        self._told = None
        self._outbox.changed()

    def _fail(self, problem: str) -> None:
        """Says what keeps the index from going on, and publishes it once."""
        self._heights.fail(problem)
        if problem == self._told:
            return
        try:
            with self._database.write() as session:
                self._fence.assert_held(session)
                publish(session, "node.lagging", "node", {"problem": problem})
            self._told = problem
            self._outbox.changed()
        except LedgerError as error:
            log.warning("lag not published", code=error.code, reason=str(error))

    def _rewind(self) -> None:
        """Goes back to the newest block that the node still has."""
        with self._database.read() as session:
            blocks = repository.blocks_down(session)
        common = self._start_block - 1
        for block in blocks:
            known = self._node.block(block.number)
            if known is not None and known.hash == block.hash:
                common = block.number
                break
        with self._database.write() as session:
            self._fence.assert_held(session)
            withdrawn = events.withdraw_above(session, common)
            loans = go_back(session, common, self._members)
            reopened = transactions.reopen_above(session, common)
        self._outbox.changed()
        log.warning("reorganisation", back_to=common, loans=loans, transactions=reopened, events=withdrawn)


def opens(record: LogRecord) -> bool:
    """Whether the log records that a running loan entered, with positions that only the call itself names."""
    return record.event == "Recorded" and int(record.values["kind"]) == int(Entry.OPENED_RUNNING)


def opened_positions(node: Node, record: LogRecord) -> list[tuple[str, int, int]]:
    """The positions (lender, units, class) with which a running loan was opened, from the call that opened it."""
    to, data = node.transaction_input(hex_of(record.tx))
    call = None if to is None else node.contracts.decode_call(to, data)
    if call is None or call.function != "openRunning":
        return []
    return [(checksum_address(lender), int(units), int(lender_class)) for lender, units, lender_class in call.args[4]]


def _said(record: LogRecord) -> Said | None:
    """What a history entry's record says; None for other logs. Raises one of `projection.UNREADABLE`."""
    if record.event != "Recorded":
        return None
    entry = history_entry(record)
    return entry, payload(entry)


def index(
    session: Session,
    record: LogRecord,
    members: Mapping[str, str],
    positions: Sequence[tuple[str, int, int]] | None = None,
    said: Said | None = None,
) -> tuple[HistoryEntry, Struct | None] | None:
    """Takes one log into the index; all is stored with the next `repository.flush`.

    positions: of a running loan that it opens, see `opened_positions`. said: the history entry and its payload where
    all of a range could be read, which costs less; raises one of `projection.UNREADABLE` if it doesn't hold.

    Returns the history entry with what it says, None if that can't be read; None for other logs.
    Raises IndexBroken if a history entry does not continue its loan's history.
    """
    if record.event != "Recorded":
        repository.add_event(session, record)
        return None
    entry = history_entry(record) if said is None else said[0]
    head, length = repository.head_of(session, entry.loan)
    loan = projection.hex_of(entry.loan)
    if entry.seq != length + 1:
        raise IndexBroken(loan=loan, seq=entry.seq, reason=f"{length} entries came before it")
    if fold(head, entry) != entry.head:
        raise IndexBroken(loan=loan, seq=entry.seq, reason="its head is not the fold of its entries")
    if positions is not None and opens(record):
        repository.keep_opening(session, loan, positions)
    repository.add_entry(session, entry)
    if said is not None:
        projection.apply_readable(session, entry, said[1], members)
        return entry, said[1]
    repository.flush(session)  # all before the entry's savepoint
    values = projection.apply(session, entry, members)
    session.flush()
    return entry, values
