"""The keys of a network's seats at its start: made, or given, then encrypted and kept.

A seat's root stands for its organisation and registers the operational keys with which the gateway signs; who takes one
of those gets no more than its scopes. On a devnet the root lies beside them, for starting again.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from eth_account.signers.local import LocalAccount

from chain.engines.protocol import DEPLOYER, SEATS, SIGNING_SEATS, Accounts
from chain.keys.keystore import KeystoreCost, address_of, ensure_key, keystore_file, load_key, store_key
from chain.keys.reader import ensure_reader_key
from chain.ledger.roles import Scope
from chain.runtime.state import StateFolder
from gateway.launch.errors import NetworkDiffers

# Who approves and who sends are different keys; so are who books and who attests.
OPERATIONAL_KEYS: Final[Mapping[str, Mapping[str, frozenset[Scope]]]] = {
    "platform": {"lending": frozenset({Scope.Lend, Scope.Relay, Scope.Document, Scope.Vote})},
    "bank": {
        "booking": frozenset({Scope.Book, Scope.Relay, Scope.Document, Scope.Identify, Scope.Vote}),
        "attesting": frozenset({Scope.Attest}),
        "correcting": frozenset({Scope.Correct}),
        "approving": frozenset({Scope.Approve}),
    },
    "regulator": {
        "supervising": frozenset({Scope.Supervise, Scope.Relay, Scope.Document, Scope.Vote, Scope.Identify}),
        "approving": frozenset({Scope.Approve}),
    },
}


def ensure_accounts(state: StateFolder, given: Accounts, cost: KeystoreCost) -> Accounts:
    """The signing accounts of deployer and seats; what is missing is taken from `given`, or made.

    Raises NetworkDiffers if the folder holds other keys than those given, and the errors of keystores.
    """
    return {name: _account(state.seat(name), given.get(name), cost) for name in (DEPLOYER, *SIGNING_SEATS)}


def ensure_operational_keys(state: StateFolder, cost: KeystoreCost) -> Accounts:
    """The operational keys of all seats, made if missing, by `operational_name`."""
    return {
        operational_name(seat, key): ensure_key(key_folder(state, seat, key), cost)
        for seat, keys in OPERATIONAL_KEYS.items()
        for key in keys
    }


def operational_name(seat: str, key: str) -> str:
    """How one of a seat's operational keys is named among all accounts."""
    return f"{seat}-{key}"


def key_folder(state: StateFolder, seat: str, key: str) -> Path:
    """Where an operational key lies; its name makes the variable of its passphrase unique."""
    return state.folder(seat, "keys", operational_name(seat, key))


def ensure_reader_keys(state: StateFolder) -> None:
    """Makes the missing keys that open documents; the observer has one too."""
    for seat in SEATS:
        ensure_reader_key(state.seat(seat))


def _account(folder: Path, given: LocalAccount | None, cost: KeystoreCost) -> LocalAccount:
    if given is None:
        return ensure_key(folder, cost)
    if keystore_file(folder) is None:
        store_key(folder, given, cost)
    elif address_of(folder) != given.address:
        raise NetworkDiffers(path=folder, what="the account", present=address_of(folder), asked=given.address)
    return load_key(folder)
