"""Clique (EIP-225): who sealed a header, and which blocks are confirmed.

Clique is never final. A block is *confirmed* when more than N/2 distinct sealers sealed on top of it and the difficulty
gained by it and its descendants exceeds 2 * floor((N - 1) / 2). Assumed: no equivocation, at most a clean partition,
odd N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import rlp
from eth_keys.datatypes import Signature
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak

VANITY = 32
SEAL = 65


class SealInvalid(ValueError):
    """A header that carries no valid Clique seal."""

    code = "seal.invalid"
    status = 422
    exit_code = 1
    en = "Block {number} carries no valid Clique seal: {reason}."
    zh = "区块 {number} 没有有效的 Clique 签封：{reason}。"

    def __init__(self, **params: object) -> None:
        self.params = params
        super().__init__(self.message("en"))

    def message(self, language: str = "en") -> str:
        """The text in `language`, with the values filled in."""
        return (self.en if language == "en" else self.zh).format(**self.params)


@dataclass(frozen=True)
class Header:
    """A header's number, hash, parent and difficulty, its RLP fields in order, and its extra data."""

    number: int
    hash: bytes
    parent: bytes
    difficulty: int
    fields: tuple[bytes, ...]
    extra: bytes


EXTRA_FIELD = 12  # position of extraData among a header's RLP fields


def validators_of(extra: bytes) -> tuple[bytes, ...]:
    """Signers listed in an epoch block's extra data, 20 bytes each; empty if it lists none."""
    listed = extra[VANITY:-SEAL]
    if len(extra) < VANITY + SEAL or len(listed) % 20:
        return ()
    return tuple(listed[i : i + 20] for i in range(0, len(listed), 20))


def sealer(header: Header) -> bytes:
    """The 20-byte address that sealed `header`. Raises SealInvalid.

    The signed hash is keccak256 of the header's RLP with the last 65 bytes of the extra data removed.
    """
    if len(header.extra) < VANITY + SEAL:
        raise SealInvalid(number=header.number, reason=f"extra data of {len(header.extra)} bytes, at least 97 expected")
    fields = list(header.fields)
    fields[EXTRA_FIELD] = header.extra[:-SEAL]
    seal = header.extra[-SEAL:]
    try:
        key = Signature(seal).recover_public_key_from_msg_hash(keccak(rlp.encode(fields)))
    except (BadSignature, ValueError) as exc:
        raise SealInvalid(number=header.number, reason=str(exc)) from exc
    return bytes(key.to_canonical_address())


def confirmed(chain: Sequence[Header], validators: Sequence[bytes]) -> int | None:
    """The highest confirmed block of `chain`, which is in rising order and ends at the head; None if there is none.

    Blocks whose hashes don't link, or which someone outside `validators` sealed, raise SealInvalid.
    """
    allowed = set(validators)
    on_top: set[bytes] = set()
    gained = 0
    child: Header | None = None
    for header in reversed(chain):
        if child is not None and child.parent != header.hash:
            raise SealInvalid(number=child.number, reason="it does not link to the block below")
        if (
            child is not None
            and 2 * len(on_top) > len(allowed)
            and gained + header.difficulty > 2 * ((len(allowed) - 1) // 2)
        ):
            return header.number
        if header.number == 0:
            return None
        by = sealer(header)
        if by not in allowed:
            raise SealInvalid(number=header.number, reason=f"0x{by.hex()} is not a validator")
        on_top.add(by)
        gained += header.difficulty
        child = header
    return None
