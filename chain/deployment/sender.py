"""Sends the deployer's transactions in nonce order and waits for receipts. For setting up only: it keeps nothing."""

from __future__ import annotations

import time
from typing import Any

from eth_account import Account
from eth_typing import ChecksumAddress
from eth_utils.crypto import keccak
from hexbytes import HexBytes
from rlp import encode as rlp_encode
from web3 import Web3
from web3.exceptions import TransactionNotFound
from web3.types import TxReceipt

from chain.deployment.errors import DeploymentFailed
from chain.ledger.connection import fees, node_error

RECEIPT_TIMEOUT = 120.0  # seconds


def create_address(sender: str, nonce: int) -> str:
    """The address of the contract that `sender` makes with its transaction number `nonce`."""
    packed = rlp_encode([bytes.fromhex(sender[2:]), nonce])
    return str(Web3.to_checksum_address(keccak(packed)[-20:]))


class Sender:
    """One key's transactions on one chain, several in flight."""

    def __init__(self, w3: Web3, key: str) -> None:
        self._w3 = w3
        self._account = Account.from_key(key)
        self._nonce = int(w3.eth.get_transaction_count(self._account.address, "pending"))
        self._chain_id = w3.eth.chain_id
        self._fees = fees(w3)
        self._gas_limit = int(w3.eth.get_block("latest")["gasLimit"])

    @property
    def address(self) -> ChecksumAddress:
        """The sender's address."""
        return ChecksumAddress(self._account.address)

    @property
    def nonce(self) -> int:
        """The nonce of the next transaction."""
        return self._nonce

    def send(self, step: str, data: bytes, to: str | None = None, gas: int = 1_000_000) -> HexBytes:
        """Signs and broadcasts. `gas` is cut to the block's limit."""
        fields: dict[str, Any] = {
            "nonce": self._nonce,
            "chainId": self._chain_id,
            "gas": min(gas, self._gas_limit),
            "value": 0,
            "data": HexBytes(data),
            **self._fees,
        }
        if to is not None:
            fields["to"] = to
        signed = self._account.sign_transaction(fields)
        try:
            sent = self._w3.eth.send_raw_transaction(signed.raw_transaction)
        except Exception as exc:
            raise DeploymentFailed(step=step, reason=node_error(exc).message()) from exc
        self._nonce += 1
        return sent

    def wait(self, step: str, sent: HexBytes) -> TxReceipt:
        """The receipt of a successful transaction. Raises DeploymentFailed if it failed or never came."""
        until = time.monotonic() + RECEIPT_TIMEOUT
        while time.monotonic() < until:
            try:
                receipt = self._w3.eth.get_transaction_receipt(sent)
            except TransactionNotFound:
                time.sleep(0.05)
                continue
            if receipt["status"] != 1:
                raise DeploymentFailed(step=step, reason=f"transaction {sent.to_0x_hex()} reverted")
            return receipt
        raise DeploymentFailed(step=step, reason=f"no receipt of {sent.to_0x_hex()} within {RECEIPT_TIMEOUT:.0f} s")
