"""Making sure each signing account can pay for gas, out of what the given accounts own.

Nothing is assumed of a chain: where gas costs nothing, nothing is moved. `shares` is pure; `top_up` does what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web3 import Web3

from chain.engines.errors import FundsMissing
from chain.engines.probing import transfer, wait_mined
from chain.engines.protocol import Accounts
from chain.ledger.connection import fees

TARGET_GAS: Final = 400_000_000  # what a seat should be able to spend before anyone looks again
NEEDED_GAS: Final = 40_000_000  # what setting up a ledger or a book of some loans takes
_TRANSFER_GAS: Final = 21_000
_MINED_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Transfer:
    """A top-up, in wei."""

    source: str
    to: str
    wei: int


def shares(balances: Mapping[str, int], price: int) -> tuple[Transfer, ...]:
    """The transfers that let every account pay for gas at `price` wei; the richest account gives.

    Each gets up to `TARGET_GAS` units' worth, less if the giver would then keep less than its own share; none is needed
    above half of the target. Raises FundsMissing if somebody stays below `NEEDED_GAS` units' worth.
    """
    if price == 0:
        return ()
    source = max(balances, key=lambda name: balances[name])
    poor = [name for name in balances if name != source and balances[name] < TARGET_GAS * price // 2]
    spare = balances[source] - len(poor) * _TRANSFER_GAS * price
    level = _level([balances[name] for name in poor], spare, TARGET_GAS * price)
    if level < NEEDED_GAS * price:
        poorest = min(balances, key=lambda name: balances[name])
        raise FundsMissing(account=poorest, balance=balances[poorest], needed=NEEDED_GAS * price, price=price)
    return tuple(Transfer(source, name, level - balances[name]) for name in sorted(poor) if balances[name] < level)


def _level(low: Sequence[int], spare: int, target: int) -> int:
    """What everybody below it can be raised to, at most `target`, with the giver keeping as much."""
    raised = sorted(low)
    while raised:
        level = (spare + sum(raised)) // (len(raised) + 1)
        if raised[-1] <= level:
            return min(level, target)
        raised.pop()  # has more than an equal share already, so it gets nothing
    return min(spare, target)


def top_up(w3: Web3, accounts: Accounts) -> tuple[Transfer, ...]:
    """Moves what `shares` says and waits until it is mined. Raises FundsMissing."""
    offered = fees(w3)
    price = offered.get("gasPrice", offered.get("maxFeePerGas", 0))
    balances = {name: int(w3.eth.get_balance(account.address)) for name, account in accounts.items()}
    transfers = shares(balances, price)
    if not transfers:
        return ()
    giver = accounts[transfers[0].source]
    nonce = w3.eth.get_transaction_count(giver.address, "pending")
    sent = [
        transfer(w3, giver, accounts[step.to].address, step.wei, nonce + number)
        for number, step in enumerate(transfers)
    ]
    if not wait_mined(w3, sent, _MINED_SECONDS):
        step = transfers[0]
        raise FundsMissing(account=step.to, balance=balances[step.to], needed=NEEDED_GAS * price, price=price)
    return transfers
