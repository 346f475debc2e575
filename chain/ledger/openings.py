"""The positions of a loan that entered from an old book: its entry holds their hash, its transaction the positions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chain.ledger.contracts import Contracts
from chain.ledger.errors import PayloadUnreadable
from chain.ledger.history import Entry, HistoryEntry, payload
from chain.ledger.loan_state import Holding
from chain.ledger.orders import OpeningPosition, positions_hash
from chain.ledger.payloads import OpenedRunning


def opened_running(entries: Iterable[HistoryEntry]) -> HistoryEntry | None:
    """The entry by which the loan entered from an old book; None if it did not."""
    return next((entry for entry in entries if entry.kind is Entry.OPENED_RUNNING), None)


def opened_positions(contracts: Contracts, entry: HistoryEntry, data: bytes) -> tuple[OpeningPosition, ...]:
    """The positions in `data`, the call data of the entry's transaction, once they have the hash that all signed.

    Raises PayloadUnreadable if they have not.
    """
    opening = payload(entry)
    call = contracts.decode_call(contracts.address("LoanEscrow"), data)
    if isinstance(opening, OpenedRunning) and call is not None and call.function == "openRunning":
        positions = tuple(OpeningPosition.from_abi(values) for values in call.args[4])
        if positions_hash(positions) == opening.opening.positions_hash:
            return positions
    reason = "its transaction does not hold the positions that were signed"
    raise PayloadUnreadable(loan="0x" + entry.loan.hex(), seq=entry.seq, reason=reason)


def holdings(positions: Iterable[OpeningPosition], subjects: Mapping[str, bytes]) -> dict[bytes, Holding]:
    """The positions by subject; `subjects`: of the lenders' accounts."""
    found: dict[bytes, Holding] = {}
    for position in positions:
        subject = subjects[position.lender]
        before = found.get(subject, Holding(0, position.lender_class))
        found[subject] = Holding(before.units + position.units, position.lender_class)
    return found
