"""Positions that change hands."""

from __future__ import annotations

from chain.ledger.calls.call import Call
from chain.ledger.orders import PositionTransfer


def transfer_position(
    transfer: PositionTransfer, expected_length: int, seller_signature: bytes, buyer_signature: bytes
) -> Call:
    """ANY_SEAT, with both signatures: move units with their numerator against the price."""
    args = (transfer.abi_tuple(), expected_length, seller_signature, buyer_signature)
    return Call("LoanEscrow", "transferPosition", args, transfer.loan)
