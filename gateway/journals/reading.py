"""From the ledger's logs to the events that the journals are made of. Pure: works on logs however they were obtained.

The business date of a log is the one that stood when it was written: days closed before it decide. What met the bank's
claim is told by the token in one sum for a transaction; it is split between the transaction's loans by the ledger's
rule (as much of a claim as the new money covers), and LogsIncomplete is raised if the sums differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from chain.journal import events as happened
from chain.ledger import payloads as p
from chain.ledger.days import day_of
from chain.ledger.history import Entry, HistoryEntry, payload
from chain.ledger.logs import LogRecord, history_entry
from chain.ledger.orders import OpeningPosition
from chain.ledger.structs import Payout, Posted
from gateway.journals.errors import LogsIncomplete

PositionsOf = Callable[[HistoryEntry], Iterable[OpeningPosition]]
"""The positions with which a loan of an old book entered, see `chain.ledger.openings`."""
_DAY_CLOSED = ("DayClosed", "DayClosedInstead")


def journal_events(records: Iterable[LogRecord], positions_of: PositionsOf) -> tuple[happened.Event, ...]:
    """The events that all logs of the ledger's contracts, from its first block on, tell. Raises LogsIncomplete."""
    listed = list(records)
    reading = _Reading(_first_day(listed), positions_of, _matched(listed))
    found: list[happened.Event] = []
    for _, transaction in groupby(listed, key=lambda record: record.tx):
        found += reading.transaction(list(transaction))
    return tuple(found)


def _first_day(records: list[LogRecord]) -> date:
    """The business date before any day was closed: that of the first history entry, or the first day closed."""
    for record in records:
        if record.event == "Recorded":
            return history_entry(record).day
        if record.event in _DAY_CLOSED:
            return day_of(int(record.values["through"]))
    return date.min


def _matched(records: list[LogRecord]) -> frozenset[tuple[int, int]]:
    """The bank entries that were in suspense and became tokens."""
    found = (r.values for r in records if r.event == "SuspenseMatched")
    return frozenset((int(v["statementNo"]), int(v["entryNo"])) for v in found)


