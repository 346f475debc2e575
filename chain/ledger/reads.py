"""What can be asked of the ledger, as values: which view to call with which arguments, and what its answer means.

One builder for each question. `Ledger` and `AsyncLedger` ask them of a node; nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from eth_utils.address import to_checksum_address

from chain.ledger.contracts import decode_output, encode_function
from chain.ledger.days import day_number, day_of
from chain.ledger.records import (
    Approval,
    Attestation,
    AuditAnchor,
    Exposure,
    LoanRecord,
    MemberRecord,
    Party,
    Position,
    Published,
    Recorded,
    Replacement,
    SeatKey,
    Suspended,
    WithdrawalRecord,
)
from chain.ledger.roles import Role
from chain.ledger.schedule import Row, rows_from_abi
from chain.ledger.structs import Payout, Profile

T = TypeVar("T")
ZERO_ADDRESS = "0x" + "00" * 20
ANCHORS_AT_ONCE = 500


@dataclass(frozen=True)
class Read(Generic[T]):
    """One question: a view function of a deployed contract, by names, and how to read its values."""

    contract: str
    function: str
    args: tuple[Any, ...]
    meaning: Callable[[Any], T]

    def data(self) -> bytes:
        """Calldata."""
        return encode_function(self.contract, self.function, self.args)

    def answer(self, data: bytes) -> T:
        """What the returned bytes say: the value, or the meaning of the tuple of values."""
        values = decode_output(self.contract, self.function, data)
        return self.meaning(values[0] if len(values) == 1 else values)


def label(name: str) -> bytes:
    """A name as the consortium keeps it: 32 bytes, left-aligned."""
    return name.encode().ljust(32, b"\0")


def _address(value: str) -> str | None:
    account = str(to_checksum_address(value))
    return None if account == ZERO_ADDRESS else account


def _head(values: Any) -> tuple[bytes, int]:
    return bytes(values[0]), int(values[1])


# ------------------------------------------------------------------------------------------------------------- loans


def loan(loan: bytes) -> Read[LoanRecord]:
    """A loan's record; in State.NONE for an unknown id."""
    return Read("LoanEscrow", "loanOf", (loan,), LoanRecord.from_abi)


def head(loan: bytes) -> Read[tuple[bytes, int]]:
    """History head and length."""
    return Read("LoanEscrow", "history", (loan,), _head)


def position(loan: bytes, subject: bytes) -> Read[Position]:
    """A lender subject's position."""
    return Read("LoanEscrow", "positionOf", (loan, subject), Position.from_abi)


def claimable(loan: bytes, subject: bytes) -> Read[int]:
    """What the subject's units have earned and not yet claimed, minor units."""
    return Read("LoanEscrow", "claimable", (loan, subject), int)


def denominator(loan: bytes) -> Read[int]:
    """What positions' numerators are divided by."""
    return Read("LoanEscrow", "denominatorOf", (loan,), int)


def schedule(pointer: str) -> Read[tuple[Row, ...]]:
    """The rows stored at a loan's schedule address."""
    return Read("RepaymentSchedules", "rows", (pointer,), rows_from_abi)


def reserve(platform: int) -> Read[int]:
    """A platform member's risk reserve, minor units."""
    return Read("LoanEscrow", "reserve", (platform,), int)


def exposure(subject: bytes, platform: int) -> Read[Exposure]:
    """The register of exposures: what a borrowing subject owes at a platform."""
    return Read("LoanEscrow", "exposureOf", (subject, platform), Exposure.from_abi)


def platform_exposure(platform: int) -> Read[Exposure]:
    """The register of totals: all loans of a platform."""
    return Read("LoanEscrow", "exposureOfPlatform", (platform,), Exposure.from_abi)


def position_count(subject: bytes) -> Read[int]:
    """In how many loans the subject ever held units."""
    return Read("LoanEscrow", "positionCount", (subject,), int)


def position_at(subject: bytes, index: int) -> Read[bytes]:
    """The register of positions: loan number `index`, from 0, in which the subject held units."""
    return Read("LoanEscrow", "positionAt", (subject, index), bytes)


def document_committed(loan: bytes, document_id: bytes) -> Read[bool]:
    """Whether the document is committed to the loan."""
    return Read("DocumentCommitments", "committed", (loan, document_id), bool)


# ----------------------------------------------------------------------------------------------------------- parties


def party(account: str) -> Read[Party]:
    """A registered party; a replaced account still names its subject. Raises ContractError PartiesUnknown."""
    return Read("Parties", "party", (account,), Party.from_abi)


def account_of(subject: bytes) -> Read[str | None]:
    """The address that signs for the subject now; None if unknown."""
    return Read("Parties", "accountOf", (subject,), _address)


def frozen(subject: bytes) -> Read[bool]:
    """Whether the subject's payouts are held."""
    return Read("Parties", "frozen", (subject,), bool)


def replacement(subject: bytes) -> Read[Replacement | None]:
    """The announced replacement of a lost key; None if there is none."""
    return Read("Parties", "replacementOf", (subject,), _replacement)


def _replacement(values: Any) -> Replacement | None:
    found = Replacement.from_abi(values)
    return None if found.account == ZERO_ADDRESS else found


# ----------------------------------------------------------------------------------------------------------- custody


def balance_of(holder: str) -> Read[int]:
    """Custody tokens of a holder, minor units."""
    return Read("CustodyToken", "balanceOf", (holder,), int)


