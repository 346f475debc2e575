"""Tries calls before they get a nonce, many in one request, and says how much gas to allow.

What a kind of call takes is learned from estimates and receipts. A call of a known kind is run once with somewhat more
gas than that kind ever took: if it passes, it is sent with more than it has passed with. A call that is unknown, or
fails so, is estimated by the node, whose answer counts. So nothing is sent with less gas than it was seen to pass with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chain.errors import LedgerError
from gateway.node import Node, Trial
from gateway.outbox.repository import Queued

_Kind = tuple[str, str, int]


class GasBook:
    """What kinds of calls took, at most: by contract, function and length of the data in words."""

    def __init__(self) -> None:
        self._most: dict[_Kind, int] = {}

    def learn(self, contract: str, function: str, data: str, gas: int) -> None:
        """A call took `gas`."""
        kind = _kind(contract, function, data)
        self._most[kind] = max(self._most.get(kind, 0), gas)

    def trial(self, call: Queued) -> int | None:
        """Gas to try it with; None for a kind that was never seen."""
        most = self._most.get(_kind(call.contract, call.function, call.data))
        return None if most is None else most * 115 // 100 + 10_000


def allowance(passed_with: int, estimated: bool) -> int:
    """Gas to send a call with that passed; what it meets may change until it is mined."""
    return passed_with * 13 // 10 + 30_000 if estimated else passed_with * 115 // 100 + 20_000


@dataclass(frozen=True)
class Passed:
    """A call that would succeed now, and the gas to send it with."""

    call: Queued
    gas: int


@dataclass(frozen=True)
class NotPassed:
    """A call that is refused now."""

    call: Queued
    error: LedgerError


def simulate(
    node: Node, book: GasBook, sender: str, calls: Sequence[Queued], gas_limit: int
) -> list[Passed | NotPassed]:
    """Tries the calls on the newest state, each for itself, with at most a block's gas. Raises NodeUnreachable."""
    tries = [None if (gas := book.trial(call)) is None else min(gas, gas_limit) for call in calls]
    first = node.tried([Trial(sender, c.to, c.data, gas) for c, gas in zip(calls, tries, strict=True)])
    again = [n for n, (gas, said) in enumerate(zip(tries, first, strict=True)) if gas and isinstance(said, LedgerError)]
    second = node.tried([Trial(sender, calls[n].to, calls[n].data, None) for n in again])
    for n, said in zip(again, second, strict=True):
        first[n], tries[n] = said, None
    results: list[Passed | NotPassed] = []
    for call, gas, said in zip(calls, tries, first, strict=True):
        if isinstance(said, LedgerError):
            results.append(NotPassed(call, said))
            continue
        if gas is None:
            book.learn(call.contract, call.function, call.data, said)
        results.append(Passed(call, allowance(said, estimated=gas is None)))
    return results


def _kind(contract: str, function: str, data: str) -> _Kind:
    return contract, function, (len(data) + 63) // 64
