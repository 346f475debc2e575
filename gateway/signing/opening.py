"""Opens the keys of one seat where its settings say they are, each behind the policy.

A keystore is decrypted at once and must be there; an HSM or a remote signer may be away at the start and come back.
"""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from eth_utils.address import to_checksum_address

from chain.keys.keystore import address_of, keystore_file, load_key, open_key
from chain.keys.secrets import SecretPlace, read_secret
from chain.ledger.roles import Scope
from gateway.key_settings import KeySettings
from gateway.signing.errors import FastCurveMissing
from gateway.signing.limits import KeyLimits
from gateway.signing.policy import Policy, SeatKey

if TYPE_CHECKING:
    from gateway.settings import SeatSettings
    from gateway.signing.signer import KeyHolder, Record, Signer

_ROOT = "root"


def seat_keys(settings: SeatSettings, folder: Path) -> tuple[SeatKey, ...]:
    """The keys of the seat in `folder`, in the order of its settings; its root with all scopes if there are none.

    No secret is read. Raises the errors of keystores.
    """
    assert_fast_curve()
    if settings.keys:
        return tuple(
            SeatKey(key.name, _address(key), key.scopes, KeyLimits(**key.limits.model_dump())) for key in settings.keys
        )
    if keystore_file(folder) is None:
        return ()
    return (SeatKey(_ROOT, address_of(folder), frozenset(Scope)),)


def open_signers(
    settings: SeatSettings, policy: Policy, folder: Path, record: Record | None = None
) -> dict[SeatKey, Signer]:
    """A signer for each key of `policy`, which `seat_keys` gave.

    record: called for each signature within the transaction that stores it. Raises the errors of keystores.
    """
    from gateway.signing.signer import PolicySigner, no_record  # noqa: PLC0415 - only after coincurve was asserted

    return {
        key: PolicySigner(policy, key, open_holder(settings, key, folder), record or no_record) for key in policy.keys
    }


def open_holder(settings: SeatSettings, key: SeatKey, folder: Path) -> KeyHolder:
    """What makes signatures with one of the seat's keys. Raises the errors of keystores."""
    return _holder(key, next((named for named in settings.keys if named.name == key.name), None), folder)


def assert_fast_curve() -> None:
    """Raises FastCurveMissing if keys would be used in slow pure Python."""
    try:
        importlib.import_module("coincurve")
    except ImportError as error:
        raise FastCurveMissing(reason=str(error)) from error
    chosen = os.environ.get("ECC_BACKEND_CLASS", "")
    if chosen and not chosen.endswith("CoinCurveECCBackend"):
        raise FastCurveMissing(reason=f"ECC_BACKEND_CLASS chooses {chosen}; unset it")


def _address(key: KeySettings) -> str:
    if key.pkcs11 is not None:
        return key.pkcs11.address
    if key.web3signer is not None:
        from gateway.signing.curve import address_of_public_key  # noqa: PLC0415 - see above

        return address_of_public_key(bytes.fromhex(key.web3signer.public_key[2:]))
    assert key.folder is not None, "a keystore has its folder"
    return address_of(key.folder)


def _holder(key: SeatKey, settings: KeySettings | None, folder: Path) -> KeyHolder:
    if settings is not None and settings.pkcs11 is not None:
        from gateway.signing.token_key import TokenKey  # noqa: PLC0415 - loads the PKCS#11 library's binding

        return TokenKey(key.name, settings.pkcs11)
    if settings is not None and settings.web3signer is not None:
        from gateway.signing.remote_key import RemoteKey  # noqa: PLC0415

        return RemoteKey(key.name, settings.web3signer)
    from gateway.signing.held_key import HeldKey  # noqa: PLC0415

    place = folder if settings is None or settings.folder is None else settings.folder
    if settings is not None and settings.passphrase is not None:
        path = keystore_file(place)
        assert path is not None, "its address was read from it"
        account = open_key(path, read_secret(SecretPlace.parse(settings.passphrase)), settings.passphrase)
    else:
        account = load_key(place)
    held = HeldKey(bytes(account.key))
    assert held.address == to_checksum_address(key.address), "the keystore says which address it holds"
    return held
