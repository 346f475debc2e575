"""Transactions for calls: what to sign, and what the outcome means. Pure; `Ledger` and `AsyncLedger` send them.

For scripts and tests that hold a seat's key themselves. A gateway keeps its own outbox, which survives crashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from hexbytes import HexBytes
from web3.types import TxParams, TxReceipt

from chain.ledger.calls.call import Call
from chain.ledger.contracts import Contracts
from chain.ledger.logs import LogRecord, decode_log

GAS_MARGIN_PERCENT = 25  # above the estimate: what a call meets may change until it is mined


@dataclass(frozen=True)
class Sent:
    """A call that was mined and succeeded, with the events of our contracts in it."""

    tx: bytes
    block: int
    gas_used: int
    events: tuple[LogRecord, ...]


def message(contracts: Contracts, call: Call, sender: str) -> TxParams:
    """The call as `eth_call` and `eth_estimateGas` take it."""
    return {
        "from": to_checksum_address(sender),
        "to": to_checksum_address(contracts.address(call.contract)),
        "data": HexBytes(contracts.encode(call)),
    }


def signed(
    call: TxParams, account: LocalAccount, *, nonce: int, chain_id: int, gas: int, fees: Mapping[str, int]
) -> HexBytes:
    """The signed transaction of a call; `gas`: the estimate."""
    fields: dict[str, Any] = {
        "to": call["to"],
        "data": call["data"],
        "nonce": nonce,
        "chainId": chain_id,
        "gas": gas * (100 + GAS_MARGIN_PERCENT) // 100,
        "value": 0,
        **fees,
    }
    return HexBytes(account.sign_transaction(fields).raw_transaction)


def outcome(contracts: Contracts, receipt: TxReceipt) -> Sent:
    """What a successful transaction's receipt says."""
    records = (decode_log(contracts, log) for log in receipt["logs"])
    return Sent(
        tx=bytes(receipt["transactionHash"]),
        block=int(receipt["blockNumber"]),
        gas_used=int(receipt["gasUsed"]),
        events=tuple(r for r in records if r is not None),
    )
