"""The lenders' book: what each has in tokens and positions, and what it earned.

`tokens` and `positions` by lender (and loan), against `own_bank_account` (deposits less withdrawals),
`interest_income` and `trading_result`. A claim first returns capital: after it a position stands at the units' share
of principal not yet repaid, rounded up; the rest of the claim is income. Sold units leave at the seller's book value,
in proportion, and enter the buyer's book at the same; the price's difference to it is either one's trading result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import singledispatchmethod

from chain.journal import events as happened
from chain.journal.entries import Book, JournalEntry, Line, debit, move
from chain.journal.loans import LoanBook


def lenders_journal(events: Iterable[happened.Event]) -> tuple[JournalEntry, ...]:
    """The lenders' journal: of every party that ever holds units."""
    listed = tuple(events)
    book = _Lenders(_lenders(listed))
    for event in listed:
        book.take(event)
    return book.written.entries


def _lenders(events: Iterable[happened.Event]) -> frozenset[str]:
    found: set[str] = set()
    for event in events:
        if isinstance(event, happened.Subscribed):
            found.add(event.lender)
        elif isinstance(event, happened.PositionTransferred):
            found |= {event.seller, event.buyer}
        elif isinstance(event, happened.OpenedRunning):
            found |= event.positions.keys()
    return frozenset(found)


class _Lenders:
    def __init__(self, lenders: frozenset[str]) -> None:
        self.written = Book()
        self._of = lenders
        self._loans: dict[str, LoanBook] = defaultdict(LoanBook)
        self._values: dict[tuple[str, str], int] = defaultdict(int)

    def take(self, event: happened.Event) -> None:
        self.written.write(event.day, type(event).__name__, getattr(event, "loan", ""), self._lines(event))

    @singledispatchmethod
    def _lines(self, event: happened.Event) -> tuple[Line, ...]:
        """What is not the lenders'."""
        return ()

    @_lines.register
    def _(self, event: happened.Deposited) -> tuple[Line, ...]:
        return self._own(event.party, event.amount)

    @_lines.register
    def _(self, event: happened.WithdrawalReserved) -> tuple[Line, ...]:
        return self._own(event.party, -event.amount)

    @_lines.register
    def _(self, event: happened.WithdrawalReturned) -> tuple[Line, ...]:
        return self._own(event.party, event.amount)

    @_lines.register
    def _(self, event: happened.Subscribed) -> tuple[Line, ...]:
        self._loans[event.loan].units[event.lender] += event.amount
        return self._value(event.loan, event.lender, event.amount, f"tokens:{event.lender}")

    @_lines.register
    def _(self, event: happened.OpenedRunning) -> tuple[Line, ...]:
        lines: tuple[Line, ...] = ()
        for lender, units in event.positions.items():
            self._loans[event.loan].units[lender] += units
            lines += self._value(event.loan, lender, units, f"own_bank_account:{lender}")
        return lines

    @_lines.register
    def _(self, event: happened.Refunded) -> tuple[Line, ...]:
        value = self._values[event.loan, event.lender]
        self._loans[event.loan].units[event.lender] = 0
        income = move(f"interest_income:{event.lender}", f"tokens:{event.lender}", event.amount - value)
        return (*self._value(event.loan, event.lender, -value, f"tokens:{event.lender}"), *income)

    @_lines.register
    def _(self, event: happened.PaymentPosted) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        if event.source is happened.Source.PARTY:
            return self._own(event.payer, -event.amount)
        return ()

    @_lines.register
    def _(self, event: happened.PaymentKept) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        return ()

    @_lines.register
    def _(self, event: happened.PaymentsUndone) -> tuple[Line, ...]:
        self._loans[event.loan].undo(event)
        return ()

    @_lines.register
    def _(self, event: happened.DrawingClosed) -> tuple[Line, ...]:
        self._loans[event.loan].principal += event.amount
        return ()

    @_lines.register
    def _(self, event: happened.Claimed) -> tuple[Line, ...]:
        loan = self._loans[event.loan]
        left = -(-loan.units[event.lender] * (loan.all_units - loan.principal) // loan.all_units)
        returned = min(max(0, self._values[event.loan, event.lender] - left), event.amount)
        tokens = f"tokens:{event.lender}"
        income = move(f"interest_income:{event.lender}", tokens, event.amount - returned)
        return (*self._value(event.loan, event.lender, -returned, tokens), *income)

    @_lines.register
    def _(self, event: happened.FeesClaimed) -> tuple[Line, ...]:
        return self._own(event.payee, event.amount)

    @_lines.register
    def _(self, event: happened.OverpaymentReleased) -> tuple[Line, ...]:
        return self._own(event.borrower, event.amount)

    @_lines.register
    def _(self, event: happened.PositionTransferred) -> tuple[Line, ...]:
        units = self._loans[event.loan].units
        value = self._values[event.loan, event.seller] * event.units // units[event.seller]
        units[event.seller] -= event.units
        units[event.buyer] += event.units
        self._values[event.loan, event.seller] -= value
        self._values[event.loan, event.buyer] += value
        gain = event.price - value
        return (
            *move(f"positions:{event.loan}:{event.seller}", f"positions:{event.loan}:{event.buyer}", value),
            *move(f"tokens:{event.buyer}", f"tokens:{event.seller}", event.price),
            *move(f"trading_result:{event.seller}", f"trading_result:{event.buyer}", gain),
        )

    def _own(self, party: str, amount: int) -> tuple[Line, ...]:
        """Between a lender's tokens and the world outside."""
        return move(f"own_bank_account:{party}", f"tokens:{party}", amount) if party in self._of else ()

    def _value(self, loan: str, lender: str, amount: int, against: str) -> tuple[Line, ...]:
        """A position's book value changes by `amount`, against an account."""
        self._values[loan, lender] += amount
        return debit(f"positions:{loan}:{lender}", amount), debit(against, -amount)
