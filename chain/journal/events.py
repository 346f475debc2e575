"""What happened on the ledger, as the journals need it: plain data, in the order it happened.

`day` is the business date; amounts are minor units; parties are named by their subjects, so that a replaced key
changes nothing, and loans by their ids. One event is one history entry or one custody event; a posting from a bank
entry or from suspense brings its money with it, so its custody event is not listed again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where a payment's money comes from."""

    BANK = "bank"
    SUSPENSE = "suspense"
    PARTY = "party"


@dataclass(frozen=True)
class _Dated:
    day: str


# Custody.


@dataclass(frozen=True)
class Deposited(_Dated):
    """A party's money arrived at the bank and is its tokens now. from_suspense: it had waited there."""

    party: str
    amount: int
    from_suspense: bool = False


@dataclass(frozen=True)
class WithdrawalReserved(_Dated):
    """A party's tokens are set aside to be paid out to it."""

    party: str
    amount: int


@dataclass(frozen=True)
class WithdrawalSettled(_Dated):
    """The bank paid them out."""

    party: str
    amount: int


@dataclass(frozen=True)
class WithdrawalReturned(_Dated):
    """The party has its tokens again. booked: the money had left and came back."""

    party: str
    amount: int
    booked: bool


@dataclass(frozen=True)
class Suspended(_Dated):
    """A credit that nobody can be found for."""

    amount: int


@dataclass(frozen=True)
class SuspenseReturned(_Dated):
    """It went back to its originator."""

    amount: int


# Loans.


@dataclass(frozen=True)
class _OfLoan(_Dated):
    loan: str


@dataclass(frozen=True)
class Subscribed(_OfLoan):
    """A lender's tokens are the loan's; as many units are the lender's."""

    lender: str
    amount: int


@dataclass(frozen=True)
class OpenedRunning(_OfLoan):
    """A loan of an old book with its positions, units by lender."""

    positions: Mapping[str, int]


@dataclass(frozen=True)
class Refunded(_OfLoan):
    """A subscription of a loan that is not paid out went back."""

    lender: str
    amount: int


@dataclass(frozen=True)
class PaidOut(_OfLoan):
    """The bank booked a payout to the borrower."""

    amount: int


@dataclass(frozen=True)
class PayoutBounced(_OfLoan):
    """Its money came back."""

    amount: int


@dataclass(frozen=True)
class PaymentPosted(_OfLoan):
    """A payment and how it was used.

    seq: of its history entry. interest: with early fees. held, overpaid: for the borrower before and afterwards.
    payer: whose tokens it came from, where `source` is PARTY.
    """

    seq: int
    source: Source
    payer: str
    amount: int
    fee: int
    penalty: int
    interest: int
    principal: int
    held: int
    overpaid: int


@dataclass(frozen=True)
class PaymentsUndone(_OfLoan):
    """All payments from history entry `seq` on are undone; those that stay follow as PaymentKept."""

    seq: int


@dataclass(frozen=True)
class PaymentReversed(PaymentsUndone):
    """And payment `seq` is gone for good: `amount` left the bank, of which the loan still held `burned`."""

    amount: int
    burned: int


@dataclass(frozen=True)
class PaymentKept(_OfLoan):
    """A payment posted again without new money; `of` is the entry in whose place it stands."""

    seq: int
    of: int
    amount: int
    fee: int
    penalty: int
    interest: int
    principal: int
    held: int
    overpaid: int


@dataclass(frozen=True)
class ClaimMet(_OfLoan):
    """Money of the loan met the bank's claim."""

    amount: int


@dataclass(frozen=True)
class Claimed(_OfLoan):
    """A lender was paid what its units had earned."""

    lender: str
    amount: int


@dataclass(frozen=True)
class FeesClaimed(_OfLoan):
    """A payee was paid its fees."""

    payee: str
    amount: int


@dataclass(frozen=True)
class OverpaymentReleased(_OfLoan):
    """The borrower was paid what it had overpaid."""

    borrower: str
    amount: int


@dataclass(frozen=True)
class PositionTransferred(_OfLoan):
    """Units changed hands against a price."""

    seller: str
    buyer: str
    units: int
    price: int


@dataclass(frozen=True)
class DrawingClosed(_OfLoan):
    """What was never drawn is the units' again."""

    amount: int


@dataclass(frozen=True)
class DustSwept(_OfLoan):
    """What no unit can claim went to the platform's risk reserve."""

    platform: str
    amount: int


Event = (
    Deposited | WithdrawalReserved | WithdrawalSettled | WithdrawalReturned | Suspended | SuspenseReturned
    | Subscribed | OpenedRunning | Refunded | PaidOut | PayoutBounced | PaymentPosted | PaymentsUndone | PaymentReversed
    | PaymentKept | ClaimMet | Claimed | FeesClaimed | OverpaymentReleased | PositionTransferred | DrawingClosed
    | DustSwept
)  # fmt: skip
