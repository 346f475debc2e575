"""The genesis of a Clique network, as geth reads it. Pure.

Ends at the Berlin rules on purpose: a London chain that starts with base fee 0 does not stay free, because one block
over half full raises it for good, and a stranger could cause that. Who may pay for gas is decided by who is funded
here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

GAS_LIMIT: Final = 30_000_000
BALANCE: Final = 10**27  # wei for each funded account: beyond what a devnet can spend
EPOCH: Final = 30_000  # blocks between checkpoints of the sealers' votes
_VANITY: Final = bytes(32)
_SEAL: Final = bytes(65)
_FORKS: Final = (
    "homesteadBlock", "eip150Block", "eip155Block", "eip158Block", "byzantiumBlock", "constantinopleBlock",
    "petersburgBlock", "istanbulBlock", "muirGlacierBlock", "berlinBlock",
)  # fmt: skip


def clique_genesis(
    *, chain_id: int, sealers: Sequence[str], funded: Iterable[str], period: int, timestamp: int
) -> dict[str, object]:
    """The genesis document.

    sealers: their addresses, any order. funded: accounts that get `BALANCE`. period: seconds between blocks.
    Source: EIP-225 (extra data = 32 bytes vanity, sealers ascending, 65 bytes seal).
    """
    ascending = sorted(bytes.fromhex(address.removeprefix("0x")) for address in sealers)
    return {
        "config": {
            "chainId": chain_id,
            **dict.fromkeys(_FORKS, 0),
            "clique": {"period": period, "epoch": EPOCH},
        },
        "nonce": "0x0",
        "timestamp": hex(timestamp),
        "extraData": "0x" + (_VANITY + b"".join(ascending) + _SEAL).hex(),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + bytes(32).hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "alloc": {address.removeprefix("0x").lower(): {"balance": hex(BALANCE)} for address in sorted(funded)},
    }
