"""The ledger through one node, for asyncio: the same methods as `chain.ledger.reader.Ledger`, awaited.

Several reads may run at once (`asyncio.gather`). Close the connection with `aclose`, or use it as a context manager.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any, Self, TypeVar

from eth_account import Account
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import AsyncHTTPProvider, AsyncWeb3
from web3.exceptions import TimeExhausted
from web3.types import BlockIdentifier, FilterParams, LogReceipt

from chain.ledger import logs, reads, sending
from chain.ledger.calls.call import Call
from chain.ledger.connection import connect_async, fees_async, node_error
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
from chain.ledger.structs import Profile
from chain.ledger.verification import consortium_checks

T = TypeVar("T")
MINED_WITHIN = 120.0  # seconds


class AsyncLedger:
    """The ledger through one node. Everything it raises for a reason of node or contract is a typed LedgerError."""

    def __init__(self, w3: AsyncWeb3[AsyncHTTPProvider], contracts: Contracts) -> None:
        self.w3 = w3
        self.contracts = contracts

    @classmethod
    def connect(cls, url: str, consortium: Path) -> Self:
        """The ledger at a node's URL, with the addresses of a consortium file. Raises ConsortiumFileInvalid."""
        return cls(connect_async(url), Contracts(Consortium.load(consortium)))

    # ---------------------------------------------------------------------------------------------------------- reads

    async def read(self, question: Read[T], block: BlockIdentifier = "latest") -> T:
        """The answer to a question of `chain.ledger.reads`, as of `block`."""
        to = to_checksum_address(self.contracts.address(question.contract))
        try:
            data = await self.w3.eth.call({"to": to, "data": HexBytes(question.data())}, block)
        except Exception as exc:
            raise node_error(exc) from exc
        return question.answer(bytes(data))

    async def height(self) -> int:
        """The number of the node's newest block."""
        try:
            return int(await self.w3.eth.block_number)
        except Exception as exc:
            raise node_error(exc) from exc

    async def view(self, contract: str, function: str, *args: Any, block: BlockIdentifier = "latest") -> Any:
        """A view function's value, or the tuple of its values, by names."""
        return await self.read(Read(contract, function, args, lambda values: values), block)

    async def loan(self, loan: bytes, block: BlockIdentifier = "latest") -> LoanRecord:
        """The loan's record; in State.NONE for an unknown id."""
        return await self.read(reads.loan(loan), block)

    async def head(self, loan: bytes, block: BlockIdentifier = "latest") -> tuple[bytes, int]:
        """History head and length."""
        return await self.read(reads.head(loan), block)

    async def position(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> Position:
        """A lender subject's position."""
        return await self.read(reads.position(loan, subject), block)

    async def claimable(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> int:
        """What the subject's units have earned and not yet claimed, minor units."""
        return await self.read(reads.claimable(loan, subject), block)

    async def denominator(self, loan: bytes, block: BlockIdentifier = "latest") -> int:
        """What positions' numerators are divided by."""
        return await self.read(reads.denominator(loan), block)

    async def schedule(self, pointer: str, block: BlockIdentifier = "latest") -> tuple[Row, ...]:
        """The rows stored at a loan's schedule address."""
        return await self.read(reads.schedule(pointer), block)

    async def reserve(self, platform: int, block: BlockIdentifier = "latest") -> int:
        """A platform member's risk reserve, minor units."""
        return await self.read(reads.reserve(platform), block)

    async def exposure(self, subject: bytes, platform: int, block: BlockIdentifier = "latest") -> Exposure:
        """What a borrowing subject owes at a platform."""
        return await self.read(reads.exposure(subject, platform), block)

    async def platform_exposure(self, platform: int, block: BlockIdentifier = "latest") -> Exposure:
        """All loans of a platform."""
        return await self.read(reads.platform_exposure(platform), block)

    async def document_committed(self, loan: bytes, document_id: bytes, block: BlockIdentifier = "latest") -> bool:
        """Whether the document is committed to the loan."""
        return await self.read(reads.document_committed(loan, document_id), block)

    async def party(self, account: str, block: BlockIdentifier = "latest") -> Party:
        """A registered party. Raises ContractError PartiesUnknown."""
        return await self.read(reads.party(account), block)

    async def account_of(self, subject: bytes, block: BlockIdentifier = "latest") -> str | None:
        """The address that signs for the subject now; None if unknown."""
        return await self.read(reads.account_of(subject), block)

    async def frozen(self, subject: bytes, block: BlockIdentifier = "latest") -> bool:
        """Whether the subject's payouts are held."""
        return await self.read(reads.frozen(subject), block)

    async def replacement(self, subject: bytes, block: BlockIdentifier = "latest") -> Replacement | None:
        """The announced replacement of a lost key; None if there is none."""
        return await self.read(reads.replacement(subject), block)

    async def balance_of(self, holder: str, block: BlockIdentifier = "latest") -> int:
        """Custody tokens of a holder, minor units."""
        return await self.read(reads.balance_of(holder), block)

    async def supply(self, block: BlockIdentifier = "latest") -> int:
        """All custody tokens, minor units."""
        return await self.read(reads.supply(), block)

    async def shortfall(self, block: BlockIdentifier = "latest") -> int:
        """What the bank's account is short of, minor units, by the last attestation."""
        return await self.read(reads.shortfall(), block)

    async def suspense(self, block: BlockIdentifier = "latest") -> int:
        """Minor units in suspense."""
        return await self.read(reads.suspense(), block)

    async def suspended(self, statement_no: int, entry_no: int, block: BlockIdentifier = "latest") -> Suspended | None:
        """A bank entry in suspense; None if it is not."""
        return await self.read(reads.suspended(statement_no, entry_no), block)

    async def bank_claims(self, block: BlockIdentifier = "latest") -> int:
        """Minor units that reversals took out of custody and no token has been burned for yet."""
        return await self.read(reads.bank_claims(), block)

    async def attestation(self, block: BlockIdentifier = "latest") -> Attestation:
        """The latest attestation; its day is None before the first."""
        return await self.read(reads.attestation(), block)

    async def entry_used(self, statement_no: int, entry_no: int, block: BlockIdentifier = "latest") -> bool:
        """Whether a bank entry was posted on chain."""
        return await self.read(reads.entry_used(statement_no, entry_no), block)

    async def withdrawal(self, withdrawal_id: bytes, block: BlockIdentifier = "latest") -> WithdrawalRecord:
        """A withdrawal; in Payout.NONE for an unknown id."""
        return await self.read(reads.withdrawal(withdrawal_id), block)

    async def business_date(self, block: BlockIdentifier = "latest") -> date:
        """The ledger's day."""
        return await self.read(reads.business_date(), block)

    async def simulated(self, block: BlockIdentifier = "latest") -> bool:
        """Whether the business date may run ahead of the local date (development and tests only)."""
        return await self.read(reads.simulated(), block)

    async def payable_by(self, calendar: int, day: date, block: BlockIdentifier = "latest") -> date:
        """The first working day at or after `day`."""
        return await self.read(reads.payable_by(calendar, day), block)

    async def is_working_day(self, calendar: int, day: date, block: BlockIdentifier = "latest") -> bool:
        """Whether banks work on `day`."""
        return await self.read(reads.is_working_day(calendar, day), block)

    async def published(self, calendar: int, block: BlockIdentifier = "latest") -> Published:
        """What of a working-day calendar is published."""
        return await self.read(reads.published(calendar), block)

    async def profile(self, profile_id: bytes, block: BlockIdentifier = "latest") -> Profile:
        """A regime profile. Raises ContractError RegimeUnknown."""
        return await self.read(reads.profile(profile_id), block)

    async def member(self, number: int, block: BlockIdentifier = "latest") -> MemberRecord:
        """A member of the consortium."""
        return await self.read(reads.member(number), block)

    async def key(self, address: str, block: BlockIdentifier = "latest") -> SeatKey:
        """What is known of a key, also after it was revoked."""
        return await self.read(reads.key(address), block)

    async def approval(self, action: bytes, role: Role, block: BlockIdentifier = "latest") -> Approval | None:
        """The approval of an action by a member's key with `role`; None if there is none."""
        return await self.read(reads.approval(action, role), block)

    async def positions(self, subject: bytes, block: BlockIdentifier = "latest") -> tuple[bytes, ...]:
        """The register of positions: every loan in which the subject ever held units, in the order they came."""
        at = await self.height() if block == "latest" else block
        count = await self.read(reads.position_count(subject), at)
        return tuple(await asyncio.gather(*(self.read(reads.position_at(subject, i), at) for i in range(count))))

    async def audit_logs(self, member: int, block: BlockIdentifier = "latest") -> tuple[str, ...]:
        """Names of the audit logs that a member has anchored."""
        return await self.read(reads.audit_logs(member), block)

    async def audit_anchor(self, member: int, log: str, block: BlockIdentifier = "latest") -> AuditAnchor:
        """The newest anchor of a member's audit log."""
        return await self.read(reads.audit_anchor(member, log), block)

    async def audit_anchors(self, member: int, log: str, block: BlockIdentifier = "latest") -> tuple[AuditAnchor, ...]:
        """All anchors of a member's audit log, oldest first."""
        found: list[AuditAnchor] = []
        while page := await self.read(reads.audit_anchors(member, log, len(found), reads.ANCHORS_AT_ONCE), block):
            found += page
        return tuple(found)

    # ----------------------------------------------------------------------------------------------------- histories

    async def logs(self, from_block: int, to_block: int) -> AsyncIterator[LogRecord]:
        """Every log of our contracts in the range, in chain order, decoded."""
        for query in logs.all_logs(self.contracts, from_block, to_block):
            for record in await self._logs(query):
                yield record

    def decode_log(self, log: LogReceipt) -> LogRecord | None:
        """A node's log decoded; None if it is not one of our events."""
        return logs.decode_log(self.contracts, log)

    async def recorded(self, from_block: int, to_block: int) -> list[HistoryEntry]:
        """History entries of all loans in the range, in chain order."""
        return [history_entry(r) async for r in self.logs(from_block, to_block) if r.event == "Recorded"]

    async def history(
        self, loan: bytes, from_block: int | None = None, to_block: int | None = None
    ) -> list[HistoryEntry]:
        """A loan's history entries, in order, from the ledger's first block to the newest unless told otherwise."""
        first = self.contracts.consortium.start_block if from_block is None else from_block
        last = await self.height() if to_block is None else to_block
        queries = logs.history_logs(self.contracts, loan, first, last)
        return [history_entry(record) for query in queries for record in await self._logs(query)]

    async def state(self, loan: bytes) -> LoanState:
        """The loan's state as its history gives it, once the history is shown to be whole.

        Raises HistoryBroken, for an unknown loan too.
        """
        block = await self.height()
        entries = await self.history(loan, to_block=block)
        head, length = await self.head(loan, block)
        check_history(loan, entries, head if length else None)
        entry = opened_running(entries)
        if entry is None:
            return fold_loan(entries)
        try:
            transaction = await self.w3.eth.get_transaction(HexBytes(entry.tx))
        except Exception as exc:
            raise node_error(exc) from exc
        positions = opened_positions(self.contracts, entry, bytes(transaction["input"]))
        subjects = {x.lender: (await self.party(x.lender)).subject for x in positions}
        return fold_loan(entries, holdings(positions, subjects))

    async def _logs(self, query: FilterParams) -> list[LogRecord]:
        try:
            found = await self.w3.eth.get_logs(query)
        except Exception as exc:
            raise node_error(exc) from exc
        return [record for record in map(self.decode_log, found) if record is not None]

    # --------------------------------------------------------------------------------------------------------- calls

    async def simulate(self, call: Call, sender: str, block: BlockIdentifier = "latest") -> None:
        """Runs a call without sending it. Raises the contract's error if it would be refused."""
        try:
            await self.w3.eth.call(sending.message(self.contracts, call, sender), block)
        except Exception as exc:
            raise node_error(exc) from exc

    async def send(self, call: Call, key: str | bytes) -> Sent:
        """Signs a call with a seat's key, sends it and waits until it is mined.

        Raises the contract's error if it is refused, NotMined if no block took it in time: then it may still come.
        """
        account = Account.from_key(key)
        message = sending.message(self.contracts, call, account.address)
        try:
            raw = sending.signed(
                message,
                account,
                nonce=await self.w3.eth.get_transaction_count(account.address, "pending"),
                chain_id=await self.w3.eth.chain_id,
                gas=await self.w3.eth.estimate_gas(message),
                fees=await fees_async(self.w3),
            )
            tx = await self.w3.eth.send_raw_transaction(raw)
            receipt = await self.w3.eth.wait_for_transaction_receipt(tx, MINED_WITHIN, poll_latency=0.05)
        except TimeExhausted as exc:
            raise NotMined(tx=HexBytes(tx).to_0x_hex(), seconds=int(MINED_WITHIN)) from exc
        except Exception as exc:
            raise node_error(exc) from exc
        if receipt["status"] != 1:
            await self.simulate(call, account.address, receipt["blockNumber"])
            raise ExecutionReverted(data="0x")
        return sending.outcome(self.contracts, receipt)

    async def verify_consortium(self) -> None:
        """That the chain knows exactly the consortium file's members and deployments. Raises ConsortiumMismatch."""
        for check in consortium_checks(self.contracts.consortium):
            check.require(await self.read(check.question))

    # ---------------------------------------------------------------------------------------------------- connection

    async def aclose(self) -> None:
        """Closes the connection to the node."""
        await self.w3.provider.disconnect()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()
