"""What may be asked of the ledger, each a frozen value. Who may send it is the role table's business, not the model's:
commands are taken as sent by a key that may, and signatures as given by the party that is named.

`at`: the history length that the sender expects. `order`: stands for the digest of a party's signed order, used once;
`valid_through`: the last business date on which it may be used. Amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from chain.model.state import BankEntry, WorkingDays
from chain.model.terms import EarlyKind, LoanTerms
from chain.schedules.ledger import Row


@dataclass(frozen=True, slots=True)
class Register:
    """A party's account for a subject."""

    account: str
    subject: str


@dataclass(frozen=True, slots=True)
class Freeze:
    """Holds a subject's payouts."""

    subject: str


@dataclass(frozen=True, slots=True)
class Unfreeze:
    """Ends a freeze."""

    subject: str


@dataclass(frozen=True, slots=True)
class AnnounceReplacement:
    """Another account is to stand for a subject whose key is lost."""

    subject: str
    account: str


@dataclass(frozen=True, slots=True)
class ConsentReplacement:
    """The regulator's consent to exactly this announcement."""

    subject: str
    account: str


@dataclass(frozen=True, slots=True)
class WithdrawReplacement:
    """Takes an announcement back."""

    subject: str


@dataclass(frozen=True, slots=True)
class Replace:
    """The announced account stands for the subject from now on; its tokens move with it."""

    subject: str


@dataclass(frozen=True, slots=True)
class PublishWorkingDays:
    """A working-day calendar, or the years that follow what is published of it."""

    calendar: int
    days: WorkingDays


@dataclass(frozen=True, slots=True)
class Deposit:
    """A booked credit to a party."""

    account: str
    amount: int
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class Suspend:
    """A booked credit that nobody can be found for."""

    amount: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class DepositSuspense:
    """What was in suspense is a party's deposit."""

    account: str
    amount: int
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class ReturnSuspense:
    """What was in suspense went back by a booked debit."""

    entry: BankEntry
    debit: BankEntry


@dataclass(frozen=True, slots=True)
class Attest:
    """The day-end's balance: booked = supply + suspense + items - shortfall."""

    through: date
    booked: int
    suspense: int
    items: int


@dataclass(frozen=True, slots=True)
class CloseDay:
    """The business date becomes the day after `through`."""

    through: date


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A holder's order to be paid out."""

    account: str
    amount: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class InstructWithdrawal:
    """The bank was told to pay."""

    order: str


@dataclass(frozen=True, slots=True)
class SettleWithdrawal:
    """The payout is booked."""

    order: str
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class ReturnWithdrawal:
    """The payout came back before it was booked."""

    order: str


@dataclass(frozen=True, slots=True)
class BounceWithdrawal:
    """The money of a booked payout came back."""

    order: str
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class ReleaseWithdrawal:
    """An order that the bank did not instruct while it was valid."""

    order: str


@dataclass(frozen=True, slots=True)
class Propose:
    """A loan with the terms that its borrower signed."""

    loan: str
    terms: LoanTerms


@dataclass(frozen=True, slots=True)
class Promise:
    """A lender's signed subscription, the class by its number from 0."""

    lender: str
    amount: int
    units_class: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Takes signed subscriptions into escrow."""

    loan: str
    at: int
    promises: tuple[Promise, ...]


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ends a loan before its payout is requested."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class Expire:
    """Ends a loan that was not funded or paid out in time."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Gives lenders of a cancelled or expired loan their money back."""

    loan: str
    at: int
    lenders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenRunning:
    """A running loan of an old book: lenders' accounts with their units and classes, and the rows that remain."""

    loan: str
    at: int
    last_value_date: date
    rows: tuple[Row, ...]
    positions: tuple[tuple[str, int, int], ...]
    order: str


@dataclass(frozen=True, slots=True)
class Disburse:
    """Asks the bank to pay the first tranche out."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class Draw:
    """Asks the bank to pay a later tranche out, on the borrower's order."""

    loan: str
    at: int
    amount: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class Instruct:
    """The bank was told to pay."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class Settle:
    """The payout is booked: the rows count from its value date."""

    loan: str
    at: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class ReturnPayout:
    """The payout came back before it was booked."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class BouncePayout:
    """Money of the booked, only payout came back."""

    loan: str
    at: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class CloseDrawing:
    """What was not drawn goes back to the units. by_platform: sent by the loan's platform, which need not wait."""

    loan: str
    at: int
    by_platform: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """A booked credit earmarked for a loan."""

    loan: str
    at: int
    amount: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class Collect:
    """Posts receipts, in their order."""

    receipts: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class CollectSuspense:
    """Posts what was in suspense."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Pay:
    """A party's payment from its own custody tokens; counts today."""

    loan: str
    at: int
    payer: str
    amount: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class PayByMandate:
    """Takes what is due now from a party, up to its mandate's limit for a day and its balance."""

    loan: str
    at: int
    payer: str
    limit: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class RevokeMandate:
    """Ends a mandate, named whole."""

    loan: str
    at: int
    payer: str
    limit: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class RepayEarly:
    """Posts a receipt as an early repayment on the borrower's order."""

    receipt: Receipt
    kind: EarlyKind
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class Reverse:
    """A payment, by the number of its history entry, is reversed by a booked debit."""

    loan: str
    seq: int
    entry: BankEntry


@dataclass(frozen=True, slots=True)
class Insert:
    """Payments of an earlier value date are put in; entry `seq` is the first payment posted again."""

    loan: str
    seq: int
    added: tuple[Receipt, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Pays lenders what their units earned."""

    loan: str
    at: int
    lenders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClaimFees:
    """Pays a payee what was collected for it."""

    loan: str
    at: int
    payee: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units move with what they earned, against the price."""

    loan: str
    at: int
    seller: str
    buyer: str
    units: int
    price: int
    order: str
    valid_through: date


@dataclass(frozen=True, slots=True)
class ReleaseOverpayment:
    """Pays the borrower of a closed loan what it overpaid."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class Close:
    """Repaid -> Closed."""

    loan: str
    at: int


@dataclass(frozen=True, slots=True)
class SweepDust:
    """Moves a closed loan's dust to the platform's risk reserve."""

    loan: str
    at: int


Command = (
    Register
    | Freeze
    | Unfreeze
    | AnnounceReplacement
    | ConsentReplacement
    | WithdrawReplacement
    | Replace
    | PublishWorkingDays
    | Deposit
    | Suspend
    | DepositSuspense
    | ReturnSuspense
    | Attest
    | CloseDay
    | Withdraw
    | InstructWithdrawal
    | SettleWithdrawal
    | ReturnWithdrawal
    | BounceWithdrawal
    | ReleaseWithdrawal
    | Propose
    | Subscribe
    | Cancel
    | Expire
    | Refund
    | OpenRunning
    | Disburse
    | Draw
    | Instruct
    | Settle
    | ReturnPayout
    | BouncePayout
    | CloseDrawing
    | Collect
    | CollectSuspense
    | Pay
    | PayByMandate
    | RevokeMandate
    | RepayEarly
    | Reverse
    | Insert
    | Claim
    | ClaimFees
    | Transfer
    | ReleaseOverpayment
    | Close
    | SweepDust
)
