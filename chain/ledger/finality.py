"""Which block may be relied on, by the engine's own rule: final (QBFT), confirmed (Clique) or the newest (anvil).

The engine is told from the genesis block's extra data; a node's `finalized` and `safe` tags are never used.
"""

from __future__ import annotations

from typing import Any, Literal

import rlp
from hexbytes import HexBytes
from web3 import Web3

from chain.ledger.errors import NodeRefused
from chain.proofs import clique

Seal = Literal["clique", "qbft", "unsealed"]
LOOK_BACK = 32  # blocks; with three sealers a block is confirmed two or three blocks later


def seal_rule(extra: bytes) -> Seal:
    """The seal rule that a genesis block's extra data announces."""
    if len(extra) > clique.VANITY + clique.SEAL and clique.validators_of(extra):
        return "clique"
    try:
        fields = rlp.decode(extra)
    except rlp.DecodingError:
        return "unsealed"
    return "qbft" if isinstance(fields, list) and len(fields) == 5 else "unsealed"


def genesis_validators(w3: Web3) -> tuple[Seal, tuple[bytes, ...]]:
    """Seal rule and validators announced by block 0."""
    extra = bytes(w3.eth.get_block(0)["proofOfAuthorityData"])
    rule = seal_rule(extra)
    if rule == "clique":
        return rule, clique.validators_of(extra)
    if rule == "qbft":
        fields: Any = rlp.decode(extra)
        return rule, tuple(bytes(v) for v in fields[1])
    return rule, ()


def header_of(block: Any) -> clique.Header:
    """A header from a node's block; the hash is recomputed, so a node can't give a header under another's hash."""

    def number(value: int) -> bytes:
        return value.to_bytes((value.bit_length() + 7) // 8, "big")

    extra = bytes(block["proofOfAuthorityData"])
    fields = [
        bytes(block["parentHash"]),
        bytes(block["sha3Uncles"]),
        bytes.fromhex(block["miner"][2:]),
        bytes(block["stateRoot"]),
        bytes(block["transactionsRoot"]),
        bytes(block["receiptsRoot"]),
        bytes(block["logsBloom"]),
        number(block["difficulty"]),
        number(block["number"]),
        number(block["gasLimit"]),
        number(block["gasUsed"]),
        number(block["timestamp"]),
        extra,
        bytes(block["mixHash"]),
        bytes(block["nonce"]),
    ]
    if block.get("baseFeePerGas") is not None:
        fields.append(number(block["baseFeePerGas"]))
    computed = bytes(Web3.keccak(rlp.encode(fields)))
    if computed != bytes(block["hash"]):
        raise NodeRefused(reason=f"block {block['number']} does not hash to what the node says")
    return clique.Header(
        number=block["number"],
        hash=computed,
        parent=fields[0],
        difficulty=block["difficulty"],
        fields=tuple(fields),
        extra=extra,
    )


class Finality:
    """The confirmed block of one node, by the seal rule of its chain. Keeps recent headers, so each is fetched once."""

    def __init__(self, w3: Web3) -> None:
        self._w3 = w3
        self._rule: Seal | None = None
        self._validators: tuple[bytes, ...] = ()
        self._headers: dict[bytes, clique.Header] = {}

    @property
    def rule(self) -> Seal:
        """The chain's seal rule; asks the node once."""
        if self._rule is None:
            self._rule, self._validators = genesis_validators(self._w3)
        return self._rule

    def confirmed_block(self) -> int:
        """The highest block to rely on; 0 if none yet.

        Clique: the highest confirmed one. QBFT: the head; its commit seals are not checked here. Unsealed: the head.
        """
        rule = self.rule
        if rule != "clique":
            return int(self._w3.eth.block_number)
        chain = self._recent()
        return clique.confirmed(chain, self._validators) or 0

    def _recent(self) -> list[clique.Header]:
        head = header_of(self._w3.eth.get_block("latest"))
        kept = {head.hash: head}
        chain = [head]
        while len(chain) < LOOK_BACK and chain[-1].number > 0:
            parent = chain[-1].parent
            header = self._headers.get(parent)
            if header is None:
                header = header_of(self._w3.eth.get_block(HexBytes(parent)))
            kept[header.hash] = header
            chain.append(header)
            if len(chain) > 2 * len(self._validators) + 2:
                break
        self._headers = kept
        chain.reverse()
        return chain