@dataclass
class _Reading:
    today: date
    positions_of: PositionsOf
    matched: frozenset[tuple[int, int]]
    subjects: dict[str, str] = field(default_factory=dict)
    borrowers: dict[str, str] = field(default_factory=dict)
    platforms: dict[str, str] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)
    before: dict[tuple[str, int], int] = field(default_factory=dict)
    claims: dict[str, int] = field(default_factory=dict)
    met: int = 0
    withdrawals: dict[bytes, int] = field(default_factory=dict)

    def transaction(self, records: list[LogRecord]) -> Iterator[happened.Event]:
        """The events of one transaction's logs."""
        self.met = sum(int(r.values["amount"]) for r in records if r.event == "ClaimMet")
        for record in records:
            yield from self._record(record)
        if self.met:
            raise LogsIncomplete(tx="0x" + records[0].tx.hex(), amount=self.met)

    def _record(self, record: LogRecord) -> Iterator[happened.Event]:
        if record.event == "Recorded":
            yield from self._entry(history_entry(record))
        elif record.event in _DAY_CLOSED:
            self.today = day_of(int(record.values["businessDate"]))
        elif record.event in ("PartyRegistered", "PartyReplaced"):
            self.subjects[record.values["account"]] = _hex(record.values["subject"])
        else:
            yield from self._custody(record.event, record.values)

    def _custody(self, event: str, values: Mapping[str, Any]) -> Iterator[happened.Event]:
        day = self.today.isoformat()
        amount = int(values.get("amount", 0))
        if event == "Credited" and values["to"] in self.subjects:
            yield happened.Deposited(day, self.subjects[values["to"]], amount)
        elif event == "SuspenseMatched" and values["to"] in self.subjects:
            yield happened.Deposited(day, self.subjects[values["to"]], amount, from_suspense=True)
        elif event == "Suspended":
            yield happened.Suspended(day, amount)
        elif event == "SuspenseReturned":
            yield happened.SuspenseReturned(day, amount)
        elif event == "WithdrawalMoved":
            yield from self._withdrawal(day, bytes(values["id"]), Payout(int(values["payout"])), values)

    def _withdrawal(
        self, day: str, number: bytes, state: Payout, values: Mapping[str, Any]
    ) -> Iterator[happened.Event]:
        party, amount = self.subjects[values["holder"]], int(values["amount"])
        before, self.withdrawals[number] = self.withdrawals.get(number), int(state)
        if state is Payout.RESERVED:
            yield happened.WithdrawalReserved(day, party, amount)
        elif state is Payout.SETTLED:
            yield happened.WithdrawalSettled(day, party, amount)
        elif state is Payout.RETURNED:
            yield happened.WithdrawalReturned(day, party, amount, booked=before == Payout.SETTLED)

    def _entry(self, entry: HistoryEntry) -> Iterator[happened.Event]:
        values: Any = payload(entry)
        if isinstance(values, p.Proposed):
            loan = _hex(entry.loan)
            self.platforms[loan] = str(values.terms.platform)
            self.held[loan] = self.claims[loan] = 0
        yield from self._funded(entry, values)
        yield from self._posted(entry, values)
        yield from self._gone(entry, values)

    def _funded(self, entry: HistoryEntry, values: Any) -> Iterator[happened.Event]:
        """Money on its way to the borrower, and units."""
        day, loan = entry.day.isoformat(), _hex(entry.loan)
        match values:
            case p.Subscribed():
                yield happened.Subscribed(day, loan, _hex(values.subject), values.amount)
            case p.OpenedRunning():
                units: dict[str, int] = {}
                for position in self.positions_of(entry):
                    lender = self.subjects[position.lender]
                    units[lender] = units.get(lender, 0) + position.units
                yield happened.OpenedRunning(day, loan, units)
            case p.Refunded():
                yield happened.Refunded(day, loan, _hex(values.subject), values.amount)
                yield from self._meets(day, loan, self.claims[loan])
            case p.Disbursed():
                yield happened.PaidOut(day, loan, values.amount)
            case p.PayoutBounced():
                yield happened.PayoutBounced(day, loan, values.amount)
            case p.DrawingClosed():
                yield happened.DrawingClosed(day, loan, values.returned)
            case p.PositionTransferred():
                seller, buyer = _hex(values.seller_subject), _hex(values.buyer_subject)
                order = values.transfer
                yield happened.PositionTransferred(day, loan, seller, buyer, order.units, order.price)

    def _posted(self, entry: HistoryEntry, values: Any) -> Iterator[happened.Event]:
        """Payments and their corrections."""
        day, loan = entry.day.isoformat(), _hex(entry.loan)
        match values:
            case p.PaymentPosted() | p.EarlyRepaid():
                key = values.entry.statement_no, values.entry.entry_no
                source = happened.Source.SUSPENSE if key in self.matched else happened.Source.BANK
                yield from self._paid(entry, values.posted, source, "")
            case p.PaidFromAccount():
                yield from self._paid(entry, values.posted, happened.Source.PARTY, values.payment.payer)
            case p.PaidByMandate():
                yield from self._paid(entry, values.posted, happened.Source.PARTY, values.mandate.payer)
            case p.PaymentReversed():
                self._undo(loan, values.seq)
                self.claims[loan] += values.amount - values.burned
                yield happened.PaymentReversed(day, loan, values.seq, values.amount, values.burned)
            case p.PaymentKept():
                used = self._split(entry, values.posted)
                yield happened.PaymentKept(day, loan, entry.seq, values.seq, **used)
            case _ if entry.kind is Entry.PAYMENTS_UNDONE:
                self._undo(loan, values.seq)
                yield happened.PaymentsUndone(day, loan, values.seq)

    def _gone(self, entry: HistoryEntry, values: Any) -> Iterator[happened.Event]:
        """What leaves a loan for its parties and the reserve."""
        day, loan = entry.day.isoformat(), _hex(entry.loan)
        match values:
            case p.Claimed():
                yield happened.Claimed(day, loan, _hex(values.subject), values.amount)
            case p.FeesClaimed():
                yield happened.FeesClaimed(day, loan, _hex(values.subject), values.amount)
            case p.OverpaymentReleased():
                self.held[loan] -= values.amount
                yield happened.OverpaymentReleased(day, loan, _hex(values.subject), values.amount)
            case p.DustSwept():
                yield from self._meets(day, loan, self.claims[loan])
                yield happened.DustSwept(day, loan, self.platforms[loan], values.amount)

    def _paid(
        self, entry: HistoryEntry, posted: Posted, source: happened.Source, payer: str
    ) -> Iterator[happened.Event]:
        day, loan = entry.day.isoformat(), _hex(entry.loan)
        used = self._split(entry, posted)
        yield happened.PaymentPosted(day, loan, entry.seq, source, self.subjects.get(payer, payer), **used)
        yield from self._meets(day, loan, posted.amount)

    def _split(self, entry: HistoryEntry, posted: Posted) -> dict[str, int]:
        loan = _hex(entry.loan)
        held, self.held[loan] = self.held[loan], posted.overpaid
        self.before[loan, entry.seq] = held
        return {
            "amount": posted.amount,
            "fee": posted.fee,
            "penalty": posted.penalty,
            "interest": posted.interest,
            "principal": posted.principal,
            "held": held,
            "overpaid": posted.overpaid,
        }

    def _undo(self, loan: str, seq: int) -> None:
        self.held[loan] = self.before[loan, seq]

    def _meets(self, day: str, loan: str, most: int) -> Iterator[happened.Event]:
        """New money meets the loan's claim, if the transaction burned anything for claims."""
        met = min(self.claims[loan], most, self.met)
        if met:
            self.claims[loan] -= met
            self.met -= met
            yield happened.ClaimMet(day, loan, met)


def _hex(value: bytes) -> str:
    return "0x" + bytes(value).hex()
