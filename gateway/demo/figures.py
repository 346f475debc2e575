"""What happened to a loan, in figures: read from a node through its history, and compared with what was expected.

Reads a node directly, not a gateway's index: the history is folded and must equal the head on chain, so a figure that
is missing, changed or added is found. A node that is killed and restarted meanwhile is waited for.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

from chain.bank.amounts import text_from_minor
from chain.ledger import payloads as p
from chain.ledger.connection import node_error
from chain.ledger.errors import HistoryBroken, NodeUnreachable
from chain.ledger.history import HistoryEntry, check, payload
from chain.ledger.reader import Ledger, State
from chain.ledger.schedule import Row
from chain.ledger.structs import Posted
from gateway.demo.book import expectation
from gateway.demo.book.load import BookLoan
from gateway.demo.client import PATIENCE, PAUSE
from gateway.demo.errors import NodeGone

_T = TypeVar("_T")


@dataclass(frozen=True)
class PostingFigures:
    """One payment and how it was used. interest: with early fees. overpaid: held for the borrower afterwards."""

    seq: int
    day: date
    value_date: date
    how: str
    amount: int
    fee: int
    interest: int
    principal: int
    penalty: int
    accrued: int
    overpaid: int
    undone: bool = False


@dataclass(frozen=True)
class PayoutFigures:
    """A booked payout. bounced: the day its money came back."""

    day: date
    value_date: date
    amount: int
    bounced: date | None = None


@dataclass(frozen=True)
class LoanFigures:
    """A loan's figures, minor units; parties by address. tables: the rows stored with each payout or new table.

    called: by business date, what was called for the borrower less what came back and was repaid, as changes.
    """

    state: State
    principal: int
    payouts: tuple[PayoutFigures, ...] = ()
    tables: tuple[tuple[Row, ...], ...] = ()
    postings: tuple[PostingFigures, ...] = ()
    received: Mapping[str, int] = field(default_factory=dict)
    refunded: Mapping[str, int] = field(default_factory=dict)
    fees: Mapping[str, int] = field(default_factory=dict)
    released: int = 0
    dust: int = 0
    exposure: Mapping[date, int] = field(default_factory=dict)

    @property
    def counted(self) -> tuple[PostingFigures, ...]:
        """The postings that were not undone."""
        return tuple(posting for posting in self.postings if not posting.undone)

    @property
    def paid(self) -> int:
        """By the borrower, in all."""
        return sum(posting.amount for posting in self.counted)

    @property
    def interest(self) -> int:
        """Earned by lenders, without penalty interest."""
        return sum(posting.interest for posting in self.counted)

    @property
    def penalties(self) -> int:
        """Penalty interest paid."""
        return sum(posting.penalty for posting in self.counted)


@dataclass(frozen=True)
class CustodyFigures:
    """Custody, minor units."""

    tokens: int
    suspense: int
    bank: int


@dataclass(frozen=True)
class PatientNode:
    """A node as the demo's last step reads it: not before it has `block`, and again if it goes away meanwhile.

    A node that is killed may come back a few blocks behind, until it has them again from the others.
    """

    ledger: Ledger
    block: int
    patience: float = PATIENCE

    def read(self, what: str, look: Callable[[Ledger], _T]) -> _T:
        """What `look` reads. Raises NodeGone after `patience` seconds, and at once whatever else is wrong."""
        end = time.monotonic() + self.patience
        while True:
            try:
                height = int(self.ledger.w3.eth.block_number)
                if height >= self.block:
                    return look(self.ledger)
                problem = f"it has block {height} and not yet {self.block}"
            except HistoryBroken:
                raise  # what is wrong with the history is the demo's finding
            except Exception as exc:
                error = node_error(exc)
                if not isinstance(error, NodeUnreachable):
                    raise error from exc
                problem = error.params["reason"]
            if time.monotonic() > end:
                url = getattr(self.ledger.w3.provider, "endpoint_uri", "")
                raise NodeGone(url=url, what=what, seconds=round(self.patience), problem=problem)
            time.sleep(PAUSE)

    def figures(self, loan: bytes) -> LoanFigures:
        """A loan's figures. Raises NodeGone and HistoryBroken."""
        return self.read(f"the history of loan 0x{loan.hex()}", lambda ledger: figures_from_node(ledger, loan))

    def supply(self) -> int:
        """All custody tokens, minor units. Raises NodeGone."""
        return self.read("the supply of custody tokens", lambda ledger: ledger.supply())