def supply() -> Read[int]:
    """All custody tokens, minor units."""
    return Read("CustodyToken", "totalSupply", (), int)


def shortfall() -> Read[int]:
    """What the bank's account is short of, minor units, by the last attestation."""
    return Read("CustodyToken", "shortfall", (), int)


def suspense() -> Read[int]:
    """Minor units in suspense."""
    return Read("CustodyToken", "suspense", (), int)


def suspended(statement_no: int, entry_no: int) -> Read[Suspended | None]:
    """A bank entry in suspense; None if it is not."""
    return Read("CustodyToken", "suspended", (statement_no, entry_no), _suspended)


def _suspended(values: Any) -> Suspended | None:
    found = Suspended.from_abi(values)
    return found if found.amount else None


def bank_claims() -> Read[int]:
    """Minor units that reversals took out of custody and no token has been burned for yet."""
    return Read("CustodyToken", "bankClaims", (), int)


def attestation() -> Read[Attestation]:
    """The latest attestation; its day is None before the first."""
    return Read("CustodyToken", "attestation", (), Attestation.from_abi)


def entry_used(statement_no: int, entry_no: int) -> Read[bool]:
    """Whether a bank entry was posted on chain."""
    return Read("CustodyToken", "entryUsed", (statement_no, entry_no), bool)


def withdrawal(withdrawal_id: bytes) -> Read[WithdrawalRecord]:
    """A withdrawal; in Payout.NONE for an unknown id."""
    return Read("Withdrawals", "withdrawal", (withdrawal_id,), WithdrawalRecord.from_abi)


def payout_of(withdrawal_id: bytes) -> Read[Payout]:
    """A withdrawal's payout state alone."""
    return Read("Withdrawals", "withdrawal", (withdrawal_id,), lambda values: Payout(values[0]))


# -------------------------------------------------------------------------------------------------- days and limits


def business_date() -> Read[date]:
    """The ledger's day."""
    return Read("Calendar", "businessDate", (), day_of)


def simulated() -> Read[bool]:
    """Whether the business date may run ahead of the local date (development and tests only)."""
    return Read("Calendar", "simulated", (), bool)


def payable_by(calendar: int, day: date) -> Read[date]:
    """The first working day at or after `day`."""
    return Read("WorkingDays", "payableBy", (calendar, day_number(day)), day_of)


def is_working_day(calendar: int, day: date) -> Read[bool]:
    """Whether banks work on `day`."""
    return Read("WorkingDays", "isWorkingDay", (calendar, day_number(day)), bool)


def published(calendar: int) -> Read[Published]:
    """What of a working-day calendar is published."""
    return Read("WorkingDays", "published", (calendar,), Published.from_abi)


def profile(profile_id: bytes) -> Read[Profile]:
    """A regime profile. Raises ContractError RegimeUnknown."""
    return Read("RegimeProfiles", "profile", (profile_id,), Profile.from_abi)


# ------------------------------------------------------------------------------------------------------- audit logs


def audit_anchor(member: int, log: str) -> Read[AuditAnchor]:
    """The newest anchor of a member's audit log; all zero if there is none."""
    return Read("AuditAnchors", "latest", (member, label(log)), AuditAnchor.from_abi)


def audit_anchors(member: int, log: str, first: int, most: int) -> Read[tuple[AuditAnchor, ...]]:
    """A log's anchors from number `first` (0: the oldest) on, oldest first, at most `most`."""
    return Read("AuditAnchors", "anchors", (member, label(log), first, most), _anchors)


def audit_logs(member: int) -> Read[tuple[str, ...]]:
    """The names of a member's audit logs, in the order of their first anchors."""
    return Read("AuditAnchors", "logs", (member,), _names)


def _anchors(values: Any) -> tuple[AuditAnchor, ...]:
    return tuple(AuditAnchor.from_abi(value) for value in values)


def _names(values: Any) -> tuple[str, ...]:
    return tuple(bytes(value).rstrip(b"\0").decode("utf-8", "replace") for value in values)


# -------------------------------------------------------------------------------------------------- members and keys


def member(number: int) -> Read[MemberRecord]:
    """A member of the consortium."""
    return Read("Consortium", "member", (number,), MemberRecord.from_abi)


def member_count() -> Read[int]:
    """How many members there are; they are numbered from 1."""
    return Read("Consortium", "memberCount", (), int)


def key(address: str) -> Read[SeatKey]:
    """What is known of a key, also after it was revoked; zeros if it was never registered."""
    return Read("Consortium", "keyOf", (address,), SeatKey.from_abi)


def approval(action: bytes, role: Role) -> Read[Approval | None]:
    """The approval of an action by a member's key with `role`; None if there is none."""
    return Read("Approvals", "approvalOf", (action, role.number), _approval)


def _approval(values: Any) -> Approval | None:
    found = Approval.from_abi(values)
    return None if found.by == ZERO_ADDRESS else found


def deployment(name: str) -> Read[Recorded]:
    """A contract as the consortium recorded it; zeros if there is none."""
    return Read("Consortium", "deployment", (label(name),), Recorded.from_abi)


def deployment_count() -> Read[int]:
    """How many deployments are recorded."""
    return Read("Consortium", "deploymentCount", (), int)


def ledger_count() -> Read[int]:
    """How many addresses may move custody tokens and append to histories."""
    return Read("Consortium", "ledgerCount", (), int)


def deployer() -> Read[str | None]:
    """Who may still admit members and record deployments; None once it has renounced."""
    return Read("Consortium", "deployer", (), _address)
