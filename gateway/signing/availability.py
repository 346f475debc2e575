"""Whether a seat's keys can be used now: asked before a request is taken, and by whoever watches the seat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chain.ledger.calls import Call
from gateway.signing.errors import SignerUnavailable
from gateway.signing.policy import Policy, SeatKey
from gateway.signing.signer import Signer


def require_available(signers: Mapping[SeatKey, Signer], policy: Policy, calls: Iterable[Call]) -> None:
    """Raises SignerUnavailable if every key that signs one of `calls` is known to be away.

    Only a key that was away when last tried is asked again, at most once a second. Raises what `keys_for` raises.
    """
    for contract, function in dict.fromkeys((call.contract, call.function) for call in calls):
        gone: SignerUnavailable | None = None
        for key in policy.keys_for(contract, function):
            gone = None if signers[key].problem is None else signers[key].probe()
            if gone is None:
                break
        if gone is not None:
            raise gone


def away(signers: Mapping[SeatKey, Signer]) -> list[SignerUnavailable]:
    """Why keys can't be used now; each is asked, at most once a second."""
    found = [signer.probe() for signer in signers.values()]
    return [problem for problem in found if problem is not None]
