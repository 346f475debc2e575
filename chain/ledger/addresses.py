"""Addresses in checksum case (EIP-55): worked out once for those that keep coming, such as contracts and members."""

from __future__ import annotations

from functools import lru_cache

from eth_typing import ChecksumAddress
from eth_utils.address import to_checksum_address


@lru_cache(maxsize=65_536)
def checksum_address(value: str | bytes) -> ChecksumAddress:
    """`value`, 20 bytes or 0x and 40 hex digits, in checksum case. Raises ValueError or TypeError for anything else."""
    return to_checksum_address(value)
