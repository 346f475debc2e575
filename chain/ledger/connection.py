"""Talking to a node: one connection per URL, fees for chains with and without a base fee, and typed node errors.

Never asks a node for `finalized` or `safe`, and never retries by itself: callers decide what may be repeated.
"""

from __future__ import annotations

import re
from typing import Any

import aiohttp
import requests
from web3 import AsyncHTTPProvider, AsyncWeb3, Web3
from web3.exceptions import ContractLogicError, Web3Exception
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers.rpc import HTTPProvider

from chain.errors import LedgerError
from chain.ledger.contracts import decode_error
from chain.ledger.errors import (
    AlreadyKnown,
    ExecutionReverted,
    InsufficientFunds,
    NodeRefused,
    NodeUnreachable,
    NonceTooLow,
    Underpriced,
)

GWEI = 10**9
MINIMUM_GAS_PRICE = GWEI  # what our own networks ask for; strangers without balance never enter the pool

_REFUSALS: tuple[tuple[str, type[LedgerError]], ...] = (
    (r"nonce too low|nonce is too low|OldNonce", NonceTooLow),
    (r"already known|already imported|known transaction|AlreadyKnown", AlreadyKnown),
    (
        r"underpriced|fee too low|gas price below|max fee per gas less than block base fee|below configured minimum",
        Underpriced,
    ),
    (r"insufficient funds|upfront cost exceeds", InsufficientFunds),
)


def connect(url: str, timeout: float = 10) -> Web3:
    """A connection to the node at `url`. Nothing is sent before the first request."""
    provider = HTTPProvider(url, request_kwargs={"timeout": timeout}, exception_retry_configuration=None)
    w3 = Web3(provider)
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return w3


def connect_async(url: str, timeout: float = 10) -> AsyncWeb3[AsyncHTTPProvider]:
    """As `connect`, for asyncio; its connections are the running event loop's."""
    provider = AsyncHTTPProvider(
        url, request_kwargs={"timeout": aiohttp.ClientTimeout(total=timeout)}, exception_retry_configuration=None
    )
    w3 = AsyncWeb3(provider)
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return w3


def fees(w3: Web3, floor: int = MINIMUM_GAS_PRICE, raise_by_percent: int = 0) -> dict[str, int]:
    """Transaction fee fields, wei per gas: EIP-1559 where the chain has a base fee, else a legacy gas price.

    `floor`: lowest price or tip, where the chain charges at all: a chain whose own suggestion is zero is free.
    `raise_by_percent`: above the usual, for replacements.
    """
    base = w3.eth.get_block("latest").get("baseFeePerGas")
    return fee_fields(base, int(w3.eth.gas_price), floor, raise_by_percent)


async def fees_async(
    w3: AsyncWeb3[AsyncHTTPProvider], floor: int = MINIMUM_GAS_PRICE, raise_by_percent: int = 0
) -> dict[str, int]:
    """As `fees`, for asyncio."""
    base = (await w3.eth.get_block("latest")).get("baseFeePerGas")
    return fee_fields(base, int(await w3.eth.gas_price), floor, raise_by_percent)


def fee_fields(base: int | None, suggested: int, floor: int, raise_by_percent: int) -> dict[str, int]:
    """Fee fields from the newest block's base fee (None: the chain has none) and the node's own suggestion."""
    least = floor if suggested > 0 else 0
    factor = 100 + raise_by_percent
    if base is None:
        return {"gasPrice": max(suggested, least) * factor // 100}
    tip = least * factor // 100
    return {"maxFeePerGas": 2 * int(base) * factor // 100 + tip, "maxPriorityFeePerGas": tip}


def revert_data(exc: BaseException) -> str | None:
    """The revert data that a node's error carries, 0x hex; None if it carries none."""
    data: Any = getattr(exc, "data", None)
    if isinstance(data, dict):
        data = data.get("data")
    if isinstance(data, str):
        found = re.search(r"0x[0-9a-fA-F]*", data)
        return found.group(0) if found else None
    return None


def node_error(exc: BaseException, url: str = "") -> LedgerError:
    """Any exception of web3 or the transport as a typed error; contract errors are decoded."""
    if isinstance(exc, LedgerError):
        return exc
    if isinstance(exc, requests.RequestException | aiohttp.ClientError | ConnectionError | TimeoutError):
        return NodeUnreachable(url=url, reason=type(exc).__name__)
    text = str(exc)
    if isinstance(exc, ContractLogicError | Web3Exception | ValueError) or "revert" in text.lower():
        return refusal("revert" if isinstance(exc, ContractLogicError) else text, revert_data(exc), text)
    raise TypeError(f"not a node's error: {exc!r}") from exc


def refusal(message: str, data: str | None, shown: str | None = None) -> LedgerError:
    """A node's error answer as a typed error. data: revert data, 0x hex. shown: the message for people, if another."""
    if "revert" in message.lower():
        return decode_error(data) if data and len(data) >= 10 else ExecutionReverted(data=data or "0x")
    for pattern, kind in _REFUSALS:
        if re.search(pattern, message, re.IGNORECASE):
            return kind(reason=shown or message)
    return NodeRefused(reason=shown or message)
