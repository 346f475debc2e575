"""The figures that the example book must end with, as the independent calculation in `expected` states them.

Reading only. Amounts are minor units.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from gateway.demo.book.agreed import Amount, Rate, Strict


class PaidOut(Strict):
    """A booked payout. bounced: the day its money came back."""

    day: date
    value_date: date
    amount: Amount
    bounced: date | None = None


class CreditEntry(Strict):
    """A credit of the bank for the loan, in the order of the account statements."""

    day: date
    value_date: date
    amount: Amount


class Row(Strict):
    """An instalment."""

    due: date
    payable_by: date
    principal: Amount
    interest: Amount
    fee: Amount

    @property
    def amount(self) -> int:
        """All that is due with it."""
        return self.principal + self.interest + self.fee


class Table(Strict):
    """The rows that stand from a value date on: the whole table, or what remains after an early repayment."""

    first: Annotated[date, Field(alias="from")]
    rows: tuple[Row, ...]


class Posting(Strict):
    """How one payment was used. interest: without penalty interest and early fee. overpaid: held for the borrower.

    how: 'payment', 'kept' (posted again in a correction) or the kind of an early repayment. undone: by a later one.
    """

    day: date
    value_date: date
    how: Literal["payment", "kept", "total", "shorten", "lower"]
    amount: Amount
    fee: Amount
    interest: Amount
    principal: Amount
    penalty: Amount
    early_fee: Amount
    accrued: Amount
    overpaid: Amount
    undone: bool


class Received(Strict):
    """What one lender of a loan must have received. subscribed: 0 for one who bought its units later."""

    lender: str
    subscribed: Amount
    received: Amount


class FeesReceived(Strict):
    """What one payee of fees must have received."""

    payee: str
    received: Amount


class Refund(Strict):
    """What one lender of a loan that was not paid out gets back."""

    lender: str
    amount: Amount


class Closed(Strict):
    """A loan that runs its whole life. dust: what the lenders' floors leave, for the risk reserve."""

    status: Literal["Closed"]
    principal: Amount
    payouts: tuple[PaidOut, ...]
    entries: tuple[CreditEntry, ...]
    tables: tuple[Table, ...]
    postings: tuple[Posting, ...]
    paid: Amount
    interest: Amount
    penalties: Amount
    fees: tuple[FeesReceived, ...]
    overpaid: Amount
    lenders: tuple[Received, ...]
    dust: Amount


class Refused(Strict):
    """A loan that must not come to be. error: the contract's refusal."""

    status: Literal["Refused"]
    principal: Amount
    rate_cap: Rate
    error: str


class Unfunded(Strict):
    """A loan that isn't funded by its deadline, or is cancelled before it is paid out."""

    status: Literal["Expired", "Cancelled"]
    principal: Amount
    refunds: tuple[Refund, ...]


ExpectedLoan = Annotated[Closed | Refused | Unfunded, Field(discriminator="status")]


class PartyTotals(Strict):
    """Over all loans; balance: what the party's ledger account holds at the end."""

    deposited: Amount
    lent: Amount
    received: Amount
    bought: Amount
    sold: Amount
    fees: Amount
    released: Amount
    balance: Amount


class Balance(Strict):
    """The end of one business date: bank = tokens + suspense - bank_claims."""

    day: date
    opening: Amount
    bank: Amount
    tokens: Amount
    suspense: Amount
    bank_claims: Amount


class CustodyTotals(Strict):
    """At the very end: bank = tokens + suspense; dust is part of tokens."""

    tokens: Amount
    suspense: Amount
    bank: Amount
    dust: Amount


class Figures(Strict):
    """expected/figures.json and figures-quick.json. exposures: outstanding by borrower at the end of each day."""

    source: str
    currency: str
    loans: dict[str, ExpectedLoan]
    parties: dict[str, PartyTotals]
    balances: tuple[Balance, ...]
    exposures: dict[date, dict[str, Amount]]
    custody: CustodyTotals
