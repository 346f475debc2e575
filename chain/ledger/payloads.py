"""The payloads of history entries, one typed class for each kind: what the contracts encoded, in the same order.

`chain.ledger.history` finds the class by the entry's kind. Pure; amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chain.ledger.orders import Drawdown, EarlyRepayment, Mandate, Opening, Payment, PositionTransfer
from chain.ledger.solidity import Struct
from chain.ledger.structs import BankEntry, DocumentKind, Early, Entry, Posted, Segment, Table
from chain.ledger.terms import Terms


@dataclass(frozen=True)
class Proposed(Struct):
    """The terms, the borrower's signature over them, and the regime's limits that apply."""

    SOLIDITY: ClassVar[str] = "Terms terms,bytes borrowerSignature,uint64 rateCapNano,uint16 reversalDays"

    terms: Terms
    borrower_signature: bytes
    rate_cap_nano: int
    reversal_days: int


@dataclass(frozen=True)
class Subscribed(Struct):
    """A lender's money taken into escrow; with the entry's loan, all of its signed order."""

    SOLIDITY: ClassVar[str] = (
        "address lender,bytes32 subject,uint128 amount,uint8 class,bytes32 salt,uint32 validThrough,bytes signature"
    )

    lender: str
    subject: bytes
    amount: int
    lender_class: int
    salt: bytes
    valid_through: date
    signature: bytes


@dataclass(frozen=True)
class Funded(Struct):
    """The principal is reached."""

    SOLIDITY: ClassVar[str] = "uint128 principal"

    principal: int


@dataclass(frozen=True)
class Cancelled(Struct):
    """The platform ended the loan before disbursement."""

    SOLIDITY: ClassVar[str] = "bytes32 reasonHash"

    reason_hash: bytes


@dataclass(frozen=True)
class Expired(Struct):
    """The loan was not funded, or not paid out, in time."""

    SOLIDITY: ClassVar[str] = "uint32 fundingDeadline"

    funding_deadline: date


@dataclass(frozen=True)
class Refunded(Struct):
    """A whole subscription returned to its lender."""

    SOLIDITY: ClassVar[str] = "address lender,bytes32 subject,uint128 amount"

    lender: str
    subject: bytes
    amount: int


@dataclass(frozen=True)
class DisbursementRequested(Struct):
    """The bank is asked to pay out; for the first tranche the drawdown is all zeros, without a signature."""

    SOLIDITY: ClassVar[str] = "uint128 amount,Drawdown drawdown,bytes signature"

    amount: int
    drawdown: Drawdown
    signature: bytes


@dataclass(frozen=True)
class PayoutInstructed(Struct):
    """The bank has instructed the payout."""

    SOLIDITY: ClassVar[str] = "bytes32 instructionHash"

    instruction_hash: bytes


@dataclass(frozen=True)
class PayoutReturned(Struct):
    """The payout was refused before it was booked."""

    SOLIDITY: ClassVar[str] = "bytes32 reasonHash"

    reason_hash: bytes


@dataclass(frozen=True)
class Disbursed(Struct):
    """The payout is booked; `schedule` holds the whole table, of which `segment` came with this payout."""

    SOLIDITY: ClassVar[str] = (
        "uint128 amount,uint32 valueDate,BankEntry entry,Segment segment,address schedule,bytes32 scheduleHash"
    )

    amount: int
    value_date: date
    entry: BankEntry
    segment: Segment
    schedule: str
    schedule_hash: bytes


@dataclass(frozen=True)
class PaymentPosted(Struct):
    """A booked receipt was used for the loan."""

    SOLIDITY: ClassVar[str] = "Posted posted,BankEntry entry"

    posted: Posted
    entry: BankEntry


@dataclass(frozen=True)
class Repaid(Struct):
    """All is repaid, by the payment with this value date."""

    SOLIDITY: ClassVar[str] = "uint32 valueDate"

    value_date: date


@dataclass(frozen=True)
class Claimed(Struct):
    """A lender was paid what its units had earned."""

    SOLIDITY: ClassVar[str] = "address lender,bytes32 subject,uint128 amount"

    lender: str
    subject: bytes
    amount: int


@dataclass(frozen=True)
class Closed(Struct):
    """The reversal window has passed; `distributed`: all that lenders earned."""

    SOLIDITY: ClassVar[str] = "uint128 distributed"

    distributed: int


@dataclass(frozen=True)
class DustSwept(Struct):
    """What no unit could claim moved to the platform's risk reserve."""

    SOLIDITY: ClassVar[str] = "uint128 amount"

    amount: int


@dataclass(frozen=True)
class DocumentCommitted(Struct):
    """A document was committed; `size` of the plaintext in bytes."""

    SOLIDITY: ClassVar[str] = "bytes32 documentId,bytes32 cidCommitment,bytes32 contentHash,uint64 size,uint8 kind"

    document_id: bytes
    cid_commitment: bytes
    content_hash: bytes
    size: int
    kind: DocumentKind


@dataclass(frozen=True)
class PaidFromAccount(Struct):
    """A party paid from its own custody tokens."""

    SOLIDITY: ClassVar[str] = "Posted posted,Payment payment,bytes signature"

    posted: Posted
    payment: Payment
    signature: bytes


@dataclass(frozen=True)
class PaidByMandate(Struct):
    """What was due was taken from a party's custody tokens by its mandate."""

    SOLIDITY: ClassVar[str] = "Posted posted,Mandate mandate,bytes signature"

    posted: Posted
    mandate: Mandate
    signature: bytes


