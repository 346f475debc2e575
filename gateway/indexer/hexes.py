"""Bytes as the index keeps them."""

from __future__ import annotations


def hex_of(value: bytes) -> str:
    """0x hex."""
    return "0x" + bytes(value).hex()
