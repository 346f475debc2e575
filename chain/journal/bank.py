"""The depository bank's book: the custody account against everyone whose money is in it.

`custody_cash` is the bank's booked balance, to be compared with its account statements; against it stand `suspense`
and the custody tokens: `party_tokens` by party, and of each loan `loan_funds` (not paid out yet), `lenders_payable`,
`fees_payable` and `overpayments`; `risk_reserve` by platform; `withdrawals_in_progress`. `bank_claims` is what
reversals took out that the loan had already paid on. Undone payments pass through `rebooking`, which is 0 after every
event's payments were posted again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import singledispatchmethod

from chain.journal import events as happened
from chain.journal.entries import Book, JournalEntry, Line, credit, debit, move
from chain.journal.loans import LoanBook

CASH = "custody_cash"
SUSPENSE = "suspense"


def bank_journal(events: Iterable[happened.Event]) -> tuple[JournalEntry, ...]:
    """The bank's journal."""
    book = _Bank()
    for event in events:
        book.take(event)
    return book.written.entries


class _Bank:
    def __init__(self) -> None:
        self.written = Book()
        self._loans: dict[str, LoanBook] = defaultdict(LoanBook)

    def take(self, event: happened.Event) -> None:
        loan = getattr(event, "loan", "")
        self.written.write(event.day, type(event).__name__, loan, self._lines(event))

    @singledispatchmethod
    def _lines(self, event: happened.Event) -> tuple[Line, ...]:
        """Events that move no money in this book."""
        return ()

    @_lines.register
    def _(self, event: happened.Deposited) -> tuple[Line, ...]:
        return move(_tokens(event.party), SUSPENSE if event.from_suspense else CASH, event.amount)

    @_lines.register
    def _(self, event: happened.WithdrawalReserved) -> tuple[Line, ...]:
        return move(f"withdrawals_in_progress:{event.party}", _tokens(event.party), event.amount)

    @_lines.register
    def _(self, event: happened.WithdrawalSettled) -> tuple[Line, ...]:
        return move(CASH, f"withdrawals_in_progress:{event.party}", event.amount)

    @_lines.register
    def _(self, event: happened.WithdrawalReturned) -> tuple[Line, ...]:
        came_from = CASH if event.booked else f"withdrawals_in_progress:{event.party}"
        return move(_tokens(event.party), came_from, event.amount)

    @_lines.register
    def _(self, event: happened.Suspended) -> tuple[Line, ...]:
        return move(SUSPENSE, CASH, event.amount)

    @_lines.register
    def _(self, event: happened.SuspenseReturned) -> tuple[Line, ...]:
        return move(CASH, SUSPENSE, event.amount)

    @_lines.register
    def _(self, event: happened.Subscribed) -> tuple[Line, ...]:
        return move(f"loan_funds:{event.loan}", _tokens(event.lender), event.amount)

    @_lines.register
    def _(self, event: happened.Refunded) -> tuple[Line, ...]:
        return move(_tokens(event.lender), f"loan_funds:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PaidOut) -> tuple[Line, ...]:
        return move(CASH, f"loan_funds:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PayoutBounced) -> tuple[Line, ...]:
        return move(f"loan_funds:{event.loan}", CASH, event.amount)

    @_lines.register
    def _(self, event: happened.PaymentPosted) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        sources = {
            happened.Source.BANK: CASH,
            happened.Source.SUSPENSE: SUSPENSE,
            happened.Source.PARTY: _tokens(event.payer),
        }
        return (debit(sources[event.source], event.amount), *_used(event))

    @_lines.register
    def _(self, event: happened.PaymentKept) -> tuple[Line, ...]:
        self._loans[event.loan].post(event)
        return (debit(f"rebooking:{event.loan}", event.amount), *_used(event))

    @_lines.register
    def _(self, event: happened.PaymentsUndone) -> tuple[Line, ...]:
        gone = self._loans[event.loan].undo(event)
        lines = [Line(line.account, line.credit, line.debit) for payment in gone for line in _used(payment)]
        clearing = f"rebooking:{event.loan}"
        lines.append(credit(clearing, sum(payment.amount for payment in gone)))
        if isinstance(event, happened.PaymentReversed):
            claim = event.amount - event.burned
            lines += move(CASH, clearing, event.amount)
            lines += move(f"lenders_payable:{event.loan}", f"bank_claims:{event.loan}", claim)
        return tuple(lines)

    @_lines.register
    def _(self, event: happened.ClaimMet) -> tuple[Line, ...]:
        return move(f"bank_claims:{event.loan}", f"lenders_payable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.Claimed) -> tuple[Line, ...]:
        return move(_tokens(event.lender), f"lenders_payable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.FeesClaimed) -> tuple[Line, ...]:
        return move(_tokens(event.payee), f"fees_payable:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.OverpaymentReleased) -> tuple[Line, ...]:
        return move(_tokens(event.borrower), f"overpayments:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.PositionTransferred) -> tuple[Line, ...]:
        return move(_tokens(event.seller), _tokens(event.buyer), event.price)

    @_lines.register
    def _(self, event: happened.DrawingClosed) -> tuple[Line, ...]:
        return move(f"lenders_payable:{event.loan}", f"loan_funds:{event.loan}", event.amount)

    @_lines.register
    def _(self, event: happened.DustSwept) -> tuple[Line, ...]:
        return move(f"risk_reserve:{event.platform}", f"lenders_payable:{event.loan}", event.amount)


def _tokens(party: str) -> str:
    return f"party_tokens:{party}"


def _used(payment: happened.PaymentPosted | happened.PaymentKept) -> tuple[Line, ...]:
    """What a payment's money is owed as."""
    return (
        credit(f"lenders_payable:{payment.loan}", payment.principal + payment.interest + payment.penalty),
        credit(f"fees_payable:{payment.loan}", payment.fee),
        credit(f"overpayments:{payment.loan}", payment.overpaid - payment.held),
    )