@dataclass(frozen=True)
class EarlyRepaid(Struct):
    """A receipt was used for an early repayment; `before`: the table that ran until then."""

    SOLIDITY: ClassVar[str] = (
        "Posted posted,BankEntry entry,EarlyRepayment order,bytes signature,Early early,Table before"
    )

    posted: Posted
    entry: BankEntry
    order: EarlyRepayment
    signature: bytes
    early: Early
    before: Table


@dataclass(frozen=True)
class PaymentReversed(Struct):
    """Entry `seq` and all payments after it are undone; those that stay follow as PaymentKept. `burned`: what of the
    amount was still there; the rest is the bank's claim."""

    SOLIDITY: ClassVar[str] = "uint32 seq,uint128 amount,uint128 burned,bytes32 reasonHash,BankEntry entry"

    seq: int
    amount: int
    burned: int
    reason_hash: bytes
    entry: BankEntry


@dataclass(frozen=True)
class PaymentKept(Struct):
    """A payment posted again, without new money, in place of entry `seq`."""

    SOLIDITY: ClassVar[str] = "Posted posted,uint32 seq"

    posted: Posted
    seq: int


@dataclass(frozen=True)
class PayoutBounced(Struct):
    """Money of a booked payout came back."""

    SOLIDITY: ClassVar[str] = "uint128 amount,uint32 valueDate,BankEntry entry"

    amount: int
    value_date: date
    entry: BankEntry


@dataclass(frozen=True)
class PositionTransferred(Struct):
    """Units changed hands; `carried`: the part of the numerator that moved with them."""

    SOLIDITY: ClassVar[str] = (
        "PositionTransfer transfer,bytes32 from,bytes32 to,int256 carried,bytes sellerSignature,bytes buyerSignature"
    )

    transfer: PositionTransfer
    seller_subject: bytes
    buyer_subject: bytes
    carried: int
    seller_signature: bytes
    buyer_signature: bytes


@dataclass(frozen=True)
class DrawingClosed(Struct):
    """What was never drawn went back to the units."""

    SOLIDITY: ClassVar[str] = "uint128 returned"

    returned: int


@dataclass(frozen=True)
class FeesClaimed(Struct):
    """A payee of fees was paid what was collected for it."""

    SOLIDITY: ClassVar[str] = "address payee,bytes32 subject,uint128 amount"

    payee: str
    subject: bytes
    amount: int


@dataclass(frozen=True)
class OverpaymentReleased(Struct):
    """The borrower was paid what it had overpaid."""

    SOLIDITY: ClassVar[str] = "bytes32 subject,uint128 amount"

    subject: bytes
    amount: int


@dataclass(frozen=True)
class OpenedRunning(Struct):
    """A running loan of an old book entered the ledger."""

    SOLIDITY: ClassVar[str] = "Opening opening,address schedule,bytes32 scheduleHash,bytes borrowerSignature"

    opening: Opening
    schedule: str
    schedule_hash: bytes
    borrower_signature: bytes


@dataclass(frozen=True)
class MandateRevoked(Struct):
    """A mandate, named by its digest, ended."""

    SOLIDITY: ClassVar[str] = "bytes32 mandate,address payer"

    mandate: bytes
    payer: str


@dataclass(frozen=True)
class PaymentsUndone(Struct):
    """As PaymentReversed, but no money leaves: a payment of an earlier value date is put in."""

    SOLIDITY: ClassVar[str] = "uint32 seq,bytes32 reasonHash"

    seq: int
    reason_hash: bytes


PAYLOADS: Mapping[Entry, type[Struct]] = {
    Entry.PROPOSED: Proposed,
    Entry.SUBSCRIBED: Subscribed,
    Entry.FUNDED: Funded,
    Entry.CANCELLED: Cancelled,
    Entry.EXPIRED: Expired,
    Entry.REFUNDED: Refunded,
    Entry.DISBURSEMENT_REQUESTED: DisbursementRequested,
    Entry.PAYOUT_INSTRUCTED: PayoutInstructed,
    Entry.PAYOUT_RETURNED: PayoutReturned,
    Entry.DISBURSED: Disbursed,
    Entry.PAYMENT_POSTED: PaymentPosted,
    Entry.REPAID: Repaid,
    Entry.CLAIMED: Claimed,
    Entry.CLOSED: Closed,
    Entry.DUST_SWEPT: DustSwept,
    Entry.DOCUMENT_COMMITTED: DocumentCommitted,
    Entry.PAID_FROM_ACCOUNT: PaidFromAccount,
    Entry.PAID_BY_MANDATE: PaidByMandate,
    Entry.EARLY_REPAID: EarlyRepaid,
    Entry.PAYMENT_REVERSED: PaymentReversed,
    Entry.PAYMENT_KEPT: PaymentKept,
    Entry.PAYOUT_BOUNCED: PayoutBounced,
    Entry.POSITION_TRANSFERRED: PositionTransferred,
    Entry.DRAWING_CLOSED: DrawingClosed,
    Entry.FEES_CLAIMED: FeesClaimed,
    Entry.OVERPAYMENT_RELEASED: OverpaymentReleased,
    Entry.OPENED_RUNNING: OpenedRunning,
    Entry.MANDATE_REVOKED: MandateRevoked,
    Entry.PAYMENTS_UNDONE: PaymentsUndone,
}
