"""What happens to each loan of the example book, event by event, strictly typed.

`day` is the business date on which an event comes: with that day's account statement for money, after it for orders.
What a payment amounts to ('due', 'settle', ...) is worked out by the independent calculation in `expected`; the
resulting entries stand in its figures.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from gateway.demo.book.agreed import Amount, EarlyKind, Strict


class _Event(Strict):
    day: date


class Payout(_Event):
    """The bank books a payout."""

    do: Literal["payout"]
    value_date: date
    amount: Amount


class Bounce(_Event):
    """The money of a booked payout comes back; it is paid out again."""

    do: Literal["bounce"]
    value_date: date


class Drawdown(_Event):
    """The borrower calls for a later tranche."""

    do: Literal["drawdown"]
    amount: Amount


class Payment(_Event):
    """The borrower pays an amount, 'due', 'due+50.00', or the 'next' row before it is due.

    mistyped: the reference is, and the entry waits in suspense until two people match it on the day `matched`. A value
    date before the last posting's puts the payment in before it.
    """

    do: Literal["payment"]
    value_date: date
    pays: str
    mistyped: bool = False
    matched: date | None = None


class EarlyRepayment(_Event):
    """The borrower pays on its signed order. pays: an amount, or 'settle' for all of it."""

    do: Literal["early-repayment"]
    value_date: date
    kind: EarlyKind
    pays: str


class Reversal(_Event):
    """The bank takes back the loan's payment number `payment` (from 1)."""

    do: Literal["reversal"]
    payment: int
    value_date: date


class Claim(_Event):
    """Lenders claim what their units have earned so far, before the end."""

    do: Literal["claim"]


class Sale(_Event):
    """A lender sells units to another."""

    do: Literal["sale"]
    seller: str
    buyer: str
    units: Amount
    price: Amount


class Cancel(_Event):
    """The platform ends the loan before it is paid out."""

    do: Literal["cancel"]


Event = Annotated[
    Payout | Bounce | Drawdown | Payment | EarlyRepayment | Reversal | Claim | Sale | Cancel, Field(discriminator="do")
]


class LoanCourse(Strict):
    """courses/<loan>.json."""

    loan: str
    events: tuple[Event, ...]
