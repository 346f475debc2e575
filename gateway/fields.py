"""Addresses, hashes and signatures on the wire: 0x hex, checked for form, addresses normalised to checksum case."""

from __future__ import annotations

from typing import Annotated

from eth_utils.address import to_checksum_address
from pydantic import AfterValidator, Field, StringConstraints


def _checksum(text: str) -> str:
    return to_checksum_address(text)


def _lower(text: str) -> str:
    return text.lower()


Address = Annotated[
    str,
    StringConstraints(pattern=r"^0x[0-9a-fA-F]{40}$"),
    AfterValidator(_checksum),
    Field(examples=["0x" + "11" * 20]),
]
Hash = Annotated[
    str,
    StringConstraints(pattern=r"^0x[0-9a-fA-F]{64}$"),
    AfterValidator(_lower),
    Field(description="32 bytes, 0x hex.", examples=["0x" + "ab" * 32]),
]
Signature = Annotated[
    str,
    StringConstraints(pattern=r"^0x([0-9a-fA-F]{2}){65,2048}$"),
    AfterValidator(_lower),
    Field(description="EIP-712 signature, r, s, v, 0x hex.", examples=["0x" + "cd" * 65]),
]
Length = Annotated[
    int, Field(ge=0, lt=2**32, description="The loan's history length that the caller has seen.", examples=[3])
]


def raw(text: str) -> bytes:
    """The bytes of 0x hex."""
    return bytes.fromhex(text[2:])
