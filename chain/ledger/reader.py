"""The ledger through one node: typed reads, histories and, for holders of a seat's key, calls.

Every read may name a block, so that several reads agree with each other. `chain.ledger.async_reader` has the same
methods for asyncio. Questions, decoding and transactions are pure and shared: `reads`, `logs`, `sending`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar

from eth_account import Account
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TimeExhausted
from web3.types import BlockIdentifier, FilterParams, LogReceipt

from chain.ledger import logs, reads, sending
from chain.ledger.calls.call import Call
from chain.ledger.connection import connect, fees, node_error
from chain.ledger.consortium import Consortium
from chain.ledger.contracts import Contracts
from chain.ledger.errors import ExecutionReverted, NotMined
from chain.ledger.history import HistoryEntry
from chain.ledger.history import check as check_history
from chain.ledger.loan_fold import fold_loan
from chain.ledger.loan_state import LoanState
from chain.ledger.logs import LogRecord, history_entry
from chain.ledger.openings import holdings, opened_positions, opened_running
from chain.ledger.reads import Read
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
    Replacement,
    SeatKey,
    Suspended,
    WithdrawalRecord,
)
from chain.ledger.roles import Role
from chain.ledger.schedule import Row
from chain.ledger.sending import Sent
from chain.ledger.structs import Payout, Profile, State
from chain.ledger.verification import consortium_checks

__all__ = [
    "Ledger",
    "LoanRecord",
    "LogRecord",
    "Party",
    "Payout",
    "Position",
    "State",
    "history_entry",
    "verify_consortium",
]

T = TypeVar("T")
MINED_WITHIN = 120.0  # seconds


class Ledger:
    """The ledger through one node. Everything it raises for a reason of node or contract is a typed LedgerError."""

    def __init__(self, w3: Web3, contracts: Contracts) -> None:
        self.w3 = w3
        self.contracts = contracts

    @classmethod
    def connect(cls, url: str, consortium: Path) -> Self:
        """The ledger at a node's URL, with the addresses of a consortium file. Raises ConsortiumFileInvalid."""
        return cls(connect(url), Contracts(Consortium.load(consortium)))

    # ---------------------------------------------------------------------------------------------------------- reads

    def read(self, question: Read[T], block: BlockIdentifier = "latest") -> T:
        """The answer to a question of `chain.ledger.reads`, as of `block`."""
        to = to_checksum_address(self.contracts.address(question.contract))
        try:
            data = self.w3.eth.call({"to": to, "data": HexBytes(question.data())}, block)
        except Exception as exc:
            raise node_error(exc) from exc
        return question.answer(bytes(data))

    def height(self) -> int:
        """The number of the node's newest block."""
        try:
            return int(self.w3.eth.block_number)
        except Exception as exc:
            raise node_error(exc) from exc

    def view(self, contract: str, function: str, *args: Any, block: BlockIdentifier = "latest") -> Any:
        """A view function's value, or the tuple of its values, by names."""
        return self.read(Read(contract, function, args, lambda values: values), block)

    def loan(self, loan: bytes, block: BlockIdentifier = "latest") -> LoanRecord:
        """The loan's record; in State.NONE for an unknown id."""
        return self.read(reads.loan(loan), block)

    def head(self, loan: bytes, block: BlockIdentifier = "latest") -> tuple[bytes, int]:
        """History head and length."""
        return self.read(reads.head(loan), block)

    def position(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> Position:
        """A lender subject's position."""
        return self.read(reads.position(loan, subject), block)

    def claimable(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> int:
        """What the subject's units have earned and not yet claimed, minor units."""
        return self.read(reads.claimable(loan, subject), block)

    def denominator(self, loan: bytes, block: BlockIdentifier = "latest") -> int:
        """What positions' numerators are divided by."""
        return self.read(reads.denominator(loan), block)

    def schedule(self, pointer: str, block: BlockIdentifier = "latest") -> tuple[Row, ...]:
        """The rows stored at a loan's schedule address."""
        return self.read(reads.schedule(pointer), block)

    def reserve(self, platform: int, block: BlockIdentifier = "latest") -> int:
        """A platform member's risk reserve, minor units."""
        return self.read(reads.reserve(platform), block)

    def exposure(self, subject: bytes, platform: int, block: BlockIdentifier = "latest") -> Exposure:
        """What a borrowing subject owes at a platform."""
        return self.read(reads.exposure(subject, platform), block)

    def platform_exposure(self, platform: int, block: BlockIdentifier = "latest") -> Exposure:
        """All loans of a platform."""
        return self.read(reads.platform_exposure(platform), block)

    def document_committed(self, loan: bytes, document_id: bytes, block: BlockIdentifier = "latest") -> bool:
        """Whether the document is committed to the loan."""
        return self.read(reads.document_committed(loan, document_id), block)

    def party(self, account: str, block: BlockIdentifier = "latest") -> Party:
        """A registered party. Raises ContractError PartiesUnknown."""
        return self.read(reads.party(account), block)

    def account_of(self, subject: bytes, block: BlockIdentifier = "latest") -> str | None:
        """The address that signs for the subject now; None if unknown."""
        return self.read(reads.account_of(subject), block)

    def frozen(self, subject: bytes, block: BlockIdentifier = "latest") -> bool:
        """Whether the subject's payouts are held."""
        return self.read(reads.frozen(subject), block)

    def replacement(self, subject: bytes, block: BlockIdentifier = "latest") -> Replacement | None:
        """The announced replacement of a lost key; None if there is none."""
        return self.read(reads.replacement(subject), block)

    def balance_of(self, holder: str, block: BlockIdentifier = "latest") -> int:
        """Custody tokens of a holder, minor units."""
        return self.read(reads.balance_of(holder), block)

    def supply(self, block: BlockIdentifier = "latest") -> int:
        """All custody tokens, minor units."""
        return self.read(reads.supply(), block)

    def shortfall(self, block: BlockIdentifier = "latest") -> int:
        """What the bank's account is short of, minor units, by the last attestation."""
        return self.read(reads.shortfall(), block)

    def suspense(self, block: BlockIdentifier = "latest") -> int:
        """Minor units in suspense."""
        return self.read(reads.suspense(), block)

    def suspended(self, statement_no: int, entry_no: int, block: BlockIdentifier = "latest") -> Suspended | None:
        """A bank entry in suspense; None if it is not."""
        return self.read(reads.suspended(statement_no, entry_no), block)

    def bank_claims(self, block: BlockIdentifier = "latest") -> int:
        """Minor units that reversals took out of custody and no token has been burned for yet."""
        return self.read(reads.bank_claims(), block)

    def attestation(self, block: BlockIdentifier = "latest") -> Attestation:
        """The latest attestation; its day is None before the first."""
        return self.read(reads.attestation(), block)

    def entry_used(self, statement_no: int, entry_no: int, block: BlockIdentifier = "latest") -> bool:
        """Whether a bank entry was posted on chain."""
        return self.read(reads.entry_used(statement_no, entry_no), block)

    def withdrawal(self, withdrawal_id: bytes, block: BlockIdentifier = "latest") -> WithdrawalRecord:
        """A withdrawal; in Payout.NONE for an unknown id."""
        return self.read(reads.withdrawal(withdrawal_id), block)

    def business_date(self, block: BlockIdentifier = "latest") -> date:
        """The ledger's day."""
        return self.read(reads.business_date(), block)

    def simulated(self, block: BlockIdentifier = "latest") -> bool:
        """Whether the business date may run ahead of the local date (development and tests only)."""
        return self.read(reads.simulated(), block)

    def payable_by(self, calendar: int, day: date, block: BlockIdentifier = "latest") -> date:
        """The first working day at or after `day`."""
        return self.read(reads.payable_by(calendar, day), block)

    def is_working_day(self, calendar: int, day: date, block: BlockIdentifier = "latest") -> bool:
        """Whether banks work on `day`."""
        return self.read(reads.is_working_day(calendar, day), block)

    def published(self, calendar: int, block: BlockIdentifier = "latest") -> Published:
        """What of a working-day calendar is published."""
        return self.read(reads.published(calendar), block)

    def profile(self, profile_id: bytes, block: BlockIdentifier = "latest") -> Profile:
        """A regime profile. Raises ContractError RegimeUnknown."""
        return self.read(reads.profile(profile_id), block)

    def member(self, number: int, block: BlockIdentifier = "latest") -> MemberRecord:
        """A member of the consortium."""
        return self.read(reads.member(number), block)

    def key(self, address: str, block: BlockIdentifier = "latest") -> SeatKey:
        """What is known of a key, also after it was revoked."""
        return self.read(reads.key(address), block)

    def approval(self, action: bytes, role: Role, block: BlockIdentifier = "latest") -> Approval | None:
        """The approval of an action by a member's key with `role`; None if there is none."""
        return self.read(reads.approval(action, role), block)

    def positions(self, subject: bytes, block: BlockIdentifier = "latest") -> tuple[bytes, ...]:
        """The register of positions: every loan in which the subject ever held units, in the order they came."""
        at = self.height() if block == "latest" else block
        count = self.read(reads.position_count(subject), at)
        return tuple(self.read(reads.position_at(subject, index), at) for index in range(count))

    def audit_logs(self, member: int, block: BlockIdentifier = "latest") -> tuple[str, ...]:
        """Names of the audit logs that a member has anchored."""
        return self.read(reads.audit_logs(member), block)

    def audit_anchor(self, member: int, log: str, block: BlockIdentifier = "latest") -> AuditAnchor:
        """The newest anchor of a member's audit log."""
        return self.read(reads.audit_anchor(member, log), block)

    def audit_anchors(self, member: int, log: str, block: BlockIdentifier = "latest") -> tuple[AuditAnchor, ...]:
        """All anchors of a member's audit log, oldest first."""
        found: list[AuditAnchor] = []
        while page := self.read(reads.audit_anchors(member, log, len(found), reads.ANCHORS_AT_ONCE), block):
            found += page
        return tuple(found)

    # ----------------------------------------------------------------------------------------------------- histories

    def logs(self, from_block: int, to_block: int) -> Iterator[LogRecord]:
        """Every log of our contracts in the range, in chain order, decoded."""
        for query in logs.all_logs(self.contracts, from_block, to_block):
            yield from self._logs(query)

    def decode_log(self, log: LogReceipt) -> LogRecord | None:
        """A node's log decoded; None if it is not one of our events."""
        return logs.decode_log(self.contracts, log)

    def recorded(self, from_block: int, to_block: int) -> list[HistoryEntry]:
        """History entries of all loans in the range, in chain order."""
        return [history_entry(r) for r in self.logs(from_block, to_block) if r.event == "Recorded"]

    def history(self, loan: bytes, from_block: int | None = None, to_block: int | None = None) -> list[HistoryEntry]:
        """A loan's history entries, in order, from the ledger's first block to the newest unless told otherwise."""
        first = self.contracts.consortium.start_block if from_block is None else from_block
        last = self.height() if to_block is None else to_block
        queries = logs.history_logs(self.contracts, loan, first, last)
        return [history_entry(record) for query in queries for record in self._logs(query)]

    def state(self, loan: bytes) -> LoanState:
        """The loan's state as its history gives it, once the history is shown to be whole.

        Raises HistoryBroken, for an unknown loan too.
        """
        block = self.height()
        entries = self.history(loan, to_block=block)
        head, length = self.head(loan, block)
        check_history(loan, entries, head if length else None)
        entry = opened_running(entries)
        if entry is None:
            return fold_loan(entries)
        try:
            transaction = self.w3.eth.get_transaction(HexBytes(entry.tx))
        except Exception as exc:
            raise node_error(exc) from exc
        positions = opened_positions(self.contracts, entry, bytes(transaction["input"]))
        subjects = {x.lender: self.party(x.lender).subject for x in positions}
        return fold_loan(entries, holdings(positions, subjects))

    def _logs(self, query: FilterParams) -> list[LogRecord]:
        try:
            found = self.w3.eth.get_logs(query)
        except Exception as exc:
            raise node_error(exc) from exc
        return [record for record in map(self.decode_log, found) if record is not None]

    # --------------------------------------------------------------------------------------------------------- calls

    def simulate(self, call: Call, sender: str, block: BlockIdentifier = "latest") -> None:
        """Runs a call without sending it. Raises the contract's error if it would be refused."""
        try:
            self.w3.eth.call(sending.message(self.contracts, call, sender), block)
        except Exception as exc:
            raise node_error(exc) from exc

    def send(self, call: Call, key: str | bytes) -> Sent:
        """Signs a call with a seat's key, sends it and waits until it is mined.

        Raises the contract's error if it is refused, NotMined if no block took it in time: then it may still come.
        """
        account = Account.from_key(key)
        message = sending.message(self.contracts, call, account.address)
        try:
            raw = sending.signed(
                message,
                account,
                nonce=self.w3.eth.get_transaction_count(account.address, "pending"),
                chain_id=self.w3.eth.chain_id,
                gas=self.w3.eth.estimate_gas(message),
                fees=fees(self.w3),
            )
            tx = self.w3.eth.send_raw_transaction(raw)
            receipt = self.w3.eth.wait_for_transaction_receipt(tx, MINED_WITHIN, poll_latency=0.05)
        except TimeExhausted as exc:
            raise NotMined(tx=HexBytes(tx).to_0x_hex(), seconds=int(MINED_WITHIN)) from exc
        except Exception as exc:
            raise node_error(exc) from exc
        if receipt["status"] != 1:
            self.simulate(call, account.address, receipt["blockNumber"])
            raise ExecutionReverted(data="0x")
        return sending.outcome(self.contracts, receipt)

    def verify_consortium(self) -> None:
        """See the function of the same name."""
        verify_consortium(self)


def verify_consortium(ledger: Ledger) -> None:
    """That the chain knows exactly the consortium file's members and deployments, and the deployer can add none.

    The counts rule out what nobody was told of: a further member, or a further contract that may move tokens. Raises
    ConsortiumMismatch, naming what differs first.
    """
    for check in consortium_checks(ledger.contracts.consortium):
        check.require(ledger.read(check.question))
