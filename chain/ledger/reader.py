"""Reading the ledger from one node: loans, positions, parties, custody, dates and histories, as typed values.

Every read may name a block, so that several reads agree with each other. Reads only; sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3
from web3.types import BlockIdentifier, LogReceipt

from chain.ledger.connection import node_error
from chain.ledger.contracts import LEDGER_CONTRACTS, Contracts, decode_output, encode_function, events, topic
from chain.ledger.days import day_of
from chain.ledger.errors import ConsortiumMismatch
from chain.ledger.history import HistoryEntry, entry_from_event
from chain.ledger.schedule import Row, rows_from_abi
from chain.ledger.structs import LoanRecord, Party, Payout, Position, Profile, State

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

ZERO_ADDRESS = "0x" + "00" * 20
LOG_RANGE = 2_000  # blocks per log query


@dataclass(frozen=True)
class LogRecord:
    """A decoded log of one of our contracts and where it stands."""

    contract: str
    event: str
    values: dict[str, Any]
    block: int
    block_hash: bytes
    tx: bytes
    log_index: int


class Ledger:
    """The ledger read through one node."""

    def __init__(self, w3: Web3, contracts: Contracts) -> None:
        self.w3 = w3
        self.contracts = contracts

    def view(self, contract: str, function: str, *args: Any, block: BlockIdentifier = "latest") -> Any:
        """A view function's value, or the tuple of its values. Raises typed node and contract errors."""
        call = {
            "to": to_checksum_address(self.contracts.address(contract)),
            "data": HexBytes(encode_function(contract, function, args)),
        }
        try:
            data = self.w3.eth.call(call, block)  # type: ignore[arg-type]
        except Exception as exc:
            raise node_error(exc) from exc
        values = decode_output(contract, function, bytes(data))
        return values[0] if len(values) == 1 else values

    def business_date(self, block: BlockIdentifier = "latest") -> date:
        """The ledger's day."""
        return day_of(self.view("Calendar", "businessDate", block=block))

    def simulated(self, block: BlockIdentifier = "latest") -> bool:
        """Whether the business date may run ahead of the local date (development and tests only)."""
        return bool(self.view("Calendar", "simulated", block=block))

    def loan(self, loan: bytes, block: BlockIdentifier = "latest") -> LoanRecord:
        """The loan's record. Raises ContractError LoanUnknown, or a record in State.NONE, for an unknown id."""
        return LoanRecord.from_abi(self.view("LoanEscrow", "loanOf", loan, block=block))

    def position(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> Position:
        """A lender subject's position."""
        return Position.from_abi(self.view("LoanEscrow", "positionOf", loan, subject, block=block))

    def claimable(self, loan: bytes, subject: bytes, block: BlockIdentifier = "latest") -> int:
        """What the subject's units have earned and not yet claimed, minor units."""
        return int(self.view("LoanEscrow", "claimable", loan, subject, block=block))

    def head(self, loan: bytes, block: BlockIdentifier = "latest") -> tuple[bytes, int]:
        """History head and length."""
        head, length = self.view("LoanEscrow", "history", loan, block=block)
        return bytes(head), int(length)

    def schedule(self, pointer: str, block: BlockIdentifier = "latest") -> tuple[Row, ...]:
        """The rows stored at a loan's schedule address."""
        return rows_from_abi(self.view("RepaymentSchedules", "rows", pointer, block=block))

    def party(self, account: str, block: BlockIdentifier = "latest") -> Party:
        """A registered party. Raises ContractError PartiesUnknown."""
        return Party.from_abi(self.view("Parties", "party", account, block=block))

    def account_of(self, subject: bytes, block: BlockIdentifier = "latest") -> str | None:
        """The address that signs for `subject` now; None if unknown."""
        account = to_checksum_address(self.view("Parties", "accountOf", subject, block=block))
        return None if account == ZERO_ADDRESS else account

    def profile(self, profile_id: bytes, block: BlockIdentifier = "latest") -> Profile:
        """A regime profile. Raises ContractError RegimeUnknown."""
        return Profile.from_abi(self.view("RegimeProfiles", "profile", profile_id, block=block))

    def balance_of(self, holder: str, block: BlockIdentifier = "latest") -> int:
        """Custody tokens of a holder, minor units."""
        return int(self.view("CustodyToken", "balanceOf", holder, block=block))

    def supply(self, block: BlockIdentifier = "latest") -> int:
        """All custody tokens, minor units."""
        return int(self.view("CustodyToken", "totalSupply", block=block))

    def shortfall(self, block: BlockIdentifier = "latest") -> int:
        """What the bank's account is short of, minor units, by the last attestation."""
        return int(self.view("CustodyToken", "shortfall", block=block))

    def entry_used(self, statement_no: int, entry_no: int, block: BlockIdentifier = "latest") -> bool:
        """Whether a bank entry was posted on chain."""
        return bool(self.view("CustodyToken", "entryUsed", statement_no, entry_no, block=block))

    def reserve(self, platform: int, block: BlockIdentifier = "latest") -> int:
        """A platform member's risk reserve, minor units."""
        return int(self.view("LoanEscrow", "reserve", platform, block=block))

    def withdrawal(self, withdrawal_id: bytes, block: BlockIdentifier = "latest") -> tuple[Payout, str, int]:
        """Payout state, holder and amount of a withdrawal."""
        payout, holder, amount = self.view("Withdrawals", "withdrawal", withdrawal_id, block=block)
        return Payout(payout), to_checksum_address(holder), int(amount)

    def logs(self, from_block: int, to_block: int) -> Iterator[LogRecord]:
        """Every log of our contracts in the range, in chain order, decoded; in pieces of LOG_RANGE blocks."""
        addresses = [to_checksum_address(d.address) for d in self.contracts.consortium.deployments.values()]
        for start in range(from_block, to_block + 1, LOG_RANGE):
            end = min(start + LOG_RANGE - 1, to_block)
            try:
                found = self.w3.eth.get_logs({"fromBlock": start, "toBlock": end, "address": addresses})
            except Exception as exc:
                raise node_error(exc) from exc
            for log in found:
                record = self.decode_log(log)
                if record is not None:
                    yield record

    def decode_log(self, log: LogReceipt) -> LogRecord | None:
        """A node's log decoded; None if it is not one of our events."""
        decoded = self.contracts.decode_event(log["address"], [bytes(t) for t in log["topics"]], bytes(log["data"]))
        if decoded is None:
            return None
        contract, event, values = decoded
        return LogRecord(
            contract=contract,
            event=event,
            values=values,
            block=log["blockNumber"],
            block_hash=bytes(log["blockHash"]),
            tx=bytes(log["transactionHash"]),
            log_index=log["logIndex"],
        )

    def recorded(self, from_block: int, to_block: int) -> list[HistoryEntry]:
        """History entries of all loans in the range, in chain order."""
        return [history_entry(r) for r in self.logs(from_block, to_block) if r.event == "Recorded"]

    def history(self, loan: bytes, from_block: int | None = None) -> list[HistoryEntry]:
        """A loan's history entries, in order, from the ledger's first block on unless told otherwise."""
        start = self.contracts.consortium.start_block if from_block is None else from_block
        signature = topic(events("LoanEscrow")["Recorded"].signature)
        address = to_checksum_address(self.contracts.address("LoanEscrow"))
        entries: list[HistoryEntry] = []
        head = int(self.w3.eth.block_number)
        for first in range(start, head + 1, LOG_RANGE):
            found = self.w3.eth.get_logs(
                {
                    "fromBlock": first,
                    "toBlock": min(first + LOG_RANGE - 1, head),
                    "address": address,
                    "topics": [HexBytes(signature), HexBytes(loan)],
                }
            )
            entries += [history_entry(r) for r in map(self.decode_log, found) if r is not None]
        return entries


def verify_consortium(ledger: Ledger) -> None:
    """That the chain knows exactly the consortium file's members and deployments, and the deployer can add none.

    The counts rule out what nobody was told of: a further member, or a further contract that may move tokens. Raises
    ConsortiumMismatch, naming what differs first.
    """
    consortium = ledger.contracts.consortium
    deployments = consortium.deployments

    def require(what: str, found: object, expected: object) -> None:
        if found != expected:
            raise ConsortiumMismatch(what=what, found=_shown(found), expected=_shown(expected))

    def on_chain(function: str, *args: Any) -> Any:
        return ledger.view("Consortium", function, *args)

    require("deployer", to_checksum_address(on_chain("deployer")), ZERO_ADDRESS)
    require("memberCount", on_chain("memberCount"), len(consortium.members))
    for member in consortium.members:
        role, _, root, name = on_chain("member", member.number)
        expected = (member.role.number, member.root, _label(member.name))
        require(f"member {member.number}", (role, to_checksum_address(root), bytes(name)), expected)
    require("deploymentCount", on_chain("deploymentCount"), len(deployments))
    require("ledgerCount", on_chain("ledgerCount"), len(LEDGER_CONTRACTS & set(deployments)))
    for name, deployment in deployments.items():
        at, may_move, code_hash = on_chain("deployment", _label(name))
        require(
            f"deployment {name}",
            (to_checksum_address(at), may_move, bytes(code_hash)),
            (deployment.address, name in LEDGER_CONTRACTS, bytes(HexBytes(deployment.code_hash))),
        )


def _label(name: str) -> bytes:
    return name.encode().ljust(32, b"\0")


def _shown(value: object) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return f"({', '.join(map(_shown, value))})" if isinstance(value, tuple) else str(value)


def history_entry(record: LogRecord) -> HistoryEntry:
    """The history entry of a `Recorded` log."""
    return entry_from_event(
        record.values, block=record.block, block_hash=record.block_hash, tx=record.tx, log_index=record.log_index
    )