class _Reading:
    """A history read entry by entry."""

    def __init__(self, schedule: Callable[[str], tuple[Row, ...]]) -> None:
        self._schedule = schedule
        self.payouts: list[PayoutFigures] = []
        self.tables: list[tuple[Row, ...]] = []
        self.postings: list[PostingFigures] = []
        self.received: dict[str, int] = defaultdict(int)
        self.refunded: dict[str, int] = defaultdict(int)
        self.fees: dict[str, int] = defaultdict(int)
        self.exposure: dict[date, int] = defaultdict(int)
        self.released = self.dust = self._called = 0

    def entry(self, entry: HistoryEntry) -> None:
        """One entry more."""
        values: Any = payload(entry)
        match values:
            case p.DisbursementRequested():
                self._called = values.amount
                self.exposure[entry.day] += values.amount
            case p.PayoutReturned():
                self.exposure[entry.day] -= self._called
            case p.Disbursed():
                self.payouts.append(PayoutFigures(entry.day, values.value_date, values.amount))
                self.tables.append(self._schedule(values.schedule))
            case p.PayoutBounced():
                self.payouts[-1] = replace(self.payouts[-1], bounced=entry.day)
                self.exposure[entry.day] -= values.amount
                self.tables.clear()
            case p.EarlyRepaid():
                self._post(entry, values.posted, values.order.kind.name.lower())
                if values.early.rows:
                    self.tables.append(self._schedule(values.early.schedule))
            case p.PaymentPosted() | p.PaidFromAccount() | p.PaidByMandate():
                self._post(entry, values.posted, "payment")
            case p.PaymentKept():
                self._post(entry, values.posted, "kept")
            case p.PaymentReversed() | p.PaymentsUndone():
                self._undo(entry.day, values.seq)
            case _:
                self._paid_out(values)

    def _paid_out(self, values: Any) -> None:
        match values:
            case p.Claimed():
                self.received[values.lender] += values.amount
            case p.Refunded():
                self.refunded[values.lender] += values.amount
            case p.FeesClaimed():
                self.fees[values.payee] += values.amount
            case p.OverpaymentReleased():
                self.released += values.amount
            case p.DustSwept():
                self.dust += values.amount

    def _post(self, entry: HistoryEntry, posted: Posted, how: str) -> None:
        self.exposure[entry.day] -= posted.principal
        self.postings.append(
            PostingFigures(
                seq=entry.seq,
                day=entry.day,
                value_date=posted.value_date,
                how=how,
                amount=posted.amount,
                fee=posted.fee,
                interest=posted.interest,
                principal=posted.principal,
                penalty=posted.penalty,
                accrued=posted.accrued,
                overpaid=posted.overpaid,
            )
        )

    def _undo(self, day: date, seq: int) -> None:
        for place, posting in enumerate(self.postings):
            if posting.seq >= seq and not posting.undone:
                self.exposure[day] += posting.principal
                self.postings[place] = replace(posting, undone=True)


def figures_from_node(ledger: Ledger, loan: bytes) -> LoanFigures:
    """A loan's figures as its history on this node tells them. Raises HistoryBroken if head and entries differ."""
    entries = ledger.history(loan)
    head, _ = ledger.head(loan)
    check(loan, entries, head)
    record = ledger.loan(loan)
    reading = _Reading(ledger.schedule)
    for entry in entries:
        reading.entry(entry)
    return LoanFigures(
        state=record.state,
        principal=record.principal,
        payouts=tuple(reading.payouts),
        tables=tuple(reading.tables),
        postings=tuple(reading.postings),
        received=dict(reading.received),
        refunded=dict(reading.refunded),
        fees=dict(reading.fees),
        released=reading.released,
        dust=reading.dust,
        exposure=dict(reading.exposure),
    )


def differences(loan: BookLoan, found: LoanFigures, alias_of: Mapping[str, str]) -> list[str]:
    """Where a loan's figures are not what the independent calculation says; empty if all agree."""
    expected = loan.expected
    wanted: dict[str, tuple[object, object]] = {
        "status": (expected.status, found.state.name.capitalize()),
        "principal": (expected.principal, found.principal),
    }
    received = {alias_of[address]: amount for address, amount in found.received.items()}
    refunded = {alias_of[address]: amount for address, amount in found.refunded.items()}
    fees = {alias_of[address]: amount for address, amount in found.fees.items()}
    if isinstance(expected, expectation.Closed):
        wanted |= _closed(expected, found)
        wanted |= {f"received by {r.lender}": (r.received, received.pop(r.lender, 0)) for r in expected.lenders}
        wanted |= {f"fees of {f.payee}": (f.received, fees.pop(f.payee, 0)) for f in expected.fees}
    elif isinstance(expected, expectation.Unfunded):
        wanted |= {f"refunded to {r.lender}": (r.amount, refunded.pop(r.lender, 0)) for r in expected.refunds}
    strangers = {**received, **refunded, **fees}
    wanted |= {f"paid to {party}": (0, amount) for party, amount in strangers.items() if amount}
    return [
        f"{loan.application.reference}: {what}: expected {_shown(want)}, found {_shown(have)}"
        for what, (want, have) in wanted.items()
        if want != have
    ]


def _closed(expected: expectation.Closed, found: LoanFigures) -> dict[str, tuple[object, object]]:
    """Totals, and every payout, table and posting one by one."""
    wanted: dict[str, tuple[object, object]] = {
        "paid": (expected.paid, found.paid),
        "interest": (expected.interest, found.interest),
        "penalties": (expected.penalties, found.penalties),
        "paid back to the borrower": (expected.overpaid, found.released),
        "dust": (expected.dust, found.dust),
    }
    payouts = [PayoutFigures(one.day, one.value_date, one.amount, one.bounced) for one in expected.payouts]
    postings = [
        PostingFigures(
            seq=0,
            day=one.day,
            value_date=one.value_date,
            how=one.how,
            amount=one.amount,
            fee=one.fee,
            interest=one.interest + one.early_fee,
            principal=one.principal,
            penalty=one.penalty,
            accrued=one.accrued,
            overpaid=one.overpaid,
            undone=one.undone,
        )
        for one in expected.postings
    ]
    tables = [tuple(Row(r.due, r.principal, r.interest, r.fee) for r in table.rows) for table in expected.tables]
    wanted |= _one_by_one("payout", payouts, found.payouts)
    wanted |= _one_by_one("table", tables, found.tables)
    return wanted | _one_by_one("posting", postings, [replace(one, seq=0) for one in found.postings])


def _one_by_one(what: str, expected: Iterable[object], found: Iterable[object]) -> dict[str, tuple[object, object]]:
    pairs = dict(enumerate(expected, start=1)), dict(enumerate(found, start=1))
    return {f"{what} {n}": (pairs[0].get(n), pairs[1].get(n)) for n in sorted({*pairs[0], *pairs[1]})}


def _shown(value: object) -> str:
    return text_from_minor(value) if isinstance(value, int) else str(value)
