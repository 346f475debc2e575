"""Bytes and places in the chain, as the index keeps them."""

from __future__ import annotations


def hex_of(value: bytes) -> str:
    """0x hex."""
    return "0x" + bytes(value).hex()


def position_of(block: int, log_index: int) -> str:
    """Sortable text of a log's place in the chain."""
    return f"{block:012d}.{log_index:06d}"
