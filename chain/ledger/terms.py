"""Terms of a loan: what borrower and lenders agree to, and the loan's id, which is the EIP-712 digest of its terms.

Fields and order are those of the contracts' `Terms`. Amounts are minor units, rates 1e-9 per year, dates business
dates. Pure: whether terms are admissible is the agreements contract's to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import ClassVar

from eth_utils.crypto import keccak

from chain.ledger.errors import FieldInvalid, TermsInvalid
from chain.ledger.solidity import Struct
from chain.ledger.typed_data import Domain, digest

TERMS_VERSION = 1


class Method(IntEnum):
    """How the principal is repaid; numbers are part of the signed terms."""

    EQUAL_INSTALMENT = 0
    INTEREST_ONLY_BULLET = 1
    EQUAL_PRINCIPAL = 2
    SINGLE_PAYMENT = 3
    CUSTOM = 4


class DayCount(IntEnum):
    """The fraction of a year that a period counts for; numbers are part of the signed terms."""

    MONTHLY_12 = 0
    ACT_365 = 1
    ACT_360 = 2
    THIRTY_360_E = 3
    ACT_ACT = 4


class AllocationOrder(IntEnum):
    """In which order a payment meets what is due: instalment by instalment, or each kind over all of them."""

    HORIZONTAL = 0
    VERTICAL = 1


class KindsOrder(IntEnum):
    """The order of fee, interest and principal within an allocation."""

    FEE_INTEREST_PRINCIPAL = 0
    FEE_PRINCIPAL_INTEREST = 1
    INTEREST_FEE_PRINCIPAL = 2
    INTEREST_PRINCIPAL_FEE = 3
    PRINCIPAL_FEE_INTEREST = 4
    PRINCIPAL_INTEREST_FEE = 5


class PenaltyBase(IntEnum):
    """What penalty interest is charged on: overdue principal, or overdue principal and interest."""

    NONE = 0
    PRINCIPAL = 1
    INSTALMENT = 2


class FeeKind(IntEnum):
    """When a fee falls due."""

    FIRST_INSTALMENT = 0
    EACH_INSTALMENT = 1


class EarlyKind(IntEnum):
    """Early repayments: of all; keeping the instalment with fewer rows; keeping the rows with lower instalments.

    Numbers are bits of `PaymentRule.early_kinds`.
    """

    TOTAL = 1
    SHORTEN = 2
    LOWER = 4


@dataclass(frozen=True)
class ContractText(Struct):
    """Commitments to the contract text: salted hash of the plaintext and salted commitment to the CID."""

    SOLIDITY: ClassVar[str] = "string number,bytes32 salt,bytes32 textHash,bytes32 cidCommitment"

    number: str
    salt: bytes
    text_hash: bytes
    cid_commitment: bytes


@dataclass(frozen=True)
class Pricing(Struct):
    """`rate_nano`: nominal annual rate, 1e-9 per year. `rate_shares`: weights by which interest is shared between the
    classes of lenders, one for each, at most 4; empty: one class."""

    SOLIDITY: ClassVar[str] = "uint64 rateNano,uint8 dayCount,uint16[] rateShares"

    rate_nano: int
    day_count: DayCount
    rate_shares: tuple[int, ...] = ()


@dataclass(frozen=True)
class ScheduleRule(Struct):
    """`first_tranche`: minor units paid out first, the principal unless the loan is drawn in tranches.

    `available_through`: last business date for later tranches; None unless drawn in tranches. `table_hash`: see
    `chain.ledger.schedule.table_hash`, for custom tables; else zero. `period_months` is 0 for custom tables.
    """

    SOLIDITY: ClassVar[str] = (
        "uint8 method,uint16 instalments,uint16 periodMonths,uint128 firstTranche,uint32 availableThrough,"
        "bytes32 tableHash"
    )

    method: Method
    instalments: int
    period_months: int
    first_tranche: int
    available_through: date | None = None
    table_hash: bytes = bytes(32)


@dataclass(frozen=True)
class PaymentRule(Struct):
    """How payments are used, what lateness costs and which early repayments are agreed. See docs/payments.md.

    `penalty_rate_nano`: 1e-9 per year, added to the loan's rate unless it replaces it. `grace_days`: days after the
    payable-by date without penalty interest. `early_kinds`: bit set of `EarlyKind`. `early_fee_nano`: 1e-9 of the
    principal repaid early. `calendar`: number of the working-day calendar; 0: every day is a working day.
    """

    SOLIDITY: ClassVar[str] = (
        "uint8 order,uint8 kinds,bool penaltyFirst,uint8 penaltyBase,bool penaltyReplaces,uint64 penaltyRateNano,"
        "uint16 graceDays,uint8 earlyKinds,uint64 earlyFeeNano,uint16 calendar"
    )

    order: AllocationOrder
    kinds: KindsOrder
    penalty_first: bool
    penalty_base: PenaltyBase
    penalty_replaces: bool
    penalty_rate_nano: int
    grace_days: int
    early_kinds: int
    early_fee_nano: int
    calendar: int


# Instalment by instalment, fees before interest before principal; lateness costs nothing, nothing is repaid early.
PLAIN_PAYMENTS = PaymentRule(
    order=AllocationOrder.HORIZONTAL,
    kinds=KindsOrder.FEE_INTEREST_PRINCIPAL,
    penalty_first=False,
    penalty_base=PenaltyBase.NONE,
    penalty_replaces=False,
    penalty_rate_nano=0,
    grace_days=0,
    early_kinds=0,
    early_fee_nano=0,
    calendar=0,
)


@dataclass(frozen=True)
class Fee(Struct):
    """A fee that `payee`, a registered party, earns with the first or with each instalment; minor units."""

    SOLIDITY: ClassVar[str] = "uint8 kind,address payee,uint128 amount"

    kind: FeeKind
    payee: str
    amount: int


@dataclass(frozen=True)
class Terms(Struct):
    """What borrower and lenders agree to; never changes. Domain of the digest: the agreements contract."""

    SOLIDITY: ClassVar[str] = (
        "uint16 version,address platform,address borrower,bytes3 currency,uint128 principal,bytes32 regime,"
        "uint32 fundingDeadline,ContractText text,Pricing pricing,ScheduleRule schedule,PaymentRule payments,Fee[] fees"
    )
    INVALID: ClassVar[type[FieldInvalid]] = TermsInvalid

    version: int = field(default=TERMS_VERSION, kw_only=True)
    platform: str
    borrower: str
    currency: str
    principal: int
    regime: bytes
    funding_deadline: date
    text: ContractText
    pricing: Pricing
    schedule: ScheduleRule
    payments: PaymentRule
    fees: tuple[Fee, ...]


def loan_id(terms: Terms, domain: Domain) -> bytes:
    """The loan's id: the EIP-712 digest of its terms in the agreements contract's domain."""
    return digest(terms, domain)


def regime_id(name: str) -> bytes:
    """The id of a regime profile: keccak256 of its name."""
    return bytes(keccak(text=name))
