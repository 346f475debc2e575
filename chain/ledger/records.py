"""What the contracts' views answer, as values: loans, positions, parties, entries in suspense, members, keys.

Fields and numbers are the contracts'. Amounts are minor units; None for a day that is not set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from chain.ledger.solidity import Struct
from chain.ledger.structs import PartyKind, Payout, State


@dataclass(frozen=True)
class LoanRecord(Struct):
    """A loan as the escrow keeps it, `ILoanEscrow.Loan`. `cash`: held for this loan; `overpaid`: for the borrower;
    `called`: principal requested from the bank, less what came back; `interest`: distributed to the units."""

    SOLIDITY: ClassVar[str] = (
        "uint8 state,uint8 payout,uint16 platform,uint16 rows,uint16 nextRow,uint16 offset,uint16 reversalDays,"
        "uint32 fundingDeadline,uint32 lastValueDate,uint32 repaidOn,uint32 length,bytes32 head,address borrower,"
        "address schedule,uint32 anchor,uint32 start,uint128 principal,uint128 subscribed,uint128 called,"
        "uint128 outstanding,uint128 undrawnReturned,uint128 interest,uint128 aheadFee,uint128 aheadInterest,"
        "uint128 aheadPrincipal,uint128 penaltyDue,uint128 fees,uint128 overpaid,uint128 bankClaim,uint128 cash"
    )

    state: State
    payout: Payout
    platform: int
    rows: int
    next_row: int
    offset: int
    reversal_days: int
    funding_deadline: date
    last_value_date: date | None
    repaid_on: date | None
    length: int
    head: bytes
    borrower: str
    schedule: str
    anchor: date | None
    start: date | None
    principal: int
    subscribed: int
    called: int
    outstanding: int
    undrawn_returned: int
    interest: int
    ahead_fee: int
    ahead_interest: int
    ahead_principal: int
    penalty_due: int
    fees: int
    overpaid: int
    bank_claim: int
    cash: int


@dataclass(frozen=True)
class Position(Struct):
    """A lender subject's position. `numerator`: what its units earned less what was claimed, times
    `denominatorOf(loan)`; negative after a reversal."""

    SOLIDITY: ClassVar[str] = "uint128 units,uint8 class,int256 numerator"

    units: int
    lender_class: int
    numerator: int


@dataclass(frozen=True)
class Exposure(Struct):
    """Principal called and not yet repaid, and loans ever opened: of a subject at a platform, or of a platform."""

    SOLIDITY: ClassVar[str] = "uint128 outstanding,uint64 loans"

    outstanding: int
    loans: int


@dataclass(frozen=True)
class Party(Struct):
    """A registered party."""

    SOLIDITY: ClassVar[str] = "bytes32 subject,uint8 kind"

    subject: bytes
    kind: PartyKind


@dataclass(frozen=True)
class Replacement(Struct):
    """An announced replacement of a subject's lost key. `start`: business date from which it may take over."""

    SOLIDITY: ClassVar[str] = "address account,uint32 from,bool consented"

    account: str
    start: date | None
    consented: bool


@dataclass(frozen=True)
class WithdrawalRecord(Struct):
    """A withdrawal as the contract keeps it; `amount` in minor units."""

    SOLIDITY: ClassVar[str] = "uint8 payout,address holder,uint128 amount"

    payout: Payout
    holder: str
    amount: int


@dataclass(frozen=True)
class Suspended(Struct):
    """A bank entry in suspense. `originator_hash`: salted hash of the account it came from."""

    SOLIDITY: ClassVar[str] = "uint128 amount,uint32 valueDate,bytes32 originatorHash"

    amount: int
    value_date: date | None
    originator_hash: bytes


@dataclass(frozen=True)
class Attestation(Struct):
    """The latest day-end: last day covered, the account statement it rests on, all tokens when it was made."""

    SOLIDITY: ClassVar[str] = "uint32 through,bytes32 statementHash,uint128 supply"

    through: date | None
    statement_hash: bytes
    supply: int


@dataclass(frozen=True)
class Published(Struct):
    """First and last published day of a working-day calendar, and how often it was published."""

    SOLIDITY: ClassVar[str] = "uint32 from,uint32 through,uint32 version"

    start: date | None
    through: date | None
    version: int


@dataclass(frozen=True)
class AuditAnchor(Struct):
    """An anchored audit log: the hash of its record number `length`, and on which business date, in which block and
    when (Unix seconds) it was anchored. All zero for none."""

    SOLIDITY: ClassVar[str] = "bytes32 head,uint64 length,uint32 businessDate,uint64 blockNumber,uint64 time"

    head: bytes
    length: int
    business_date: date | None
    block: int
    time: int


@dataclass(frozen=True)
class MemberRecord(Struct):
    """A member as the consortium keeps it; `role` by number, `name` padded to 32 bytes."""

    SOLIDITY: ClassVar[str] = "uint8 role,bool active,address root,bytes32 name"

    role: int
    active: bool
    root: str
    name: bytes


@dataclass(frozen=True)
class SeatKey(Struct):
    """A member's key: `scopes` is a bit set of `Scope`; `limit`: most minor units that one call may book or instruct
    with this key alone, 0: no limit."""

    SOLIDITY: ClassVar[str] = "uint16 member,uint8 role,bool live,uint64 scopes,uint128 limit"

    member: int
    role: int
    live: bool
    scopes: int
    limit: int


@dataclass(frozen=True)
class Approval(Struct):
    """A second key's approval of an action, and the last business date on which it may be used."""

    SOLIDITY: ClassVar[str] = "address by,uint32 validThrough"

    by: str
    valid_through: date


@dataclass(frozen=True)
class Recorded(Struct):
    """A contract as the consortium recorded it. `ledger`: may move custody tokens and append to histories."""

    SOLIDITY: ClassVar[str] = "address at,bool ledger,bytes32 codeHash"

    at: str
    ledger: bool
    code_hash: bytes
