"""The platform's book as servicer: what borrowers owe and what is in escrow, against those it administers it for.

Assets: `loans_receivable` (principal paid out and not repaid) and `escrow_cash` of each loan, and `reserve_cash`.
Against them: `lenders_capital` (subscribed, less principal returned), `lenders_payable`, `fees_payable`,
`overpayments`, `bank_claims` and `risk_reserve`. Interest counts when it is paid: nothing that only accrues is
written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import singledispatchmethod

from chain.journal import events as happened
from chain.journal.entries import Book, JournalEntry, Line, credit, debit, move
from chain.journal.loans import LoanBook


def platform_journal(events: Iterable[happened.Event]) -> tuple[JournalEntry, ...]:
    """The platform's journal."""
    book = _Platform()
    for event in events:
        book.take(event)
    return book.written.entries


class _Platform:
    def __init__(self) -> None:
        self.written = Book()
        self._loans: dict[str, LoanBook] = defaultdict(LoanBook)

    def take(self, event: happened.Event) -> None:
        self.written.write(event.day, type(event).__name__, getattr(event, "loan", ""), self._lines(event))

    @singledispatchmethod
    def _lines(self, event: happened.Event) -> tuple[Line, ...]:
        """Custody events of parties are not the servicer's."""
        return ()

    @_lines.register
    def _(self, event: happened.Subscribed) -> tuple[Line, ...]:
        return move(f"lenders_capital:{event.loan}", f"escrow_cash:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.OpenedRunning) -> tuple[Line, ...]:
        outstanding = sum(event.positions.values())
        return move(f"lenders_capital:{event.loan}", f"loans_receivable:{event.loan}", outstanding)

    @_lines.register
    def _(self, event: happened.Refunded) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"lenders_capital:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PaidOut) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"loans_receivable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PayoutBounced) -> tuple[Line, ...]:
        return move(f"loans_receivable:{event.loan}", f"escrow_cash:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PaymentPosted) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        return (debit(f"escrow_cash:{event.loan}", event.amount), *_used(event))

    @_lines.register
    def _(self, event: happened.PaymentKept) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        return (debit(f"escrow_cash:{event.loan}", event.amount), *_used(event))

    @_lines.register
    def _(self, event: happened.PaymentsUndone) -> tuple[Line, ...]:
        gone = self._loans[event.loan].undo(event)
        lines = [Line(line.account, line.credit, line.debit) for payment in gone for line in _used(payment)]
        lines.append(credit(f"escrow_cash:{event.loan}", sum(payment.amount for payment in gone)))
        if isinstance(event, happened.PaymentReversed):
            claim = event.amount - event.burned
            lines += move(f"bank_claims:{event.loan}", f"escrow_cash:{event.loan}", claim)
        return tuple(lines)

    @_lines.register
    def _(self, event: happened.ClaimMet) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"bank_claims:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.Claimed) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"lenders_payable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.FeesClaimed) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"fees_payable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.OverpaymentReleased) -> tuple[Line, ...]:
        return move(f"escrow_cash:{event.loan}", f"overpayments:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.DrawingClosed) -> tuple[Line, ...]:
        return move(f"lenders_payable:{event.loan}", f"lenders_capital:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.DustSwept) -> tuple[Line, ...]:
        return (
            *move(f"escrow_cash:{event.loan}", f"lenders_payable:{event.loan}", event.amount),
            *move("risk_reserve", "reserve_cash", event.amount),
        )


def _used(payment: happened.PaymentPosted | happened.PaymentKept) -> tuple[Line, ...]:
    """Principal lowers what the borrower owes, and is the lenders' to claim; interest and penalty are earned."""
    loan = payment.loan
    return (
        credit(f"loans_receivable:{loan}", payment.principal),
        *move(f"lenders_payable:{loan}", f"lenders_capital:{loan}", payment.principal),
        credit(f"lenders_payable:{loan}", payment.interest + payment.penalty),
        credit(f"fees_payable:{loan}", payment.fee),
        credit(f"overpayments:{loan}", payment.overpaid - payment.held),
    )
