"""Finds what was mined, and what of it is final: by block, not by transaction, where the node can.

A block counts as the one that a transaction is in only once it is confirmed and the node still names the same hash at
its height; otherwise the transaction is looked for again, and goes back to `sent` if it is in no block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from chain.errors import LedgerError
from gateway.node import Offer, Receipt
from gateway.outbox import states
from gateway.outbox.flights import Flight
from gateway.outbox.line import Line
from gateway.outbox.reasons import revert_reason
from gateway.outbox.simulation import GasBook
from gateway.outbox.states import Mined
from gateway.outbox.tables import Status

_MOST_BLOCKS = 16  # more than that, and the transactions are asked for one by one
_LOOK_BACK = 8


class Following:
    """Follows one key's flights."""

    def __init__(self, line: Line, book: GasBook) -> None:
        self._line = line
        self._book = book
        self._seen = -1  # height up to which blocks were searched
        self._rewinds = 0

    def restart(self) -> None:
        """Searches for all flights by their hashes at the next step."""
        self._seen = -1

    def follow(self, newest: Offer) -> None:
        """Notes what the blocks since the last step hold."""
        line = self._line
        if line.chain.rewinds != self._rewinds:
            self._rewinds = line.chain.rewinds
            self._seen = min(self._seen, newest.number - _LOOK_BACK)
        if newest.number == self._seen:
            return
        pending = [one for one in line.flights.by_seq.values() if one.status is not Status.MINED]
        if not pending:
            self._seen = newest.number
            return
        by_hash = {attempt: one for one in pending for attempt in one.attempts}
        if line.chain.by_block and self._seen >= 0 and newest.number - self._seen <= _MOST_BLOCKS:
            self._by_block(by_hash, newest.number)
        if not line.chain.by_block or self._seen < 0 or newest.number - self._seen > _MOST_BLOCKS:
            receipts = line.node.receipts(list(by_hash))
            self.note([(by_hash[one], receipt) for one, receipt in receipts.items()])
            self._seen = newest.number

    def _by_block(self, by_hash: Mapping[str, Flight], height: int) -> None:
        """Goes on from the last block that was searched, as far as the node has receipts."""
        for number in range(self._seen + 1, height + 1):
            block = self._line.chain.receipts(number)
            if block is None:
                return
            self.note([(by_hash[one], receipt) for one, receipt in block.items() if one in by_hash])
            self._seen = number

    def note(self, found: Iterable[tuple[Flight, Receipt]]) -> None:
        """These were mined."""
        mined: list[Mined] = []
        for flight, receipt in found:
            error: LedgerError | None = None
            if receipt.succeeded:
                self._book.learn(flight.contract, flight.function, flight.data, receipt.gas_used)
            else:
                error = revert_reason(self._line.node, self._line.address, flight.to, flight.data, receipt)
            flight.status, flight.reverted = Status.MINED, not receipt.succeeded
            flight.block, flight.block_hash = receipt.block, receipt.block_hash
            mined.append(Mined(flight.seq, receipt, error))
        if mined:
            self._line.later(lambda session: states.note_mined(session, mined))

    def settle(self) -> None:
        """Ends what is in confirmed blocks."""
        line = self._line
        confirmed = line.heights.confirmed
        due = [one for one in line.flights.of(Status.MINED) if one.block is not None and one.block <= confirmed]
        if not due:
            return
        heads = line.node.heads(sorted({one.block for one in due if one.block is not None}))
        stands = [one for one in due if heads.get(one.block or 0) == one.block_hash]
        final = [one.seq for one in stands if not one.reverted]
        reverted = [one.seq for one in stands if one.reverted]

        def end(session: Session) -> None:
            states.note_final(session, final)
            states.note_reverted(session, reverted)

        if stands:
            line.later(end)
            for one in stands:
                line.flights.remove(one)
        self._moved([one for one in due if heads.get(one.block or 0) != one.block_hash], heads)

    def _moved(self, flights: Sequence[Flight], heads: Mapping[int, str]) -> None:
        """A reorganisation took them out of their blocks, or the receipt lied."""
        if not flights:
            return
        by_hash = {attempt: one for one in flights for attempt in one.attempts}
        found: dict[int, tuple[Flight, Receipt]] = {}
        receipts = self._line.node.receipts(list(by_hash))
        canonical = self._line.node.heads(sorted({receipt.block for receipt in receipts.values()}))
        for one, receipt in receipts.items():
            if canonical.get(receipt.block) == receipt.block_hash:
                found[by_hash[one].seq] = by_hash[one], receipt
        lost = [one for one in flights if one.seq not in found]
        for flight in lost:
            flight.status, flight.block, flight.block_hash, flight.reverted = Status.SENT, None, None, False
        if lost:
            seqs = [one.seq for one in lost]
            self._line.later(lambda session: states.note_unmined(session, seqs))
        self.note(found.values())
