"""Whether a node's transactions are mined: a transfer of nothing to oneself through each node, seen mined on all.

Costs 21,000 gas for each node. The accounts are the seats' own, so nobody else's nonces are touched.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import TransactionNotFound, Web3Exception
from web3.types import TxParams

from chain.ledger.connection import fees

_TRANSFER_GAS = 21_000


@dataclass(frozen=True)
class Probe:
    """A transaction sent through the node of one seat."""

    seat: str
    transaction: HexBytes


def transfer(w3: Web3, account: LocalAccount, to: str, wei: int, nonce: int | None = None) -> HexBytes:
    """Sends `wei` from `account`, with or without a base fee; the transaction's hash."""
    fields: TxParams = {
        "chainId": w3.eth.chain_id,
        "nonce": w3.eth.get_transaction_count(account.address, "pending") if nonce is None else nonce,
        "to": Web3.to_checksum_address(to),
        "value": wei,
        "gas": _TRANSFER_GAS,
        **fees(w3),  # type: ignore[typeddict-item]
    }
    return w3.eth.send_raw_transaction(account.sign_transaction(fields).raw_transaction)  # type: ignore[arg-type]


def send_probes(nodes: Mapping[str, Web3], accounts: Mapping[str, LocalAccount]) -> tuple[Probe, ...]:
    """One probe through each node, each from the account named for the node's seat."""
    return tuple(Probe(seat, transfer(w3, accounts[seat], accounts[seat].address, 0)) for seat, w3 in nodes.items())


def unmined(probes: Sequence[Probe], nodes: Mapping[str, Web3]) -> tuple[str, ...]:
    """The seats whose probe is not mined yet on every node."""
    return tuple(probe.seat for probe in probes if not all(is_mined(w3, probe.transaction) for w3 in nodes.values()))


def is_mined(w3: Web3, transaction: HexBytes) -> bool:
    """Whether the node has the transaction in a block. A node that does not answer has it not."""
    try:
        return w3.eth.get_transaction_receipt(transaction)["blockNumber"] is not None
    except (TransactionNotFound, Web3Exception, OSError):
        return False


def wait_mined(w3: Web3, transactions: Sequence[HexBytes], timeout: float) -> bool:
    """Waits until all are mined on this node; False after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not all(is_mined(w3, transaction) for transaction in transactions):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
