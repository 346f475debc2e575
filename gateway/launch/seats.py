"""The keys of a network's seats at its start: made, or given, then encrypted and kept."""

from __future__ import annotations

from pathlib import Path

from eth_account.signers.local import LocalAccount

from chain.engines.protocol import DEPLOYER, SEATS, SIGNING_SEATS, Accounts
from chain.keys.keystore import KeystoreCost, address_of, ensure_key, keystore_file, load_key, store_key
from chain.keys.reader import ensure_reader_key
from chain.runtime.state import StateFolder
from gateway.launch.errors import NetworkDiffers


def ensure_accounts(state: StateFolder, given: Accounts, cost: KeystoreCost) -> Accounts:
    """The signing accounts of deployer and seats; what is missing is taken from `given`, or made.

    Raises NetworkDiffers if the folder holds other keys than those given, and the errors of keystores.
    """
    return {name: _account(state.seat(name), given.get(name), cost) for name in (DEPLOYER, *SIGNING_SEATS)}


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
